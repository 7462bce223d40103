"""The end of a run says what the tests that search have tried, and from which seed: also when all is green, when
pytest shows nothing of what a test prints. The lines travel with the tests' reports, which pytest-xdist's workers
send to the process that prints."""

import collections

import pytest


def pytest_terminal_summary(terminalreporter):
    lines, sums = [], collections.defaultdict(collections.Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "teardown":  # which has what the phases before it had
                continue
            name = report.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py")
            for key, value in report.user_properties:
                if key == "said":
                    lines.append(f"{name}: {value}")
                elif key == "tried":
                    sums[f"{name}: {value['where']}"].update(value["counts"])
    lines += [f"{where}: " + ", ".join(f"{count} {what}" for what, count in sums[where].items()) for where in sums]
    if lines:
        terminalreporter.section("searched")
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture
def say(record_property):
    """Takes a line for the end of the run."""
    def said(line):
        record_property("said", line)
    return said


@pytest.fixture
def tally(record_property):
    """Takes counts by name for the end of the run: one line with the sums of all tests of a file that say the same `where`."""
    def tried(where, counts):
        record_property("tried", {"where": where, "counts": dict(counts)})
    return tried


def register(config):
    """The first of several calls counts."""
    if not config.pluginmanager.has_plugin("said"):
        config.pluginmanager.register(__import__(__name__), "said")
