"""tools/run_tests counts what the test programs and pytest report."""

import importlib.machinery
import importlib.util
import json
import os
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


def fuzz_target(build, name, status):
    """Leaves its command line in its log, as libFuzzer leaves what it did."""
    target = build / f"fuzz/{name}_fuzz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f'#!/bin/sh\necho "$@"\necho "stat::number_of_executed_units: 1234"\nexit {status}\n')
    target.chmod(0o755)


def test_a_fuzz_target_is_a_test(run_tests, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WEIR_FUZZ_SEED", "77")
    build = tmp_path / "asan"
    fuzz_target(build, "good", 0)
    fuzz_target(build, "bad", run_tests.FINDING)
    assert run_tests.run_fuzz_targets(build, 5, 2) == (1, 1, 0)
    out = capsys.readouterr().out
    assert "WEIR_FUZZ_SEED=77" in out and "good_fuzz: 1234 inputs, ok" in out
    assert f"bad_fuzz: 1234 inputs, exit status {run_tests.FINDING}" in out
    assert f"in {build}/test_reports/fuzz/bad" in out
    log = (build / "test_reports/fuzz/good/log").read_text()
    assert "-max_total_time=5 -seed=77" in log and f"new {ROOT}/fuzz/corpus/good" in log


def test_no_fuzz_target_is_a_failure(run_tests, tmp_path):
    assert run_tests.run_fuzz_targets(tmp_path, 5, 2) == (0, 1, 0)


def test_a_finding_has_a_status_of_its_own(run_tests, tmp_path, monkeypatch):
    monkeypatch.setenv("TSAN_OPTIONS", "history_size=7")
    assert run_tests.test_environment(tmp_path / "dev") == dict(os.environ)
    environment = run_tests.test_environment(tmp_path / "tsan", MORE="x")
    assert environment["MORE"] == "x"
    assert environment["TSAN_OPTIONS"].endswith(":history_size=7")
    for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        assert f"exitcode={run_tests.FINDING}" in environment[name]


def test_every_target_has_a_corpus():
    targets = {path.name.removesuffix("_fuzz.cc") for path in (ROOT / "fuzz").glob("*_fuzz.cc")}
    assert targets == {path.name for path in (ROOT / "fuzz/corpus").iterdir()}
    assert all(any((ROOT / "fuzz/corpus" / target).iterdir()) for target in targets)
