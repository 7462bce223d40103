"""tools/run_tests counts what the test programs and pytest report."""

import importlib.machinery
import importlib.util
import json
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run_tests():
    loader = importlib.machinery.SourceFileLoader("run_tests", str(ROOT / "tools/run_tests"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(module)
    return module


def ctest_xml(path, **programs):
    cases = "".join(f'<testcase name="{name}" status="{status}"/>' for name, status in programs.items())
    path.write_text(f"<testsuite>{cases}</testsuite>")


def gtest_json(path, *results):
    tests = [{"status": "NOTRUN" if result == "DISABLED" else "RUN", "result": result,
              **({"failures": [{}]} if result == "FAILED" else {})} for result in results]
    path.write_text(json.dumps({"testsuites": [{"testsuite": tests}]}))


def test_counts_every_test_of_every_program(run_tests, tmp_path):
    ctest_xml(tmp_path / "ctest.xml", base="run", core="run")
    gtest_json(tmp_path / "base_test.json", "COMPLETED", "COMPLETED")
    gtest_json(tmp_path / "core_test.json", "COMPLETED", "SKIPPED", "DISABLED")
    assert run_tests.count_unit_tests(tmp_path / "ctest.xml", tmp_path) == (3, 0, 2)


def test_a_failed_test_makes_its_program_fail_too(run_tests, tmp_path):
    ctest_xml(tmp_path / "ctest.xml", base="fail")
    gtest_json(tmp_path / "base_test.json", "COMPLETED", "FAILED")
    passed, failed, _ = run_tests.count_unit_tests(tmp_path / "ctest.xml", tmp_path)
    assert passed == 1
    assert failed == 1


def test_a_program_that_died_is_one_failure(run_tests, tmp_path):
    ctest_xml(tmp_path / "ctest.xml", base="fail", core="fail")
    gtest_json(tmp_path / "core_test.json", "COMPLETED")  # died after its report: a sanitizer at exit
    assert run_tests.count_unit_tests(tmp_path / "ctest.xml", tmp_path) == (1, 2, 0)


def test_nothing_ran(run_tests, tmp_path):
    assert run_tests.count_unit_tests(tmp_path / "none.xml", tmp_path) == (0, 0, 0)
    assert run_tests.count_e2e_tests(tmp_path / "none.xml") == (0, 0, 0)


def test_counts_pytest(run_tests, tmp_path):
    path = tmp_path / "pytest.xml"
    path.write_text('<testsuites><testsuite tests="7" failures="1" errors="2" skipped="1"/></testsuites>')
    assert run_tests.count_e2e_tests(path) == (3, 3, 1)
