"""Memory ceilings: peak RSS of whole copies, in a cgroup of 256 MB."""

import os
import pathlib
import subprocess
import tempfile

import pytest

from conftest import ROWS

MIB = 1 << 20


@pytest.fixture(scope="session")
def cgroup():
    """A memory cgroup of 256 MB, of version 1 or 2, mounted when nothing is."""
    assert os.geteuid() == 0, "the memory tests make a cgroup and need root"
    mounted = None
    for root in map(pathlib.Path, ("/sys/fs/cgroup/memory", "/sys/fs/cgroup")):
        if (root / "memory.limit_in_bytes").exists() or (root / "cgroup.controllers").exists():
            break
    else:
        mounted = root = pathlib.Path(tempfile.mkdtemp(prefix="weir-cgroup-"))
        subprocess.run(["mount", "-t", "cgroup", "-o", "memory", "cgroup", root], check=True)
    group = root / f"weir-test-{os.getpid()}"
    group.mkdir()
    limit = group / "memory.limit_in_bytes"
    (limit if limit.exists() else group / "memory.max").write_text(str(256 * MIB))
    yield group
    group.rmdir()
    if mounted:
        subprocess.run(["umount", mounted], check=True)
        mounted.rmdir()


def peak(weir, cgroup, source, path, *args) -> int:
    """Copies inside the cgroup and returns the copy's VmHWM in bytes."""
    def enter():
        (cgroup / "cgroup.procs").write_text(str(os.getpid()))
    record = weir.copy(source, path, *args, preexec_fn=enter)
    return record["peakRssBytes"]


@pytest.mark.parametrize("name, ceiling", [
    ("csv", 48), ("tsv", 48), ("ndjson", 48), ("json", 48), ("xml", 48), ("csv.gz", 48),
    ("ndjson.zst", 48), ("parquet", 75), ("arrow", 75)])
def test_peak_rss_is_flat_and_low(weir, records, cgroup, tmp_path, name, ceiling):
    peaks = {}
    for rows in (ROWS // 2, ROWS):
        peaks[rows] = peak(weir, cgroup, records.uri, tmp_path / f"{rows}.{name}",
                           "--table", "records", "--where", f"id <= {rows}", "--jobs", 2)
        assert peaks[rows] <= ceiling * MIB, f"{peaks[rows] / MIB:.1f} MiB"
    small, large = peaks.values()
    # A leak of 4 bytes a row would show. Fewer rows than fill some row groups say nothing of Parquet.
    if not (name == "parquet" and ROWS < 1000000):
        assert large <= small * 1.05 + 1 * MIB


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet"])
def test_wide_rows_take_no_more(weir, pg, cgroup, tmp_path, name):
    pg.sql("CREATE TABLE IF NOT EXISTS rows_1k AS SELECT g AS id, (SELECT string_agg(md5(g::text || i), '') "
           "FROM generate_series(1, 32) i) AS doc FROM generate_series(1, 40000) g;"
           "CREATE TABLE IF NOT EXISTS rows_100k AS SELECT g AS id, (SELECT string_agg(md5(g::text || i), '') "
           "FROM generate_series(1, 3200) i) AS doc FROM generate_series(1, 400) g;")
    peaks = [peak(weir, cgroup, pg.uri, tmp_path / f"{table}.{name}", "--table", table,
                  "--jobs", 2, "--memory", "96MiB") for table in ("rows_1k", "rows_100k")]
    assert max(peaks) <= 96 * MIB
    assert peaks[1] <= peaks[0] * 1.15 + 2 * MIB
