"""What each option of a copy does to what is written."""

import gzip
import hashlib
import json
import os
import subprocess

import duckdb
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
import pytest

QUERY = "SELECT 1 AS id, 'a;b' AS name, NULL::text AS nothing, '' AS empty"


def written(weir, pg, path, *options, query=QUERY):
    weir.ok("copy", pg.uri, path, "--query", query, "--if-exists", "replace", *options)
    return path.read_bytes()


@pytest.mark.parametrize("options, expected", [
    ([], b'id,name,nothing,empty\n1,a;b,,""\n'),
    (["--delimiter", ";"], b'id;name;nothing;empty\n1;"a;b";;""\n'),
    (["--delimiter", "|", "--no-header"], b'1|a;b||""\n'),
    (["--null-text", "NULL", "--header"], b'id,name,nothing,empty\n1,a;b,NULL,""\n'),
    (["--columns", "name:label,id"], b"label,id\na;b,1\n"),
    (["--format", "tsv"], b'id\tname\tnothing\tempty\n1\ta;b\t\t""\n'),
    (["--format", "ndjson"], b'{"id":1,"name":"a;b","nothing":null,"empty":""}\n'),
])
def test_text_options(weir, pg, tmp_path, options, expected):
    assert written(weir, pg, tmp_path / "out.csv", *options) == expected


def test_columns_with_quotes_and_commas(weir, pg, tmp_path):
    query = 'SELECT 1 AS "a,b", 2 AS "c:d", 3 AS "e""f"'
    got = written(weir, pg, tmp_path / "out.csv", "--columns", '"c:d":x,"a,b":"y,z","e""f"', query=query)
    assert got == b'x,"y,z","e""f"\n2,1,3\n'


def test_limit(weir, small, tmp_path):
    for limit in (0, 7):
        path = tmp_path / f"{limit}.csv"
        record = weir.copy(small.uri, path, "--table", "small", "--limit", limit, "--order-by", "id:desc")
        assert record["rows"] == limit
        lines = path.read_text().splitlines()
        assert lines[1:] == [f"{i},name {i}" for i in range(1000, 1000 - limit, -1)]


def test_compression_and_level(weir, records, tmp_path):
    sizes = {}
    for level in (1, 9):
        path = tmp_path / f"{level}.csv"
        record = weir.copy(records.uri, path, "--table", "records", "--where", "id <= 20000", "--compression", "gzip",
                           "--level", level)
        assert record["compression"] == "gzip"
        sizes[level] = path.stat().st_size
        assert gzip.decompress(path.read_bytes()).count(b"\n") > 20000
    assert sizes[9] < sizes[1]
    done = weir.run("copy", records.uri, tmp_path / "no.csv.gz", "--table", "records", "--compression", "none")
    assert done.code == 2 and "usage.conflicting_options" in done.err


@pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "none"])
def test_parquet_options(weir, records, tmp_path, codec):
    path = tmp_path / "out.parquet"
    record = weir.copy(records.uri, path, "--table", "records", "--where", "id <= 50000", "--compression", codec,
                       "--row-group-bytes", "256KiB")
    file = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    assert record["compression"] == codec and file.metadata.num_row_groups > 3
    assert file.read().num_rows == record["rows"] == 50000
    column = file.metadata.row_group(0).column(0)
    assert column.compression == {"none": "UNCOMPRESSED"}.get(codec, codec.upper())
    assert column.is_stats_set and column.has_offset_index and column.has_column_index


def test_allow_lossy(weir, tmp_path):
    """Nanoseconds do not fit DuckDB's timestamps with a zone."""
    source = tmp_path / "nanos.arrow"
    schema = pyarrow.schema([("t", pyarrow.timestamp("ns", "UTC"))])
    with pyarrow.ipc.new_stream(source, schema) as stream:
        stream.write_batch(pyarrow.record_batch([pyarrow.array([1_000_000_001], schema[0].type)], schema=schema))
    refused = weir.run("copy", source, tmp_path / "out.duckdb")
    assert refused.code == 3 and "plan.lossy" in refused.err and "--allow-lossy" in refused.err
    assert not (tmp_path / "out.duckdb").exists()
    record = weir.copy(source, tmp_path / "out.duckdb", "--allow-lossy", "t")
    assert record["lossyColumns"] == ["t"]
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT epoch_us(t) FROM records").fetchall() == [(1_000_000,)]


def test_digests(weir, small, tmp_path):
    for name in ("sha256", "sha512", "md5", "none"):
        path = tmp_path / f"{name}.csv"
        record = json.loads(weir.ok("copy", small.uri, path, "--table", "small", "--digest", name, "--json", "--quiet").out)
        assert record["digestAlgorithm"] == name
        expected = "" if name == "none" else hashlib.new(name, path.read_bytes()).hexdigest()
        assert record["parts"][0]["digest"] == expected


def test_split_into_parts(weir, records, tmp_path):
    whole = tmp_path / "whole.csv"
    weir.copy(records.uri, whole, "--table", "records", "--no-header")
    record = weir.copy(records.uri, f"{tmp_path}/parts/", "--table", "records", "--no-header", "--format", "csv",
                       "--split-bytes", "4MiB")
    names = [part["path"].rsplit("/", 1)[-1] for part in record["parts"]]
    assert len(names) > 3 and names == sorted(names)
    assert set(os.listdir(tmp_path / "parts")) == {*names, "manifest.json"}
    assert b"".join((tmp_path / "parts" / name).read_bytes() for name in names) == whole.read_bytes()
    weir.ok("verify", tmp_path / "parts/manifest.json")


def test_progress_json(weir, records, tmp_path):
    done = weir.run("copy", records.uri, "-", "--format", "csv", "--table", "records", "--progress", "json")
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert done.code == 0 and lines and lines[-1]["rows"] <= done.out.count("\n")
    assert [line["rows"] for line in lines] == sorted(line["rows"] for line in lines)


def test_statement_timeout_and_timeout_units(weir, pg, tmp_path):
    done = weir.run("copy", pg.uri, tmp_path / "o.csv", "--query", "SELECT pg_sleep(20)", "--statement-timeout", "300ms")
    assert done.code == 1 and "postgres.statement_timeout" in done.err
    done = weir.run("copy", pg.uri, tmp_path / "o.csv", "--query", "SELECT pg_sleep(20)", "--timeout", "500ms")
    assert done.code == 1 and "[timeout" in done.err
    assert list(tmp_path.iterdir()) == []


def test_record_names_what_was_used(weir, small, tmp_path):
    record = weir.copy(small.uri, tmp_path / "out.csv.zst", "--table", "small")
    libraries = " ".join(record["libraries"])
    assert "arrow " in libraries and "libpq " in libraries and "zstd " in libraries
    assert record["sourceVersion"].startswith("PostgreSQL ") and record["snapshot"] and "/" in record["position"]
    assert subprocess.run(["sha256sum", tmp_path / "out.csv.zst"], capture_output=True, text=True,
                          check=True).stdout.split()[0] == record["parts"][0]["digest"]


@pytest.mark.parametrize("asked", ["200KiB", "500KiB", "2MiB"])
def test_parquet_parts_are_as_large_as_asked(weir, tmp_path, asked):
    weir.ok("generate", "records", "--count", 300000, f"{tmp_path}/parts/", "--format", "parquet", "--split-bytes", asked)
    sizes = sorted(path.stat().st_size for path in (tmp_path / "parts").glob("*.parquet"))
    wanted = int(asked[:-3]) * (1024 if asked.endswith("KiB") else 1 << 20)
    assert len(sizes) > 2
    # The last part is what was left.
    assert sizes[1] > 0.7 * wanted and sizes[-1] < 1.6 * wanted, sizes


def test_case_of_columns_in_duckdb(weir, tmp_path):
    with duckdb.connect(str(tmp_path / "in.duckdb")) as connection:
        connection.execute('CREATE TABLE t AS SELECT 1 AS "Id", 2 AS name')
    weir.ok("copy", tmp_path / "in.duckdb", tmp_path / "o.csv", "--table", "T", "--columns", "NAME,id:key")
    assert (tmp_path / "o.csv").read_text() == "name,key\n2,1\n"


def test_formats_list_the_compressions_inside(weir):
    text = weir.ok("formats").out
    inside = {f["name"]: {c["name"]: c for c in f["compressionsInside"]}
              for f in json.loads(weir.ok("formats", "--json").out)["formats"]}
    assert set(inside["parquet"]) == {"zstd", "snappy", "gzip", "none"}
    assert set(inside["arrow"]) == {"zstd", "lz4", "none"}
    assert inside["parquet"]["zstd"]["levelMax"] == 22 and "levelMax" not in inside["parquet"]["snappy"]
    assert inside["csv"] == {}
    assert "Compressions inside parquet" in text and "Compressions inside arrow" in text


def test_help_of_every_command(weir):
    for command in ("copy", "plan", "generate", "verify", "formats", "help", "completions"):
        text = weir.ok("help", command).out
        assert text.startswith(f"Usage: weir {command}")
        if command in ("verify", "formats"):
            assert "--progress" not in text


def plan(weir, *arguments):
    """What a plan says, and its notes by column."""
    columns = json.loads(weir.ok("plan", *arguments, "--json").out)["columns"]
    return {column["name"]: column["note"] for column in columns}, json.dumps(columns)


def test_plan_speaks_of_what_ends_a_copy(weir, pg, tmp_path):
    query = ("SELECT 1::numeric(9,2) AS price, 1::numeric AS free, now() AS at, current_date AS day, "
             "ARRAY[1] AS list, ARRAY[current_date] AS days, 1 AS id")
    notes, _ = plan(weir, pg.uri, tmp_path / "o.parquet", "--query", query)
    shape = "an array of several dimensions or with another lower bound than 1 ends the copy"
    assert notes == {"price": "NaN ends the copy", "free": "as exact decimal text",
                     "at": "infinity or a year after 294246 ends the copy", "day": "infinity ends the copy",
                     "list": shape, "days": f"{shape}; infinity ends the copy", "id": ""}
    notes, _ = plan(weir, pg.uri, tmp_path / "o.parquet", "--query", query, "--special-values", "null")
    assert notes["price"] == "NaN becomes NULL"
    record = weir.copy(pg.uri, tmp_path / "null.parquet", "--query", query, "--special-values", "null")
    assert {c["name"] for c in record["columns"] if c["fidelity"] == "lossy"} == {"price", "at", "day", "days"}
    notes, text = plan(weir, pg.uri, tmp_path / "o.csv", "--query", query)
    assert notes["price"] == notes["at"] == "" and "2000" not in text and "microseconds, UTC" in text
    for option, fate in (("null", "becomes NULL"), ("error", "ends the copy")):
        for name in ("csv", "json", "xml"):
            notes, _ = plan(weir, pg.uri, tmp_path / f"o.{name}", "--query", query, "--special-values", option)
            assert notes["price"] == notes["free"] == f"NaN or infinity {fate}"
            assert notes["at"] == notes["day"] == f"infinity {fate}" and notes["id"] == ""


def test_plan_names_the_unit_of_durations(weir, tmp_path):
    schema = pyarrow.schema([("dur", pyarrow.duration("us"))])
    with pyarrow.ipc.new_stream(tmp_path / "ex.arrow", schema) as stream:
        stream.write_batch(pyarrow.record_batch([pyarrow.array([1], schema[0].type)], schema=schema))
    notes, _ = plan(weir, tmp_path / "ex.arrow", tmp_path / "x.parquet", "--columns", "dur")
    assert notes["dur"].startswith("the number of microseconds;")
