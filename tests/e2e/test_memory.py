"""Memory ceilings: peak RSS of whole copies, in a cgroup of 256 MB."""

import json
import os
import pathlib
import subprocess
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq
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
    # Row groups small enough that half of the rows fill several: before that, memory still grows.
    small_groups = ["--row-group-bytes", "1MiB"] if name == "parquet" else []
    peaks = {}
    for rows in (ROWS // 2, ROWS):
        # How full queue and row group are at the same time differs from run to run by 3 MiB; the least of
        # some runs does not, and what leaks is in each.
        runs = [peak(weir, cgroup, records.uri, tmp_path / f"{rows}.{run}.{name}", "--table", "records",
                     "--where", f"id <= {rows}", "--jobs", 2, *small_groups)
                for run in range(3 if small_groups else 1)]
        assert max(runs) <= ceiling * MIB, f"{max(runs) / MIB:.1f} MiB"
        peaks[rows] = min(runs)
    small, large = peaks.values()
    if not small_groups or ROWS >= 1000000:
        assert large <= small * 1.05 + 1 * MIB  # a leak of 4 bytes a row would show
    if small_groups:
        assert peak(weir, cgroup, records.uri, tmp_path / f"default.{name}", "--table", "records",
                    "--jobs", 2) <= ceiling * MIB


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet"])
def test_wide_rows_take_no_more(weir, pg, cgroup, tmp_path, name):
    pg.sql("CREATE TABLE IF NOT EXISTS rows_1k AS SELECT g AS id, (SELECT string_agg(md5(g::text || i), '') "
           "FROM generate_series(1, 32) i) AS doc FROM generate_series(1, 40000) g;"
           "CREATE TABLE IF NOT EXISTS rows_100k AS SELECT g AS id, (SELECT string_agg(md5(g::text || i), '') "
           "FROM generate_series(1, 3200) i) AS doc FROM generate_series(1, 400) g;")
    peaks = [peak(weir, cgroup, pg.uri, tmp_path / f"{table}.{name}", "--table", table,
                  "--jobs", 2, "--memory", "96MiB") for table in ("rows_1k", "rows_100k")]
    assert max(peaks) <= 96 * MIB
    assert peaks[1] <= peaks[0] * 1.1 + 2 * MIB


def copy_or_refusal(weir, cgroup, source, path, *args):
    """The copy's VmHWM, or the error that names what does not fit."""
    def enter():
        (cgroup / "cgroup.procs").write_text(str(os.getpid()))
    record = pathlib.Path(f"{path}.record.json")
    done = weir.run("copy", source, path, "--record", record, *args, preexec_fn=enter)
    if done.code == 0:
        return json.loads(record.read_text())["peakRssBytes"]
    return done.err


@pytest.fixture(scope="session")
def large(pg):
    """Values of megabytes; few compress well, so that making them takes no time."""
    texts = "string_agg(md5(i::text), '') FROM generate_series(1, {}) i"
    pg.sql("CREATE TABLE two_texts AS SELECT 1 AS id, "
           f"(SELECT {texts.format(262144)}) AS a, (SELECT {texts.format(262144)}) AS b;"
           "CREATE TABLE texts_4m AS SELECT g AS id, repeat('x', 1900) || g AS pad, "
           f"(SELECT {texts.format(125000)}) AS t FROM generate_series(1, 5) g;"
           "CREATE TABLE ints_8m AS SELECT g AS id, (SELECT jsonb_agg(i) "
           "FROM generate_series(1, 1000000) i) AS j FROM generate_series(1, 3) g;"
           "CREATE TABLE ints_4m AS SELECT g AS id, (SELECT jsonb_agg(i) "
           "FROM generate_series(1, 500000) i) AS j FROM generate_series(1, 5) g;")
    return pg


def test_a_row_of_large_values_is_refused_or_fits(weir, large, cgroup, tmp_path):
    refused = copy_or_refusal(weir, cgroup, large.uri, tmp_path / "a.parquet", "--table", "two_texts",
                              "--memory", "64MiB", "--jobs", 2)
    assert "memory.value_too_large" in refused and 'column "a", row 1' in refused
    refused = copy_or_refusal(weir, cgroup, large.uri, tmp_path / "a.csv", "--table", "two_texts",
                              "--memory", "64MiB", "--jobs", 2)
    assert "memory.row_too_large" in refused and "row 1 is 16 MiB" in refused
    for name, memory in (("b.parquet", 144), ("b.csv", 96)):
        took = copy_or_refusal(weir, cgroup, large.uri, tmp_path / name, "--table", "two_texts",
                               "--memory", f"{memory}MiB", "--jobs", 2)
        assert isinstance(took, int) and took <= memory * MIB, took
    table = pq.read_table(tmp_path / "b.parquet")
    assert [len(table["a"][0].as_py()), len(table["b"][0].as_py())] == [8 * MIB, 8 * MIB]
    for name, memory in (("c.parquet", 75), ("c.csv", 48), ("c.xml", 48), ("c.arrow", 48)):
        took = copy_or_refusal(weir, cgroup, large.uri, tmp_path / name, "--table", "texts_4m",
                               "--jobs", 2)
        assert isinstance(took, int) and took <= memory * MIB, (name, took)


def peak_while_running(process):
    """VmHWM in bytes, as last seen."""
    peak = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak = max([peak, *(int(line.split()[1]) * 1024 for line in status.splitlines()
                            if line.startswith("VmHWM"))])
        time.sleep(0.005)
    return peak


def test_a_value_over_the_budget_is_refused_before_it_is_received(weir, pg, tmp_path):
    pg.sql("SET default_toast_compression = lz4; CREATE TABLE one_large AS SELECT g AS id, "
           "CASE WHEN g = 5 THEN repeat('x', 900 * 1024 * 1024) ELSE 'small' END AS body FROM generate_series(1, 8) g")
    for name in ("out.csv", "out.parquet"):
        process = subprocess.Popen(weir.command("copy", pg.uri, tmp_path / name, "--table", "one_large",
                                                "--memory", "64MiB"), stderr=subprocess.PIPE, text=True)
        peak = peak_while_running(process)
        err = process.stderr.read()
        assert 'column "body", row 5: the value is 900 MiB' in err and "memory.value_too_large" in err
        assert 5 * MIB < peak < 48 * MIB
        assert list(tmp_path.iterdir()) == []
    pg.sql("DROP TABLE one_large")


@pytest.fixture(scope="module")
def large_documents(pg):
    """A table for json and for jsonb; the document of row 5 has 900 MiB, and as jsonb, in which no string may be as
    long as that, 200 million bytes and four. The server keeps it as a few."""
    texts = {"json": "'[\"' || repeat('0123456789', 94371839) || '123456\"]'",
             "jsonb": "'[\"' || repeat('0123456789', 20000000) || '\"]'"}
    pg.sql("SET default_toast_compression = lz4;" + "".join(
        f"CREATE TABLE large_{kind} AS SELECT g AS id, CASE WHEN g = 5 THEN {text} ELSE '{{\"a\":1}}' END::{kind} AS doc "
        "FROM generate_series(1, 8) g;" for kind, text in texts.items()))
    yield pg
    pg.sql("DROP TABLE large_json, large_jsonb")


# What a value may have, and by how much --memory has to grow with it; DuckDB itself takes more than 64 MiB.
SMALL, HALF, DUCKDB = ("64MiB", "10.7", {"json": 2733, "jsonb": 605}), ("64MiB", "5.3", {"json": 5433, "jsonb": 1177}), \
                      ("144MiB", "9.3", {"json": 10833, "jsonb": 2321})


@pytest.mark.parametrize("kind", ["json", "jsonb"])
@pytest.mark.parametrize("name, nested, limits", [
    ("csv", None, SMALL), ("ndjson", None, SMALL), ("xml", None, SMALL), ("xlsx", None, SMALL), ("duckdb", None, DUCKDB),
    ("parquet", None, HALF), ("parquet", "struct", HALF), ("arrow", "struct", SMALL)])
def test_a_document_over_the_budget_is_refused_before_it_is_received(weir, large_documents, tmp_path, kind, name, nested, limits):
    path, (memory, limit, wanted) = tmp_path / f"out.{name}", limits
    process = subprocess.Popen(weir.command("copy", large_documents.uri, path, "--table", f"large_{kind}", "--memory", memory,
                                            "--jobs", 2, *(["--nested", nested] if nested else [])),
                               stderr=subprocess.PIPE, text=True)
    highest = peak_while_running(process)
    assert (process.returncode, process.stderr.read().splitlines()) == (1, [
        f'weir: copying large_{kind} to {path}: public.large_{kind}: column "doc", row 5: the value is '
        f"{'900 MiB' if kind == 'json' else '190.7 MiB'} and the limit is {limit} MiB",
        f"hint: raise --memory to {wanted[kind]}MiB", "[memory.value_too_large]"])
    assert 5 * MIB < highest < 48 * MIB
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["{g} * {i} % 100003", "'v' || {g} * {i} % 97"])
def test_many_columns_take_no_more(weir, pg, cgroup, tmp_path, value):
    columns = ", ".join(value.format(g="g", i=i + 7) + f" AS c{i}" for i in range(1600))
    rows = 3000
    pg.sql(f"DROP TABLE IF EXISTS wide; CREATE TABLE wide AS SELECT {columns} "
           f"FROM generate_series(1, {rows}) g;")
    for name, memory in (("a.parquet", 75), ("a.arrow", 48), ("a.csv", 48)):
        took = peak(weir, cgroup, pg.uri, tmp_path / name, "--table", "wide", "--jobs", 2)
        assert took <= memory * MIB, f"{name}: {took / MIB:.1f} MiB"
    table = pq.read_table(tmp_path / "a.parquet")
    with pa.ipc.open_stream(tmp_path / "a.arrow") as stream:
        assert table.equals(stream.read_all().cast(table.schema))
    # Row groups of a few rows would be mostly footer.
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups <= 8


@pytest.mark.parametrize("table, memory, fits", [
    ("ints_8m", 64, False), ("ints_8m", 112, True), ("ints_4m", 48, False), ("ints_4m", 80, True)])
def test_json_as_xml_is_refused_or_fits(weir, large, cgroup, tmp_path, table, memory, fits):
    took = copy_or_refusal(weir, cgroup, large.uri, tmp_path / "a.xml", "--table", table,
                           "--memory", f"{memory}MiB", "--jobs", 2)
    if fits:
        assert isinstance(took, int) and took <= memory * MIB, took
    else:
        assert "memory.value_too_large" in took and 'column "j"' in took and ": row 1 of slice 0" in took


@pytest.fixture(scope="module")
def duck(weir, tmp_path_factory):
    """The same records as a DuckDB database, CSV and Parquet."""
    directory = tmp_path_factory.mktemp("duck")
    for name in ("r.duckdb", "r.csv", "r.parquet"):
        weir.ok("generate", "records", "--count", ROWS, directory / name)
    return directory


@pytest.mark.parametrize("memory", [None, 160, 96])
def test_duckdb_sources_keep_to_what_the_plan_says(weir, duck, tmp_path, memory):
    given = ["--memory", f"{memory}MiB"] if memory else []
    sources = [
        (duck / "r.duckdb", "--table", "records"),
        (duck / "r.duckdb", "--table", "records", "--limit", ROWS - 1),
        (duck / "r.duckdb", "--table", "records", "--order-by", "name"),
        ("duckdb:", "--query", f"SELECT * FROM '{duck}/r.csv'"),
        ("duckdb:", "--query", f"SELECT * FROM '{duck}/r.parquet' ORDER BY name"),
    ]
    for number, (source, *args) in enumerate(sources):
        record = tmp_path / f"{number}.record.json"
        done = weir.run("copy", source, tmp_path / f"{number}.csv", "--record", record, *args, *given)
        if done.code == 0:
            written = json.loads(record.read_text())
            assert written["peakRssBytes"] <= written["memoryBytes"], (args, written["peakRssBytes"])
        else:
            assert memory and "duckdb.out_of_memory" in done.err, done.err


def test_duckdb_tables_are_refused_or_fit(weir, pg, tmp_path):
    """Many columns and wide rows: within what the plan says, or refused with what to give."""
    columns = ", ".join(f"repeat(md5((g * {i + 3})::text), 30) AS c{i}" for i in range(40))
    numbers = ", ".join(f"g + {i} AS c{i}" for i in range(1500))
    pg.sql(f"CREATE TABLE wide_text AS SELECT {columns} FROM generate_series(1, 6000) g;"
           f"CREATE TABLE wide_numbers AS SELECT {numbers} FROM generate_series(1, 5000) g")
    for table in ("wide_text", "wide_numbers"):
        path = tmp_path / f"{table}.duckdb"
        refused = weir.run("copy", pg.uri, path, "--table", table)
        assert refused.code == 1 and "duckdb.out_of_memory" in refused.err and not path.exists()
        wanted = refused.err.split("give --memory ")[1].split(",")[0]
        record = weir.copy(pg.uri, path, "--table", table, "--memory", wanted)
        assert record["peakRssBytes"] <= record["memoryBytes"], record["peakRssBytes"] / MIB
