"""What a copy meets that nobody planned for: the exact message, code and exit status, and nothing left."""

import concurrent.futures
import csv
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import foreign
import xml_reader
from test_faults import assert_nothing, backends, wait_for

FORMATS = ["csv", "ndjson", "json", "xml", "parquet", "arrow", "xlsx"]


def failed(weir, tmp_path, code, *args, **options):
    """A copy that exits with 1 and this code; returns what it said."""
    done = weir.run("copy", *args, **options)
    assert done.code == 1, done
    assert done.err.rstrip().splitlines()[-1].startswith(f"[{code}"), done.err
    assert done.err.startswith("weir: "), done.err
    return done.err


def test_destination_that_cannot_be_written(weir, small, tmp_path):
    assert "mkdir -p" in failed(weir, tmp_path, "io.not_found", small.uri, tmp_path / "no/out.csv", "--table", "small")
    (tmp_path / "file").write_text("x")
    failed(weir, tmp_path, "io.", small.uri, tmp_path / "file/out.csv", "--table", "small")
    (tmp_path / "file").unlink()
    assert_nothing(tmp_path)
    folder = tmp_path / "mine"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=True)
    try:
        assert str(folder) in failed(weir, tmp_path, "io.", small.uri, folder / "out.csv", "--table", "small")
    finally:
        subprocess.run(["umount", folder], check=True)


def test_plan_says_what_copy_will_do(weir, tmp_path):
    """About destinations; by root, too, but for its right to write everywhere."""
    home = tmp_path / "home"
    closed, mine, parts = home / "closed", home / "closed/mine", home / "parts"
    mine.mkdir(parents=True)
    (home / "is.csv").write_text("here")
    (closed / "is.csv").write_text("here")
    (home / "is").mkdir()
    os.mkfifo(home / "fifo.csv", 0o400)
    closed.chmod(0o555)
    source, table = tmp_path / "rows.parquet", ["--format", "csv"]
    weir.ok("generate", "records", "--count", 10, source)
    weir.ok("copy", source, f"{parts}/", *table)
    replace = ["--if-exists", "replace"]
    rightless = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    try:
        for path, code, *options in [
                ("new.csv", None), ("closed/new.csv", "io.permission_denied"), ("no/new.csv", "io.not_found"),
                ("is.csv", "io.exists"), ("is.csv", None, *replace), ("closed/is.csv", "io.permission_denied", *replace),
                ("is.csv/new.csv", "io.not_found"), ("is.csv/", "io.not_a_directory"), ("is", "io.is_directory"),
                ("closed/mine/", None), ("closed/new/", "io.permission_denied"), ("new/", None), ("no/new/", "io.not_found"),
                ("parts/", "io.exists"), ("fifo.csv", "io.permission_denied"), ("/dev/null", None)]:
            said = []
            for command in ("plan", "copy"):
                path = path if path[0] == "/" else f"{home}/{path}"
                done = subprocess.run([*rightless, *weir.command(command, source, path, *table, *options)],
                                      capture_output=True, text=True)
                codes = re.findall(r"^\[(\S+?)[,\]]", done.stderr, re.MULTILINE)
                said.append((done.returncode, codes))
            assert said == [(1, [code]) if code else (0, [])] * 2, (path, options, said)
    finally:
        closed.chmod(0o755)


@pytest.mark.parametrize("source, sink", [("a.duckdb", "a.duckdb"), ("duckdb:{}/a.duckdb", "a.duckdb"),
                                          ("a.parquet", "a.parquet"), ("a.parquet", "link.parquet")])
def test_the_source_is_not_replaced(weir, tmp_path, source, sink):
    name = source.format(tmp_path) if "{}" in source else tmp_path / source
    path = tmp_path / source.rpartition("/")[2]
    (tmp_path / "link.parquet").symlink_to("a.parquet")
    weir.ok("generate", "records", "--count", 10, path)
    before = path.read_bytes()
    table = ["--table", "records"] if ".duckdb" in source else []
    done = weir.run("copy", name, tmp_path / sink, *table, "--if-exists", "replace")
    assert (done.code, done.err.splitlines()[-1]) == (2, "[usage.destination]"), done.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["data.parquet", "data.arrow", "data.duckdb"])
def test_damaged_input(weir, tmp_path, name):
    source = tmp_path / name
    weir.ok("generate", "records", "--count", 20000, source)
    whole = source.read_bytes()
    table = ["--table", "records"] if name.endswith(".duckdb") else []
    format_name = name.split(".")[1]
    damages = {"empty": b"", "text": b"this is no such file" * 100, "cut": whole[: len(whole) // 2]}
    for damage, content in damages.items():
        source.write_bytes(content)
        err = failed(weir, tmp_path, f"{format_name}.", source, tmp_path / "out.csv", *table)
        assert name in err and "internal" not in err, (damage, err)
        assert not (tmp_path / "out.csv").exists()
    # A flipped byte is found, or was in nothing that is read. Arrow's format has no checksums: there it may be in
    # a value, but rows are neither lost nor made.
    source.write_bytes(whole)
    weir.ok("copy", source, tmp_path / "out.csv", *table)
    intact = (tmp_path / "out.csv").read_bytes()
    for position in range(1000, len(whole), len(whole) // 25):
        source.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1:])
        done = weir.run("copy", source, tmp_path / "out.csv", *table, "--if-exists", "replace")
        assert done.code in (0, 1), done
        assert done.code == 0 or f"[{format_name}." in done.err, done.err
        if done.code == 0:
            copied = (tmp_path / "out.csv").read_bytes()
            assert copied == intact or format_name == "arrow" and copied.count(b"\n") == intact.count(b"\n"), position
    source.unlink()
    (tmp_path / "out.csv").unlink(missing_ok=True)
    assert_nothing(tmp_path)


def test_text_that_is_not_utf8(weir, pg, tmp_path):
    pg.sql("DROP DATABASE IF EXISTS ascii")
    pg.sql("CREATE DATABASE ascii ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
    uri = pg.uri.removesuffix("postgres") + "ascii"
    subprocess.run(["psql", "-X", "-q", "-d", uri, "-c", "CREATE TABLE bytes AS SELECT g AS id, 'fine' AS name FROM "
                    "generate_series(1, 100) g; INSERT INTO bytes VALUES (101, E'caf\\xe9')"], check=True)
    for name in FORMATS:
        err = failed(weir, tmp_path, "postgres.encoding", uri, tmp_path / f"out.{name}", "--table", "bytes")
        assert "UTF8" in err or "UTF-8" in err
    assert_nothing(tmp_path)


AWKWARD_NAMES = ['quote"s', "new\nline", "ünïcode 漢字", "semi;drop", "per%cent", "back\\slash", "a.b", " "]


@pytest.mark.parametrize("name", ["csv", "ndjson", "xml"])
def test_a_value_that_cannot_be_written_names_its_row(weir, pg, tmp_path, name):
    query = ["--query", "SELECT CASE WHEN g = 12345 THEN float8 'NaN' ELSE g END AS v FROM generate_series(1, 20000) g"]
    done = weir.run("copy", pg.uri, tmp_path / f"out.{name}", *query, "--special-values", "error")
    assert done.code == 1 and 'row 12345 of slice 0 (the query): column "v": NaN has no ' in done.err, done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [*FORMATS, "tsv", "duckdb"])
def test_awkward_names_of_tables_and_columns(weir, pg, tmp_path, name):
    table = 'odd "table"\n; DROP ü'
    quoted = '"' + table.replace('"', '""') + '"'
    columns = ", ".join(f"{i} AS " + '"' + c.replace('"', '""') + '"' for i, c in enumerate(AWKWARD_NAMES))
    pg.sql(f"DROP TABLE IF EXISTS {quoted}; CREATE TABLE {quoted} AS SELECT {columns}")
    path = tmp_path / f"out.{name}"
    weir.ok("copy", pg.uri, path, "--table", quoted)
    pg.sql(f"DROP TABLE {quoted}")
    values = {c: i for i, c in enumerate(AWKWARD_NAMES)}
    if name in ("csv", "tsv"):
        with open(path, newline="") as file:
            assert list(csv.reader(file, delimiter="," if name == "csv" else "\t")) == [
                AWKWARD_NAMES, [str(i) for i in values.values()]]
    if name == "duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("SELECT * FROM records")
            assert ([column[0] for column in rows.description], rows.fetchall()) == (AWKWARD_NAMES, [tuple(values.values())])
    if name == "parquet":
        assert pq.read_table(path).to_pylist() == [values]
    if name in ("json", "ndjson"):
        text = path.read_text()
        assert json.loads(text if name == "json" else f"[{text}]") == [values]
    if name == "arrow":
        assert pa.ipc.open_stream(path.read_bytes()).read_all().to_pylist() == [values]
    if name == "xlsx":
        rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        assert list(rows) == [tuple(AWKWARD_NAMES), tuple(values.values())]
    if name == "xml":
        [row] = ElementTree.parse(path).getroot()
        assert {xml_reader.name(column): int(column.text) for column in row} == values


@pytest.mark.parametrize("name", ['quote"s\'', "new\nline", "ünïcode 漢字", " ", "tab\t", "per%cent; $HOME", "back\\slash", "-"])
def test_awkward_names_of_files(weir, small, tmp_path, name):
    """A file, its record, parts and a database, each under the very name that was given; and what an error says of it."""
    csv_path, tsv_path, record_path, parts, database = (tmp_path / f"{name}{end}" for end in (".csv", ".tsv", ".json", "", ".duckdb"))
    source = [small.uri, "--table", "small", "--quiet"]
    weir.ok("copy", *source, csv_path, "--record", record_path)
    weir.ok("copy", *source, tsv_path)
    weir.ok("copy", *source, f"{parts}/", "--format", "csv")
    weir.ok("copy", *source, database)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in (csv_path, tsv_path, record_path, parts, database))
    assert sorted(path.name for path in parts.iterdir()) == ["manifest.json", "part-00000.csv"]
    said = {path: [part["path"] for part in json.loads(path.read_text())["parts"]] for path in (record_path, parts / "manifest.json")}
    assert said == {record_path: [csv_path.name], parts / "manifest.json": ["part-00000.csv"]}
    for path in said:
        assert weir.ok("verify", path).out.startswith("ok: ")
    text = "id,name\n" + "".join(f"{i},name {i}\n" for i in range(1, 1001))
    assert csv_path.read_text() == (parts / "part-00000.csv").read_text() == text
    assert tsv_path.read_text() == text.replace(",", "\t")
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("SELECT count(*), sum(id), max(name) FROM records").fetchone() == (1000, 500500, "name 999")
    for path in (csv_path, database):
        shown = str(path).replace("\n", "\n  ")
        assert f"{shown} exists already\n" in failed(weir, tmp_path, "io.exists", *source, path)


OTHERS = ["notes.txt", "part-00002", "part-1.csv", "part-00003-old.csv", "xpart-00000.csv", "manifest.json.bak", ".part-00000.csv"]


@pytest.mark.parametrize("name", ["part-00007.csv", "part-00000.parquet", "part-00001.csv.bak", "part-123456.x", "manifest.json"])
def test_what_replacing_parts_removes(weir, small, tmp_path, name):
    """What is called like a part, whoever made it, and nothing else."""
    for other in [*OTHERS, name]:
        (tmp_path / other).write_text("precious")
    arguments = [small.uri, f"{tmp_path}/", "--format", "csv", "--table", "small"]
    err = failed(weir, tmp_path, "io.exists", *arguments)
    assert f"{tmp_path}/{name} exists already\nhint: --if-exists replace removes the files of the earlier copy\n" in err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys([*OTHERS, name], "precious")
    weir.ok("copy", *arguments, "--if-exists", "replace")
    left = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(left) == sorted([*OTHERS, "manifest.json", "part-00000.csv"])
    assert {left[other] for other in OTHERS} == {"precious"} and "precious" not in (left["manifest.json"], left["part-00000.csv"])
    weir.ok("verify", tmp_path / "manifest.json")


@pytest.mark.parametrize("content", [[], ["inside"]])
def test_a_directory_that_is_called_like_a_part(weir, small, tmp_path, content):
    """It is no part: replacing leaves it where it is, and the next copy finds no trace of the last."""
    folder = tmp_path / "part-00008.csv"
    folder.mkdir()
    for name in content:
        (folder / name).write_text("precious")
    for _ in range(2):
        done = weir.run("copy", small.uri, f"{tmp_path}/", "--format", "csv", "--table", "small", "--if-exists", "replace")
        assert "io.busy" not in done.err, done.err
        assert not (tmp_path / ".weir.tmp").exists()
        assert [path.read_text() for path in folder.iterdir()] == ["precious"] * len(content)


@pytest.mark.parametrize("end", [".csv", ".duckdb"])
def test_names_as_long_as_they_can_be(weir, small, tmp_path, end):
    """What DuckDB appends for its log, four bytes, is part of it."""
    path = tmp_path / ("x" * (255 - 4 - len(end)) + end)
    weir.ok("copy", small.uri, path, "--table", "small")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("command", ["copy", "plan"])
@pytest.mark.parametrize("record, dest, lost", [
    ("./out.csv", "out.csv", "replace the destination"), ("parts/part-00000.csv", "parts/", "replace a file of the destination"),
    ("same/in.parquet", "out.csv", "replace the source")])
def test_a_record_never_takes_the_place_of_rows(weir, tmp_path, command, record, dest, lost):
    source = tmp_path / "in.parquet"
    weir.ok("generate", "records", source, "--count", 10)
    (tmp_path / "same").symlink_to(".")
    before = source.read_bytes()
    done = weir.run(command, source, dest, "--format", "csv", "--record", record, "--if-exists", "replace", cwd=tmp_path)
    assert done.code == 2 and done.err == (f"weir: --record {record} would {lost}\nhint: give the record a name of its own\n"
                                           "[usage.conflicting_options]\n"), done.err
    assert source.read_bytes() == before and {path.name for path in tmp_path.iterdir()} == {"in.parquet", "same"}


def test_a_file_name_that_is_not_utf8(weir, small, tmp_path):
    """A record could not name it."""
    path, record = tmp_path / "caf\udce9.csv", tmp_path / "record.json"  # the byte 0xe9, to the system
    done = weir.run("copy", small.uri, path, "--table", "small", "--record", record)
    assert done.code == 2 and "usage.not_text" in done.err, done
    assert_nothing(tmp_path)
    weir.ok("copy", small.uri, path, "--table", "small")
    assert path.exists()


def assert_plan_refuses(weir, source, path, options, *lines):
    """With lines that begin so, status 3, and nothing written."""
    for command in ("plan", "copy"):
        done = weir.run(command, source, path, *options)
        said = done.err.splitlines()
        assert done.code == 3 and said[-1] == "[plan.unsupported]" and len(said) == len(lines) + 1, done
        assert all(line.startswith(begin) for line, begin in zip(said, lines)), done
    assert_nothing(path.parent)


def content_of(path):
    """The text, or of a sheet how many rows there are and those that have cells."""
    if path.suffix != ".xlsx":
        return foreign.open_text(path).read()
    rows = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").count(b"<row ")
    return rows, list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))


XML = '<?xml version="1.0" encoding="UTF-8"?>\n<records xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{}</records>\n'


@pytest.mark.parametrize("name, two, none", [
    ("csv", "\n\n\n", "\n"), ("tsv", "\n\n\n", "\n"), ("csv.gz", "\n\n\n", "\n"), ("ndjson", "{}\n{}\n", ""),
    ("json", "[\n{},\n{}\n]\n", "[\n\n]\n"), ("xml", XML.format("<record></record>\n" * 2), XML.format("")),
    ("xlsx", (3, []), (1, []))])
def test_no_columns(weir, pg, tmp_path, name, two, none):
    """Rows are rows: as many as there are, with nothing in them, and a header with nothing in it."""
    pg.sql("DROP TABLE IF EXISTS nothing; CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;"
           "INSERT INTO nothing DEFAULT VALUES")
    path = tmp_path / f"out.{name}"
    for where, rows, content in (("true", 2, two), ("false", 0, none)):
        record = weir.copy(pg.uri, path, "--table", "nothing", "--where", where, "--if-exists", "replace")
        assert (record["rows"], record["columns"]) == (rows, []) and content_of(path) == content
    if name == "csv":
        postgres = ["--table", "nothing", "--dialect", "postgres", "--if-exists", "replace"]
        weir.ok("copy", pg.uri, path, *postgres)
        pg.copy_out("COPY nothing TO STDOUT (FORMAT csv, HEADER)", tmp_path / "psql.csv")
        assert path.read_bytes() == (tmp_path / "psql.csv").read_bytes()


def test_no_columns_in_typed_formats(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS nothing; CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;"
           "INSERT INTO nothing DEFAULT VALUES")
    for name, line in (("parquet", "weir: a Parquet file needs one column at least"), ("duckdb", "weir: a DuckDB table needs a column")):
        assert_plan_refuses(weir, pg.uri, tmp_path / f"out.{name}", ["--table", "nothing"], line)
    stream = pa.ipc.open_stream(written(weir, pg, tmp_path / "out.arrow", ["--table", "nothing"]))
    assert stream.schema.names == [] and sum(batch.num_rows for batch in stream) == 2


TWICE = 'weir: warning: several columns are named "a"; few readers can tell them apart'


@pytest.mark.parametrize("name, content", [
    ("csv", "a,a\n1,2\n"), ("tsv", "a\ta\n1\t2\n"), ("csv.gz", "a,a\n1,2\n"), ("ndjson", '{"a":1,"a":2}\n'),
    ("json", '[\n{"a":1,"a":2}\n]\n'), ("xml", XML.format("<record><a>1</a><a>2</a></record>\n")),
    ("xlsx", (2, [("a", "a"), (1, 2)]))])
def test_duplicate_names(weir, pg, tmp_path, name, content):
    """Both are written, and somebody is told; names that differ in case are not the same."""
    path = tmp_path / f"out.{name}"
    done = weir.ok("copy", pg.uri, path, "--query", "SELECT 1 AS a, 2 AS a")
    assert done.err.startswith(TWICE) and content_of(path) == content
    assert "(AS in the query renames them)" in done.err
    assert "warning" not in weir.ok("copy", pg.uri, path, "--query", 'SELECT 1 AS a, 2 AS "A"', "--if-exists", "replace").err


def test_duplicate_names_in_typed_formats(weir, pg, tmp_path):
    query = ["--query", "SELECT 1 AS a, 2 AS a"]
    assert_plan_refuses(weir, pg.uri, tmp_path / "out.parquet", query, TWICE,
                        'weir: two columns are named "a"; Parquet readers cannot tell them apart',
                        "hint: rename one")
    other = ["--query", 'SELECT 1 AS a, 2 AS "A"']
    for options, names, warning in ((query, '"a" and "a"', [TWICE]), (other, '"a" and "A"', [])):
        assert_plan_refuses(weir, pg.uri, tmp_path / "out.duckdb", options, *warning,
                            f"weir: the columns {names} have the same name in DuckDB",
                            "hint: rename one")
    assert pa.ipc.open_stream(written(weir, pg, tmp_path / "out.arrow", query)).read_all().column_names == ["a", "a"]
    assert pq.read_schema(io.BytesIO(written(weir, pg, tmp_path / "out.parquet", other))).names == ["a", "A"]


def written(weir, pg, path, query):
    weir.ok("copy", pg.uri, path, *query)
    return path.read_bytes()


def test_failure_leaves_no_backend(weir, pg, tmp_path):
    failed(weir, tmp_path, "postgres.", pg.uri, tmp_path / "out.csv", "--query",
           "SELECT 1 / (g - 50000) FROM generate_series(1, 100000) g")
    assert wait_for(lambda: backends(pg) == 0, 2)
    assert_nothing(tmp_path)


# A table, how it is copied, and its columns beside id, pad and n.
SHAPES = {"csv": ("", "out.csv", [], ""),
          "parts": ("", "parts/", ["--format", "csv", "--split-bytes", "1MiB"], ""),
          "partitions": ("PARTITION BY RANGE (id)", "out.csv", [], ""), "parquet": ("", "out.parquet", [], ""),
          "struct": ("", "out.parquet", ["--nested", "struct"], ", jsonb_build_object('k', g, 't', md5(g::text)) AS doc"),
          "query": ("", "out.csv", ["--query", "SELECT * FROM changing"], ""),
          "ordered": ("", "out.csv", ["--order-by", "id"], ""),
          "ordered partitions": ("PARTITION BY RANGE (id)", "out.csv", ["--order-by", "id"], "")}
DDL = ["VACUUM FULL changing", "TRUNCATE changing", "ALTER TABLE changing ADD COLUMN extra text DEFAULT 'x'",
       "ALTER TABLE changing DROP COLUMN pad", "ALTER TABLE changing RENAME COLUMN pad TO filler",
       "ALTER TABLE changing ALTER COLUMN n TYPE text", "CLUSTER changing USING changing_pkey", "DROP TABLE changing",
       "UPDATE changing SET pad = 'changed'", "DELETE FROM changing"]
# Waits until weir reads rows, and notes whether it did.
COPYING = """CREATE FUNCTION pg_temp.copying() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  FOR i IN 1..5000 LOOP
    PERFORM pg_stat_clear_snapshot();
    IF EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'weir' AND state = 'active' AND query LIKE 'COPY%')
    THEN RETURN true; END IF;
    PERFORM pg_sleep(0.001);
  END LOOP;
  RETURN false;
END $$;
DROP TABLE IF EXISTS moments; CREATE TABLE moments (was bool);
"""


@pytest.fixture
def changing(pg, shape):
    partitioned, _, _, more = SHAPES[shape]
    rows = f"SELECT g::int8 AS id, repeat(md5(g::text), 8) AS pad, g % 7 AS n{more} FROM generate_series(1, 80000) g"
    pg.sql("DROP TABLE IF EXISTS changing, changing_1, changing_2, changing_3, changing_4")
    pg.sql(f"CREATE TABLE changing AS {rows} LIMIT 0;" if not partitioned else
           f"CREATE TABLE changing (id int8, pad text, n int) {partitioned};"
           "CREATE TABLE changing_1 PARTITION OF changing FOR VALUES FROM (0) TO (30000);"
           "CREATE TABLE changing_2 PARTITION OF changing FOR VALUES FROM (30000) TO (200000)")
    pg.sql(f"INSERT INTO changing {rows}; ALTER TABLE changing ADD PRIMARY KEY (id); ANALYZE changing")
    return pg


def rows_of(pg):
    """As psql has them, the header among them; in any order, for a rewrite may change it."""
    return sorted(pg.sql("COPY (SELECT * FROM changing) TO STDOUT (FORMAT csv, HEADER)").splitlines())


def rows_in(path):
    """The same of a copy."""
    if path.suffix != ".parquet":
        files = sorted(path.glob("part-*")) if path.is_dir() else [path]
        lines = [file.read_text().splitlines() for file in files]
        return sorted([*lines[0][:1], *(line for part in lines for line in part[1:])])
    table, text = pq.read_table(path), io.StringIO()
    rows = zip(*([json.dumps(value) if isinstance(value, dict) else value for value in column.to_pylist()]
                 for column in table.columns))
    csv.writer(text, lineterminator="\n").writerows([table.column_names, *rows])
    return sorted(text.getvalue().splitlines())


def copy_of_changing(weir, pg, tmp_path, shape):
    _, name, options, _ = SHAPES[shape]
    path = tmp_path / name
    dialect = [] if name.endswith(".parquet") else ["--dialect", "postgres"]
    return path, subprocess.Popen(weir.command(
        "copy", pg.uri, f"{path}/" if name.endswith("/") else path, "--jobs", 2, "--quiet",
        *([] if "--query" in options else ["--table", "changing"]), *dialect, *options), stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("statement", DDL)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_table_changes_while_it_is_read(weir, changing, tmp_path, statement, shape):
    """Whatever is done to it: the rows of before. The copy has its lock and its snapshot."""
    before = rows_of(changing)
    with changing.holding(COPYING) as session:
        session.write(f"INSERT INTO moments SELECT pg_temp.copying();\n{statement};\nINSERT INTO moments VALUES (true);\n")
        session.flush()
        path, process = copy_of_changing(weir, changing, tmp_path, shape)
        _, err = process.communicate(timeout=60)
    # One when the statement began while rows were read, one when it was done.
    assert changing.sql("SELECT was FROM moments") == "t\nt", "nothing changed, or after the copy was over"
    assert process.returncode == 0, err
    assert rows_in(path) == before
    if "--order-by" in SHAPES[shape][2]:
        ids = [int(line.split(",")[0]) for line in path.read_text().splitlines()[1:]]
        assert ids == sorted(ids)


PARTITION_DDL = ["ALTER TABLE changing DETACH PARTITION changing_2", "ALTER TABLE changing DETACH PARTITION changing_2 CONCURRENTLY",
                 "DROP TABLE changing_2", "TRUNCATE changing_1",
                 "ALTER TABLE changing ATTACH PARTITION changing_3 FOR VALUES FROM (200000) TO (300000)",
                 "CREATE TABLE changing_4 PARTITION OF changing DEFAULT", "ALTER TABLE changing_1 ADD CHECK (id < 30000)"]


@pytest.mark.parametrize("statement", PARTITION_DDL)
@pytest.mark.parametrize("shape", ["partitions", "ordered partitions"])
def test_partitions_change_while_the_table_is_read(weir, changing, tmp_path, statement, shape):
    """They come and go: the rows of before, all of them."""
    changing.sql("CREATE TABLE changing_3 (LIKE changing INCLUDING ALL);"
                 "INSERT INTO changing_3 SELECT g, 'new', 1 FROM generate_series(200000, 200999) g")
    test_the_table_changes_while_it_is_read(weir, changing, tmp_path, statement, shape)


@pytest.mark.parametrize("statement", DDL)
@pytest.mark.parametrize("shape", ["csv"])
def test_the_table_changes_meanwhile(weir, changing, tmp_path, statement, shape):
    """The rows of one moment, or a named failure; never a mixture, never a part."""
    before = rows_of(changing)
    path, process = copy_of_changing(weir, changing, tmp_path, shape)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        change = pool.submit(changing.sql, statement)
        _, err = process.communicate(timeout=60)
        change.result()
    if process.returncode != 0:
        # Before the copy had its lock: the table, or what it was planned from, was gone.
        assert process.returncode == 1 and re.search(r"\[postgres\.(unknown_table|unknown_column|schema_changed)", err), err
        assert_nothing(tmp_path)
        return
    assert rows_in(path) in (before, [] if "DROP TABLE" in statement else rows_of(changing))
