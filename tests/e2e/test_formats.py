"""Every format of the records table, read back by a reader weir did not write, equals a query."""

import filecmp
import hashlib
import io
import itertools
import json
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import foreign
from conftest import ROWS

COMPRESSED_FORMATS = ["csv.gz", "ndjson.zst", "json.gz", "xml.zst"]
TEXT_FORMATS = ["csv", "tsv", "ndjson", "json", "xml", *COMPRESSED_FORMATS]
WHOLE_FORMATS = ["parquet", "arrow"]


@pytest.fixture(scope="session")
def expected(records):
    """The table as PostgreSQL tells it, in storage order: created_at as microseconds, value and metadata as text."""
    out = subprocess.run(
        ["psql", "-X", "-q", "-d", records.uri, "-c",
         "COPY (SELECT id, (extract(epoch from created_at) * 1000000)::bigint, name, value, metadata"
         " FROM records ORDER BY ctid) TO STDOUT (FORMAT csv)"], capture_output=True, check=True)
    rows = []
    lines = out.stdout.decode().splitlines(keepends=True)
    for key, created, name, value, metadata in foreign.tokens_of_delimited(lines, ","):
        rows.append((int(key), created and int(created), name, value,
                     metadata and foreign.parse_json(metadata)))
    assert len(rows) == ROWS
    return rows


def assert_same_rows(actual, expected):
    for number, (got, want) in enumerate(itertools.zip_longest(actual, expected)):
        assert got == want, f"row {number}"


# That other numbers of jobs make the same bytes, and what is in the compressed files, is shown below.
@pytest.mark.parametrize("name", ["csv", "tsv", "ndjson", "json", *WHOLE_FORMATS])
def test_reads_back_equal(weir, records, expected, tmp_path, name):
    path = tmp_path / f"out.{name}"
    record = weir.copy(records.uri, path, "--table", "records", "--jobs", 2)
    assert record["rows"] == ROWS
    assert record["parts"][0]["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert_same_rows(foreign.READERS[name](path), expected)
    weir.ok("verify", str(path) + ".record.json")


@pytest.mark.parametrize("name", COMPRESSED_FORMATS)
def test_compressed_is_the_same_text(weir, records, tmp_path, name):
    path = tmp_path / f"out.{name}"
    record = weir.copy(records.uri, path, "--table", "records")
    assert record["rows"] == ROWS
    assert record["parts"][0]["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    weir.ok("verify", str(path) + ".record.json")
    plain, compression = path.with_suffix(""), path.suffix
    weir.ok("copy", records.uri, plain, "--table", "records")
    program = {".gz": "gzip", ".zst": "zstd"}[compression]
    with subprocess.Popen([program, "-dcq", path], stdout=subprocess.PIPE) as unpacked:
        assert hashlib.file_digest(unpacked.stdout, "sha256").digest() == \
            hashlib.sha256(plain.read_bytes()).digest()
    assert unpacked.returncode == 0


@pytest.mark.parametrize("name", TEXT_FORMATS + WHOLE_FORMATS + ["xlsx"])
def test_bytes_do_not_depend_on_jobs_or_run(weir, records, tmp_path, name):
    paths = []
    for run, jobs in enumerate([1, 4, 2, 2]):
        path = tmp_path / f"{run}.{name}"
        weir.ok("copy", records.uri, path, "--table", "records", "--jobs", jobs)
        paths.append(path)
    for path in paths[1:]:
        assert filecmp.cmp(paths[0], path, shallow=False), f"{paths[0]} and {path} differ"


def test_postgres_dialect_csv_is_copy(weir, records, tmp_path):
    weir.ok("copy", records.uri, tmp_path / "weir.csv", "--table", "records", "--dialect", "postgres")
    records.copy_out("COPY (SELECT * FROM records) TO STDOUT (FORMAT csv, HEADER)",
                     tmp_path / "psql.csv")
    assert filecmp.cmp(tmp_path / "weir.csv", tmp_path / "psql.csv", shallow=False)


def test_postgres_dialect_ndjson_is_row_to_json(weir, records, tmp_path):
    weir.ok("copy", records.uri, tmp_path / "weir.ndjson", "--table", "records",
            "--dialect", "postgres")
    with open(tmp_path / "psql.ndjson", "wb") as out:
        subprocess.run(["psql", "-X", "-q", "-A", "-t", "-d", records.uri, "-v", "FETCH_COUNT=10000",
                        "-c", "SET TimeZone='UTC'", "-c",
                        "SELECT row_to_json(r) FROM records r"], stdout=out, check=True)
    assert filecmp.cmp(tmp_path / "weir.ndjson", tmp_path / "psql.ndjson", shallow=False)


def test_duckdb_and_polars_read_parquet(weir, records, expected, tmp_path):
    import duckdb
    import polars
    path = tmp_path / "out.parquet"
    weir.ok("copy", records.uri, path, "--table", "records")
    cursor = duckdb.execute(f"SELECT id, epoch_us(created_at), name, value::VARCHAR, metadata::VARCHAR FROM '{path}'")
    assert_same_rows(((*row[:4], row[4] and foreign.parse_json(row[4]))
                      for batch in iter(lambda: cursor.fetchmany(50_000), []) for row in batch), expected)
    frame = polars.read_parquet(path).with_columns(polars.col("created_at").dt.epoch("us"))
    assert frame.columns == ["id", "created_at", "name", "value", "metadata"]
    assert_same_rows(((key, created, name, value if value is None else str(value), metadata and foreign.parse_json(metadata))
                      for key, created, name, value, metadata in frame.iter_rows()), expected)


def test_xmllint_accepts_and_values_equal(weir, records, expected, tmp_path):
    """Names, nulls, numbers and strings; docs/formats/xml.md is the rule this reader follows."""
    import xml_reader
    path = tmp_path / "out.xml"
    weir.ok("copy", records.uri, path, "--table", "records")
    subprocess.run(["xmllint", "--noout", "--huge", "--stream", path], check=True)
    assert_same_rows(xml_reader.read(path), expected)


def assert_same_sheet_row(got, want, unescape):
    key, created, name, value, metadata = got
    assert int(key) == want[0]
    assert foreign.iso_micros(created) == want[1]
    assert (name and unescape(name)) == want[2]
    assert foreign.same_number(value, want[3])
    assert foreign.same_json(metadata and unescape(metadata), want[4])


def test_xlsx_reads_back_equal(weir, records, expected, tmp_path):
    import openpyxl
    import python_calamine
    from openpyxl.utils.escape import unescape
    path = tmp_path / "out.xlsx"
    weir.ok("copy", records.uri, path, "--table", "records")
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    rows = iter(sheet.iter_rows())
    assert next(rows) == ["id", "created_at", "name", "value", "metadata"]
    for got, want in itertools.zip_longest(rows, expected):
        # This reader has no NULL (an empty cell is '') and decodes escapes of control characters only.
        empty = [value if value != "" or want[i] == "" else None for i, value in enumerate(got)]
        assert_same_sheet_row(empty, want, lambda text: text.replace("_xFFFF_", "\uffff"))
    # openpyxl is slower and tells an empty cell from an empty text.
    sheet = openpyxl.load_workbook(path, read_only=True).active
    rows = sheet.iter_rows(values_only=True, max_row=50_001)
    assert next(rows) == ("id", "created_at", "name", "value", "metadata")
    for got, want in itertools.zip_longest(rows, expected[:50_000]):
        assert_same_sheet_row(got, want, unescape)


def test_xlsx_refuses_too_many_rows(weir, pg, tmp_path):
    done = weir.run("copy", pg.uri, tmp_path / "big.xlsx", "--query",
                    "SELECT g AS id FROM generate_series(1, 1048576) g")
    assert done.code == 1
    assert "1048575" in done.err.replace(" ", "").replace(",", "")
    assert not (tmp_path / "big.xlsx").exists()


HEADER = 'id{0}"a{1}""b"{0}l{0}j{0}t\n'
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<records xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n</records>\n'
NO_ROWS = {"csv": HEADER.format(",", ","), "tsv": HEADER.format("\t", ","), "ndjson": "", "json": "[\n\n]\n", "xml": XML}
NO_ROWS_TYPES = {"id": "int64", 'a,"b': "decimal128(18, 4)", "l": "list<element: string>", "j": "extension<arrow.json>",
                 "t": "timestamp[us, tz=UTC]"}


def assert_no_rows(content, name):
    """What a file without rows is, to the byte where it is text."""
    if name == "parquet":
        file = pq.ParquetFile(io.BytesIO(content))
        assert (file.metadata.num_rows, file.metadata.num_row_groups) == (0, 0)
        assert {field.name: str(field.type) for field in file.schema_arrow} == NO_ROWS_TYPES
    elif name == "arrow":
        stream = pa.ipc.open_stream(content)
        assert {field.name: str(field.type) for field in stream.schema} == NO_ROWS_TYPES
        assert list(stream) == []
    elif name == "xlsx":
        import openpyxl
        assert list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)) == [tuple(NO_ROWS_TYPES)]
    else:
        tool = {"gz": ["gzip", "-dc"], "zst": ["zstd", "-dc"]}.get(name.split(".")[-1])
        text = subprocess.run(tool, input=content, capture_output=True, check=True).stdout if tool else content
        assert text.decode() == NO_ROWS[name.split(".")[0]]


@pytest.fixture(scope="module")
def no_rows(pg):
    pg.sql('DROP TABLE IF EXISTS no_rows; CREATE TABLE no_rows (id int8, "a,""b" numeric(18,4), l text[], j jsonb, t timestamptz)')
    return [pg.uri, "--table", "no_rows"]


@pytest.mark.parametrize("name", TEXT_FORMATS + WHOLE_FORMATS + ["xlsx"])
def test_no_rows(weir, no_rows, tmp_path, name):
    """As a file, as a part, which there is, and on standard output."""
    path, (format_name, *compression) = tmp_path / f"out.{name}", name.split(".")
    options = ["--format", format_name, *(["--compression", {"gz": "gzip", "zst": "zstd"}[c]] for c in compression)]
    options = [word for option in options for word in ([option] if isinstance(option, str) else option)]
    record = weir.copy(*no_rows[:1], path, *no_rows[1:])
    manifests = {"parts": [], "split": ["--split-bytes", "1MiB"]}
    for folder, more in manifests.items():
        weir.ok("copy", no_rows[0], f"{tmp_path}/{folder}/", *no_rows[1:], *options, *more)
        manifests[folder] = json.loads((tmp_path / folder / "manifest.json").read_text())
        assert sorted(p.name for p in (tmp_path / folder).iterdir()) == ["manifest.json", f"part-00000.{name}"]
        assert (tmp_path / folder / f"part-00000.{name}").read_bytes() == path.read_bytes()
        weir.ok("verify", tmp_path / folder / "manifest.json")
    with open(tmp_path / "stdout", "wb") as out:
        subprocess.run(weir.command("copy", no_rows[0], "-", *no_rows[1:], *options, "--quiet"), stdout=out, check=True)
    assert (tmp_path / "stdout").read_bytes() == path.read_bytes()
    assert_no_rows(path.read_bytes(), name)
    weir.ok("verify", f"{path}.record.json")
    for said in (record, *manifests.values()):
        [part] = said["parts"]
        whole = [] if name in TEXT_FORMATS else [(0, 1, 0, 0, path.stat().st_size)]
        assert [tuple(s[key] for key in ("firstSlice", "sliceCount", "rows", "offset", "bytes")) for s in part["slices"]] == whole
        assert (said["rows"], part["rows"], part["bytes"]) == (0, 0, path.stat().st_size)
        assert [(column["name"], column["count"], column["nulls"]) for column in said["columns"]] == [(c, 0, 0) for c in NO_ROWS_TYPES]


def test_no_rows_in_duckdb(weir, no_rows, tmp_path):
    import duckdb
    path = tmp_path / "out.duckdb"
    record = weir.copy(no_rows[0], path, *no_rows[1:])
    assert (record["rows"], record["bytes"]) == (0, 0)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("records",)]
        assert [row[:2] for row in connection.execute("DESCRIBE records").fetchall()] == [
            ("id", "BIGINT"), ('a,"b', "DECIMAL(18,4)"), ("l", "VARCHAR[]"), ("j", "JSON"), ("t", "TIMESTAMP WITH TIME ZONE")]
        assert connection.execute("SELECT count(*) FROM records").fetchall() == [(0,)]


@pytest.mark.parametrize("name", TEXT_FORMATS + WHOLE_FORMATS + ["xlsx"])
def test_no_rows_and_awkward_names(weir, pg, tmp_path, name):
    pg.sql('DROP TABLE IF EXISTS "odd ""t"; CREATE TABLE "odd ""t" ("a b" int, "c,""d" text, '
           '"line\nbreak" text, "1<&>" text, "é" text)')
    path = tmp_path / f"out.{name}"
    record = weir.copy(pg.uri, path, "--table", '"odd ""t"')
    assert record["rows"] == 0
    pg.sql('INSERT INTO "odd ""t" VALUES (1, \'x\', \'\', NULL, \'é\')')
    record = weir.copy(pg.uri, path, "--table", '"odd ""t"', "--if-exists", "replace")
    assert record["rows"] == 1
    assert [c["name"] for c in record["columns"]] == ["a b", 'c,"d', "line\nbreak", "1<&>", "é"]
    assert [c["nulls"] for c in record["columns"]] == [0, 0, 0, 1, 0]
    if name in ("ndjson", "json"):
        rows = json.loads(path.read_text()) if name == "json" else [json.loads(path.read_text())]
        assert rows == [{"a b": 1, 'c,"d': "x", "line\nbreak": "", "1<&>": None, "é": "é"}]
    if name == "xml":
        subprocess.run(["xmllint", "--noout", path], check=True)


def test_1600_columns(weir, pg, tmp_path):
    columns = ", ".join(f"{i} AS c{i}" for i in range(1600))
    for name in ("csv", "ndjson", "parquet", "arrow"):
        path = tmp_path / f"wide.{name}"
        record = weir.copy(pg.uri, path, "--query",
                           f"SELECT {columns} FROM generate_series(1, 500)")
        assert record["rows"] == 500
        assert len(record["columns"]) == 1600
    import pyarrow.parquet as pq
    assert pq.read_table(tmp_path / "wide.parquet").column("c1599").to_pylist() == [1599] * 500


def test_the_record_names_every_encoding_of_parts(weir, pg, tmp_path):
    """The first part's values repeat, the others' do not."""
    pg.sql("CREATE TABLE turning AS SELECT CASE WHEN g <= 60000 THEN 'same' ELSE md5(g::text) END AS t, g AS id "
           "FROM generate_series(1, 160000) g")
    record = weir.copy(pg.uri, f"{tmp_path}/parts/", "--format", "parquet", "--table", "turning", "--split-bytes", "500KiB")
    written = {encoding for part in record["parts"] for encoding in
               pq.ParquetFile(tmp_path / part["path"]).metadata.row_group(0).column(0).encodings}
    encodings = record["columns"][0]["encodings"]
    assert len(record["parts"]) > 2 and {"RLE_DICTIONARY", "PLAIN"} <= written
    assert "RLE_DICTIONARY" in encodings[0] and any("PLAIN" in other for other in encodings[1:]), encodings
    pg.sql("DROP TABLE turning")
