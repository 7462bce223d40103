"""End-to-end tests drive the real binary ($WEIR) against servers that the run starts itself."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import said  # noqa: E402
from postgres import Cluster  # noqa: E402

ROWS = int(os.environ.get("WEIR_TEST_ROWS", "1000000"))

RECORDS_DDL = """
CREATE TABLE records (id bigint PRIMARY KEY, created_at timestamptz, name varchar(255),
                      value numeric(18,4), metadata jsonb);
"""


def pytest_configure(config):
    said.register(config)
    # What is ignored here (`nohup make test &`) would be ignored by weir, too: caught signals are not inherited.
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@dataclasses.dataclass
class Done:
    code: int
    out: str
    err: str


class Weir:
    def __init__(self, binary: str):
        self.binary = binary

    def command(self, *args) -> list[str]:
        return [self.binary, *map(str, args)]

    def run(self, *args, env=None, timeout=300, **options) -> Done:
        done = subprocess.run(self.command(*args), capture_output=True, timeout=timeout,
                              env={**os.environ, **(env or {})}, **options)
        return Done(done.returncode, done.stdout.decode(errors="replace"),
                    done.stderr.decode(errors="replace"))

    def ok(self, *args, **options) -> Done:
        done = self.run(*args, **options)
        assert done.code == 0, done.err
        return done

    def copy(self, source, dest, *args, **options) -> dict:
        """Copies and returns the completion record."""
        record = pathlib.Path(str(dest).rstrip("/") + ".record.json")
        self.ok("copy", source, dest, "--record", record, *args, **options)
        return json.loads(record.read_text())


@pytest.fixture(scope="session")
def weir() -> Weir:
    binary = os.environ.get("WEIR", "build/dev/src/cli/weir")
    assert pathlib.Path(binary).exists(), f"no weir binary at {binary}; set WEIR"
    return Weir(str(pathlib.Path(binary).resolve()))


@pytest.fixture(scope="session")
def pg():
    cluster = Cluster().init().start()
    yield cluster
    cluster.stop()
    cluster.remove()


@pytest.fixture(scope="session")
def records(pg, weir, tmp_path_factory):
    """The records table: ROWS rows, awkward ones among them; id 1..ROWS."""
    path = tmp_path_factory.mktemp("seed") / "records.csv"
    weir.ok("generate", "records", "--count", ROWS, path, "--dialect", "postgres")
    pg.sql(RECORDS_DDL + f"\\copy records from '{path}' with (format csv, header)\n"
           "VACUUM (ANALYZE, FREEZE) records;")
    path.unlink()
    return pg


@pytest.fixture(scope="session")
def small(pg):
    """A table that copies in no time."""
    pg.sql("CREATE TABLE small AS SELECT g::int8 AS id, 'name ' || g AS name "
           "FROM generate_series(1, 1000) g; ALTER TABLE small ADD PRIMARY KEY (id); ANALYZE small;")
    return pg


@pytest.fixture(autouse=True)
def no_leftovers(tmp_path):
    """Whatever a test did, no temporary file of weir's stays behind unless it says so."""
    yield
    left = [p.name for p in tmp_path.rglob(".*.tmp") if not (tmp_path / "litter-expected").exists()]
    assert not left, f"left behind: {left}"
