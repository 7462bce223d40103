"""What a copy meets that nobody planned for: the exact message, code and exit status, and nothing left."""

import json
import subprocess
import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
    # A flipped byte is found, or was in nothing that is read.
    for position in range(1000, len(whole), len(whole) // 25):
        source.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1:])
        done = weir.run("copy", source, tmp_path / "out.csv", *table, "--if-exists", "replace")
        assert done.code in (0, 1), done
        assert done.code == 0 or f"[{format_name}." in done.err, done.err
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


@pytest.mark.parametrize("name", FORMATS)
def test_awkward_names_of_tables_and_columns(weir, pg, tmp_path, name):
    table = 'odd "table"\n; DROP ü'
    quoted = '"' + table.replace('"', '""') + '"'
    columns = ", ".join(f"{i} AS " + '"' + c.replace('"', '""') + '"' for i, c in enumerate(AWKWARD_NAMES))
    pg.sql(f"DROP TABLE IF EXISTS {quoted}; CREATE TABLE {quoted} AS SELECT {columns}")
    path = tmp_path / f"out.{name}"
    weir.ok("copy", pg.uri, path, "--table", quoted)
    if name == "parquet":
        assert pq.read_table(path).column_names == AWKWARD_NAMES
    if name == "json":
        assert json.loads(path.read_text()) == [{c: i for i, c in enumerate(AWKWARD_NAMES)}]
    if name == "arrow":
        assert pa.ipc.open_stream(path.read_bytes()).read_all().column_names == AWKWARD_NAMES


def test_no_columns(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS nothing; CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;"
           "INSERT INTO nothing DEFAULT VALUES")
    assert weir.copy(pg.uri, tmp_path / "out.ndjson", "--table", "nothing")["rows"] == 2
    assert (tmp_path / "out.ndjson").read_text() == "{}\n{}\n"
    weir.ok("copy", pg.uri, tmp_path / "out.json", "--table", "nothing")
    assert json.loads((tmp_path / "out.json").read_text()) == [{}, {}]
    done = weir.run("copy", pg.uri, tmp_path / "out.parquet", "--table", "nothing")
    assert done.code == 3 and not (tmp_path / "out.parquet").exists()


def test_duplicate_names(weir, pg, tmp_path):
    query = ["--query", "SELECT 1 AS a, 2 AS a"]
    for name in ("csv", "ndjson", "xml"):
        done = weir.ok("copy", pg.uri, tmp_path / f"out.{name}", *query)
        assert 'several columns are named "a"' in done.err
    assert (tmp_path / "out.csv").read_text() == "a,a\n1,2\n"
    for name in ("parquet", "duckdb"):
        done = weir.run("copy", pg.uri, tmp_path / f"out.{name}", *query)
        assert done.code == 3 and "[plan.unsupported]" in done.err
        assert not (tmp_path / f"out.{name}").exists()
    assert pa.ipc.open_stream(written(weir, pg, tmp_path / "out.arrow", query)).read_all().column_names == ["a", "a"]


def written(weir, pg, path, query):
    weir.ok("copy", pg.uri, path, *query)
    return path.read_bytes()


def test_failure_leaves_no_backend(weir, pg, tmp_path):
    failed(weir, tmp_path, "postgres.", pg.uri, tmp_path / "out.csv", "--query",
           "SELECT 1 / (g - 50000) FROM generate_series(1, 100000) g")
    assert wait_for(lambda: backends(pg) == 0, 2)
    assert_nothing(tmp_path)


@pytest.fixture
def changing(pg):
    pg.sql("DROP TABLE IF EXISTS changing; CREATE TABLE changing AS SELECT g::int8 AS id, repeat(md5(g::text), 8) AS pad, "
           "g % 7 AS n FROM generate_series(1, 200000) g; ALTER TABLE changing ADD PRIMARY KEY (id); ANALYZE changing")
    return pg


DDL = ["VACUUM FULL changing", "TRUNCATE changing", "ALTER TABLE changing ADD COLUMN extra text DEFAULT 'x'",
       "ALTER TABLE changing DROP COLUMN pad", "ALTER TABLE changing RENAME COLUMN pad TO filler",
       "ALTER TABLE changing ALTER COLUMN n TYPE text", "CLUSTER changing USING changing_pkey", "DROP TABLE changing",
       "UPDATE changing SET pad = 'changed'", "DELETE FROM changing"]


@pytest.mark.parametrize("statement", DDL)
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.12])
def test_the_table_changes_meanwhile(weir, changing, tmp_path, statement, delay):
    """The rows of one moment, or a named failure; never a mixture, never a part."""
    path = tmp_path / "out.csv"
    before = changing.sql("SELECT md5(string_agg(id || pad || n, ',' ORDER BY id)) FROM changing")
    process = subprocess.Popen(weir.command("copy", changing.uri, path, "--table", "changing", "--jobs", 2, "--quiet"),
                               stderr=subprocess.PIPE, text=True)
    time.sleep(delay)
    change = threading.Thread(target=changing.sql, args=(statement,))
    change.start()
    _, err = process.communicate(timeout=60)
    change.join()
    if process.returncode != 0:
        # Before the copy had its lock: the table, or what it was planned from, was gone.
        assert process.returncode == 1 and "[postgres." in err, err
        assert_nothing(tmp_path)
        return
    lines = path.read_text().splitlines()
    header, rows = lines[0], lines[1:]
    if len(rows) == 200000 and header == "id,pad,n" and '"changed"' not in rows[0] and ",changed," not in rows[0]:
        changing.sql(f"DROP TABLE IF EXISTS copied; CREATE TABLE copied (id int8, pad text, n text);\n"
                     f"\\copy copied from '{path}' with (format csv, header)")
        assert changing.sql("SELECT md5(string_agg(id || pad || n, ',' ORDER BY id)) FROM copied") == before
    elif statement in ("TRUNCATE changing", "DELETE FROM changing"):
        assert rows == []
    elif "UPDATE" in statement:
        assert len(rows) == 200000 and all(",changed," in row for row in rows)
    else:
        assert len(rows) == 200000 and header in ("id,pad,n,extra", "id,n", "id,filler,n"), header
