"""With pytest-xdist the process that prints collects no tests: it sees the conftest.py of what it was called with,
which is this directory, and not the one beside the tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "e2e"))
import said  # noqa: E402


def pytest_configure(config):
    said.register(config)
