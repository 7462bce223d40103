"""Every way a copy is known to end badly: the whole of what it says, its exit status, nothing left behind, and
no backend of it after two seconds. What a failure says is not stable, and still every word of it is meant."""

import copy
import errno
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pyarrow.parquet as pq
import pytest

from postgres import Cluster
from test_faults import assert_nothing, backends, wait_for
from test_sweeps import shim  # noqa: F401, a fixture

SLOW = "SELECT g, pg_sleep(0.001) FROM generate_series(1, 100000) g"
SPACE = "hint: free some space or choose another destination"


def gone(pg):
    return wait_for(lambda: backends(pg) == 0, 2)


def assert_ends(done, code, *lines):
    """`done` is (exit status, standard error); a line that begins with ~ is a regular expression."""
    status, err = done
    assert status == code, err
    got = err.rstrip("\n").split("\n")
    assert len(got) == len(lines), err
    for want, line in zip(lines, got):
        assert re.fullmatch(want[1:], line) if want.startswith("~") else want == line, f"{want!r} != {line!r}"


@pytest.fixture(params=["out.csv", "out.parquet", "parts/"])
def target(request, tmp_path):
    """A file of each kind of format, and a directory of parts."""
    folder = tmp_path / "to"
    folder.mkdir()
    return f"{folder}/{request.param}"


def run(weir, source, target, *args, role=None, **options):
    """A copy from a file, a URI, or a cluster, which has no backend of it left soon after."""
    pg = source if isinstance(source, Cluster) else None
    uri = source.uri.replace("postgres@", f"{role or 'postgres'}@") if pg else source
    done = weir.run("copy", uri, target, *args, *(["--format", "csv"] if target.endswith("/") else []), **options)
    assert pg is None or gone(pg)
    return done.code, done.err


def folder_of(target):
    return pathlib.Path(target.rstrip("/")).parent


@pytest.fixture(scope="module")
def ended(pg):
    """Tables and roles for it; the password is asked for."""
    pg.sql("""DROP TABLE IF EXISTS ended, ended_rows CASCADE; DROP ROLE IF EXISTS ended_reader; DROP ROLE IF EXISTS ended_login;
        CREATE TABLE ended AS SELECT g AS id, repeat('x', 100) AS pad FROM generate_series(1, 100000) g; ANALYZE ended;
        CREATE TABLE ended_rows (id int); ALTER TABLE ended_rows ENABLE ROW LEVEL SECURITY;
        CREATE ROLE ended_reader LOGIN; CREATE ROLE ended_login LOGIN PASSWORD 'right';
        CREATE POLICY one ON ended_rows USING (id = 1); GRANT SELECT ON ended_rows TO ended_reader;
        CREATE VIEW ended_view WITH (security_invoker) AS SELECT id FROM ended_rows; GRANT SELECT ON ended_view TO ended_reader;
        CREATE VIEW ended_owner AS SELECT id FROM ended_rows; GRANT SELECT ON ended_owner TO ended_reader;
        CREATE OR REPLACE FUNCTION ended_write() RETURNS int LANGUAGE sql AS 'INSERT INTO ended_rows VALUES (9) RETURNING id';
        CREATE OR REPLACE PROCEDURE ended_call() LANGUAGE sql AS 'SELECT 1'""")
    with pg.reconfigured(hba="host all ended_login 127.0.0.1/32 scram-sha-256"):
        yield pg


def test_before_the_first_row(weir, ended, target):
    here = f'connection to server at "127.0.0.1", port {ended.port} failed'
    assert_ends(run(weir, ended, target, "--table", "ended", role="ended_login:wrong"), 1,
                f'weir: {here}: FATAL:  password authentication failed for user "ended_login"',
                "hint: check user and password (PGPASSWORD, ~/.pgpass or the URI)", "[postgres.auth_failed]")
    assert_ends(run(weir, "postgresql://127.0.0.1:1/x", target, "--table", "t"), 1,
                'weir: connection to server at "127.0.0.1", port 1 failed: Connection refused',
                "  Is the server running on that host and accepting TCP/IP connections?",
                "hint: check host, port and that the server accepts connections", "[postgres.unreachable]")
    assert_ends(run(weir, "postgresql://nowhere.invalid/x", target, "--table", "t"), 1,
                '~weir: could not translate host name "nowhere.invalid" to address: .*',
                "hint: check host, port and that the server accepts connections", "[postgres.unreachable]")
    in_uris = "hint: in a URI's password write %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %"
    assert_ends(run(weir, "postgresql://joe:p@ss/w#rd@127.0.0.1:1/x", target, "--table", "t"), 1,
                '~weir: could not translate host name "\\*\\*\\*" to address: .*', in_uris, "[postgres.unreachable]")
    assert_ends(run(weir, "postgresql://joe:a%zz@127.0.0.1:1/x", target, "--table", "t"), 2,
                'weir: invalid percent-encoded token: "***"', f"hint: postgresql://user@host:5432/database; {in_uris[6:]}",
                "[usage.source]")
    in_words = "hint: host=localhost user=joe dbname='my shop'; what has a space in it stands between apostrophes"
    assert_ends(run(weir, "host=127.0.0.1 port=1 password=my secret", target, "--table", "t"), 2,
                'weir: missing "=" after "***" in connection info string', in_words, "[usage.source]")
    assert_ends(run(weir, "host=127.0.0.1 port=1 password='my secret", target, "--table", "t"), 2,
                "weir: unterminated quoted string in connection info string", in_words, "[usage.source]")
    assert_ends(run(weir, ended, target, "--table", "endde"), 1,
                'weir: there is no table "endde" (did you mean "ended"?)', "~hint: tables: ended, .*", "[postgres.unknown_table]")
    assert_ends(run(weir, ended, target, "--table", "ended", role="ended_reader"), 1,
                "weir: permission denied for table ended", "hint: grant SELECT to the role, or use another role",
                "[postgres.permission_denied, SQLSTATE 42501]")
    assert_ends(run(weir, ended, target, "--table", "ended_rows", role="ended_reader"), 1,
                "weir: table public.ended_rows has row-level security in force for this role",
                "hint: rows would be missing silently; use a role with BYPASSRLS or the table's owner",
                "[postgres.row_security]")
    assert_nothing(folder_of(target))


@pytest.mark.parametrize("what", [
    ["--query", "SELECT * FROM ended_rows"], ["--query", "SELECT count(*) FROM ended_rows WHERE id = 1"],
    ["--query", "SELECT 1 WHERE EXISTS (SELECT FROM ended_rows)"], ["--table", "ended_view"], ["--query", "TABLE ended_view"]])
def test_row_level_security_that_the_server_notices(weir, ended, target, what):
    assert_ends(run(weir, ended, target, *what, role="ended_reader"), 1,
                'weir: query would be affected by row-level security policy for table "ended_rows"',
                "hint: the table has row-level security for this role, so rows would be missing silently; use a role with "
                "BYPASSRLS or the table's owner", "[postgres.row_security, SQLSTATE 42501]")
    assert_nothing(folder_of(target))


def test_row_level_security_that_is_not_in_force(weir, ended, target):
    """A view that reads with its owner's rights, and roles that policies do not hold for."""
    for number, (role, *what) in enumerate((("ended_reader", "--table", "ended_owner"), ("postgres", "--table", "ended_rows"),
                                            ("postgres", "--query", "SELECT * FROM ended_view"))):
        assert_ends(run(weir, ended, target.replace("/to/", f"/to/{number}"), *what, "--quiet", role=role), 0, "")


GONE = ['weir: relation "public.shifting" does not exist', "[postgres.unknown_table, SQLSTATE 42P01]"]
NO_COLUMN = ['weir: --columns: there is no column "pad"', "~hint: columns: id.*", "[postgres.unknown_column]"]


@pytest.mark.parametrize("statement, options, after", [
    ("DROP COLUMN pad", [], ["id"]), ("DROP COLUMN pad", ["--columns", "id,pad"], NO_COLUMN),
    ("RENAME COLUMN pad TO filler", [], ["id", "filler"]), ("RENAME COLUMN pad TO filler", ["--columns", "pad"], NO_COLUMN),
    ("ADD COLUMN more int DEFAULT 7", [], ["id", "pad", "more"]), (None, [], GONE)])
def test_the_table_changes_while_its_lock_is_waited_for(weir, ended, target, statement, options, after):
    """It is copied as it is then, or not at all."""
    ended.sql("DROP TABLE IF EXISTS shifting; CREATE TABLE shifting AS SELECT 1 AS id, 'x' AS pad")
    change = f"ALTER TABLE shifting {statement}" if statement else "DROP TABLE shifting"
    result = []
    with ended.holding(f"BEGIN; {change};") as session:
        copy = threading.Thread(target=lambda: result.append(run(weir, ended, target, "--table", "shifting", "--quiet",
                                                                 *options)))
        copy.start()
        assert wait_for(lambda: ended.sql("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                                          "WHERE NOT l.granted AND a.application_name = 'weir'") == "1")
        session.write("COMMIT;\n")
        session.flush()
        copy.join()
    if after in (GONE, NO_COLUMN):
        assert_ends(result[0], 1, *after)
        assert_nothing(folder_of(target))
    else:
        assert_ends(result[0], 0, "")
        path = f"{target}part-00000.csv" if target.endswith("/") else target
        names = pq.read_table(path).column_names if path.endswith("parquet") else open(path).readline().strip().split(",")
        assert names == after


@pytest.mark.parametrize("statement, rows", [
    ("TRUNCATE {}", 0), ("ALTER TABLE {} ALTER id TYPE int8", 1000), ("ALTER TABLE {} ADD COLUMN z float8 DEFAULT random()", 1000),
    ("DROP VIEW rewritten_view; ALTER TABLE {} RENAME TO rewritten_old; CREATE TABLE {} AS SELECT 1 AS id, 1 AS b; "
     "CREATE VIEW rewritten_view AS SELECT b AS id FROM {}", 1)])
@pytest.mark.parametrize("what", [["--query", "SELECT id FROM rewritten"], ["--query", "SELECT id FROM rewritten_view"],
                                  ["--table", "rewritten_view"]], ids=["query", "query of a view", "view"])
def test_a_rewrite_while_a_query_waits_for_its_locks(weir, ended, tmp_path, what, statement, rows):
    """A snapshot older than the rewrite would show an empty table."""
    ended.sql("DROP TABLE IF EXISTS rewritten, rewritten_old CASCADE; CREATE TABLE rewritten AS SELECT g AS id, g AS b "
              "FROM generate_series(1, 1000) g; CREATE VIEW rewritten_view AS SELECT b AS id FROM rewritten")
    path = tmp_path / "out.csv"
    with ended.holding(f"BEGIN; {statement.format(*['rewritten'] * 3)};") as session:
        process = subprocess.Popen(weir.command("copy", ended.uri, path, *what), stderr=subprocess.PIPE, text=True)
        assert wait_for(lambda: ended.sql("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
                                          "WHERE NOT l.granted AND a.application_name = 'weir'") == "1")
        session.write("COMMIT;\n")
        session.flush()
        err = process.communicate(timeout=30)[1]
    assert process.returncode == 0 and gone(ended), err
    assert len(path.read_text().splitlines()) == 1 + rows


def endings(weir, pg, targets, act, *args):
    """Starts copies of many slow rows, acts when rows move in all, and says how each ended and after how long."""
    processes = [subprocess.Popen(weir.command("copy", pg.uri, target, *(["--format", "csv"] if target.endswith("/") else []), *args),
                                  stderr=subprocess.PIPE, text=True) for target in targets]
    assert wait_for(lambda: pg.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir' "
                                   "AND query LIKE 'COPY%' AND state = 'active'") == str(len(targets)))
    time.sleep(0.1)
    begin = time.monotonic()
    act(processes)
    errs = [process.communicate(timeout=30)[1] for process in processes]
    return [(process.returncode, err) for process, err in zip(processes, errs)], time.monotonic() - begin


def ending(weir, pg, target, act, *args):
    [end], seconds = endings(weir, pg, [target], lambda processes: act(processes[0]), *args)
    return end, seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals(weir, ended, target, number):
    end, seconds = ending(weir, ended, target, lambda process: process.send_signal(number), "--query", SLOW)
    assert_ends(end, 128 + number, f"weir: copying query to {target}: interrupted", "[interrupted]")
    assert seconds < 2 and gone(ended)
    assert_nothing(folder_of(target))


def test_time_limits(weir, ended, target):
    assert_ends(run(weir, ended, target, "--query", SLOW, "--statement-timeout", "300ms"), 1,
                f"weir: copying query to {target}: the query: canceling statement due to statement timeout",
                "hint: raise --statement-timeout, or leave it out", "[postgres.statement_timeout, SQLSTATE 57014]")
    assert_ends(run(weir, ended, target, "--query", SLOW, "--timeout", "300ms"), 1,
                f"weir: copying query to {target}: interrupted (--timeout ended it)",
                "hint: give it more time, or fewer rows", "[timeout]")
    assert_nothing(folder_of(target))


def test_terminated_backends(weir, ended, target):
    def terminate(process):
        ended.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'")
    end, seconds = ending(weir, ended, target, terminate, "--query", SLOW)
    snapshot = "[0-9A-F-]+"
    assert_ends(end, 1, f"~weir: copying query to {re.escape(target)}: the query: terminating connection due to administrator command; "
                f'trying again: the snapshot {snapshot} of this copy is gone: invalid snapshot identifier: "{snapshot}"',
                "hint: the server ended the connection", "[postgres.terminated, SQLSTATE 57P01]")
    assert seconds < 10 and gone(ended)
    assert_nothing(folder_of(target))


@pytest.mark.parametrize("how", ["immediate", "SIGKILL"])
def test_a_server_that_dies(weir, tmp_path, how):
    server = Cluster().init().start()
    targets = [f"{tmp_path}/out.csv", f"{tmp_path}/out.parquet", f"{tmp_path}/parts/"]

    def kill(processes):
        if how == "immediate":
            server.stop(how)
        else:
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'")
            os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    try:
        ends, seconds = endings(weir, server, targets, kill, "--query", SLOW)
    finally:
        server.remove()
    failure, *code = {"immediate": ("server closed the connection unexpectedly", "[postgres.connection_lost]"),
                      "SIGKILL": ("terminating connection due to administrator command", "hint: the server ended the connection",
                                  "[postgres.terminated, SQLSTATE 57P01]")}[how]
    for target, end in zip(targets, ends, strict=True):
        assert_ends(end, 1, f"weir: copying query to {target}: the query: {failure}; trying again: connection to server at "
                    f'"127.0.0.1", port {server.port} failed: Connection refused',
                    "  Is the server running on that host and accepting TCP/IP connections?", *code)
    assert seconds < 10
    assert_nothing(tmp_path)


@pytest.fixture(scope="module")
def fragile():
    """A cluster whose backends are killed: the others end with them, and it recovers."""
    cluster = Cluster().init().start()
    yield cluster
    cluster.stop()
    cluster.remove()


@pytest.mark.parametrize("which", ["reads", "holds the snapshot"])
def test_killed_backends(weir, fragile, target, which):
    def kill(process):
        has = "backend_xmin IS NOT NULL AND query LIKE 'COPY%'"
        os.kill(int(fragile.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'weir' AND "
                                f"{'' if which == 'reads' else 'NOT '}({has})")), signal.SIGKILL)
    try:
        end, seconds = ending(weir, fragile, target, kill, "--query", SLOW)
    finally:
        assert wait_for(lambda: fragile.sql("SELECT 1", check=False) == "1")
    snapshot = "[0-9A-F-]+"
    # The new try comes before the server has recovered, or after.
    assert_ends(end, 1, f"~weir: copying query to {re.escape(target)}: the query: server closed the connection unexpectedly; "
                f'trying again: (the snapshot {snapshot} of this copy is gone: invalid snapshot identifier: "{snapshot}"|'
                f'connection to server at "127.0.0.1", port {fragile.port} failed: FATAL:  the database system is '
                "(in recovery mode|starting up|not yet accepting connections))", "[postgres.connection_lost]")
    assert seconds < 10 and gone(fragile)
    assert_nothing(folder_of(target))


@pytest.mark.parametrize("call, doing, doing_parts", [
    ("write", "writing {}", "writing {}"), ("fsync", "writing to disk {}", "writing to disk {}"),
    ("close", "closing {}", "closing {}"),
    ("rename", "renaming the finished file to {}", "renaming a finished part to {}")])
def test_the_disk_is_full(weir, ended, shim, target, call, doing, doing_parts):  # noqa: F811
    environment = {"LD_PRELOAD": str(shim), "FAIL_CALL": call, "FAIL_NTH": "1", "FAIL_ERRNO": str(errno.ENOSPC)}
    file = f"{target}part-00000.csv" if target.endswith("/") else target
    assert_ends(run(weir, ended, target, "--table", "ended", env=environment), 1,
                f"weir: copying ended to {target}: {(doing_parts if target.endswith('/') else doing).format(file)}: "
                "No space left on device", SPACE, "[io.no_space, ENOSPC]")
    assert_nothing(folder_of(target))


@pytest.mark.parametrize("name", ["out.arrow", "out.xlsx", "out.csv.gz", "out.ndjson.zst"])
def test_the_disk_is_full_for_every_kind_of_writer(weir, ended, shim, tmp_path, name):  # noqa: F811
    for call, doing in ("write", "writing"), ("fsync", "writing to disk"), ("close", "closing"), (
            "rename", "renaming the finished file to"):
        if (name, call) == ("out.xlsx", "close"):
            continue  # the first is of a temporary file, which was read by then
        environment = {"LD_PRELOAD": str(shim), "FAIL_CALL": call, "FAIL_NTH": "1", "FAIL_ERRNO": str(errno.ENOSPC)}
        assert_ends(run(weir, ended, f"{tmp_path}/{name}", "--table", "ended", env=environment), 1,
                    f"weir: copying ended to {tmp_path}/{name}: {doing} {tmp_path}/{name}: No space left on device", SPACE,
                    "[io.no_space, ENOSPC]")
        assert_nothing(tmp_path)


@pytest.mark.parametrize("name, doing, code", [
    ("out.duckdb", "writing {}: .*No space left on device.*", r"io\.no_space(, ENOSPC)?"),
    ("out.xlsx", r"libxlsxwriter could not make the workbook in {}: .* is the disk full\?", r"xlsx\.temporary_files")])
def test_a_small_disk_is_full(weir, ended, tmp_path, name, doing, code):
    """DuckDB's own file; libxlsxwriter's temporary ones, in $TMPDIR."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=True)
    try:
        if name == "out.xlsx":
            (small / "filler").write_bytes(bytes(64 << 10))
        path = (small if name == "out.duckdb" else tmp_path) / name
        status, err = run(weir, ended, str(path), "--table", "ended", env={"TMPDIR": str(small)})
        lines = err.splitlines()
        assert status == 1 and len(lines) == 3, err
        assert re.fullmatch(f"weir: copying ended to {path}: {doing.format(path if name == 'out.duckdb' else small)}", lines[0]), err
        assert lines[1].startswith("hint: ") and re.fullmatch(rf"\[{code}\]", lines[2]), err
        assert sorted(small.iterdir()) == ([small / "filler"] if name == "out.xlsx" else [])
    finally:
        subprocess.run(["umount", small], check=True)
    small.rmdir()
    assert_nothing(tmp_path)


def test_destinations_that_cannot_be_written(weir, ended, target):
    folder = folder_of(target)
    copying = f"weir: copying ended to {target}:"
    no_folder = target.replace("/to/", "/none/")
    assert_ends(run(weir, ended, no_folder, "--table", "ended"), 1,
                f"weir: copying ended to {no_folder}: cannot write {no_folder.rstrip('/')}: {folder_of(no_folder)} does not exist",
                f"hint: create it first: mkdir -p {folder_of(no_folder)}", "[io.not_found, ENOENT]")
    folder.chmod(0o555)
    # root, too, but for the right to write everywhere.
    command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search",
               *weir.command("copy", ended.uri, target, "--table", "ended", *(["--format", "csv"] if target.endswith("/") else []))]
    done = subprocess.run(command if os.geteuid() == 0 else command[3:], stderr=subprocess.PIPE, text=True)
    folder.chmod(0o755)
    assert gone(ended)
    assert_ends((done.returncode, done.stderr), 1,
                f"{copying} cannot write {target.rstrip('/')}: creating a file in {folder}: Permission denied",
                "hint: choose a directory that you may write to", "[io.permission_denied, EACCES]")
    assert_nothing(folder)
    there, what = (target, "overwrites it") if not target.endswith("/") else (
        f"{target}part-00000.csv", "removes the files of the earlier copy")
    pathlib.Path(there).parent.mkdir(exist_ok=True)
    pathlib.Path(there).write_text("precious")
    assert_ends(run(weir, ended, target, "--table", "ended"), 1, f"{copying} {there} exists already",
                f"hint: --if-exists replace {what}", "[io.exists]")
    assert [p.read_text() for p in folder.rglob("*") if p.is_file()] == ["precious"]


def test_a_reader_that_goes_away(weir, ended):
    process = subprocess.Popen(weir.command("copy", ended.uri, "-", "--format", "csv", "--table", "ended"),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert (process.stderr.read(), process.wait(10)) == (b"", 141)
    assert gone(ended)


DAMAGED = "[{0}.corrupt]"
PARQUET = "weir: {} is not an intact Parquet file: Parquet "
MAGIC = PARQUET + "magic bytes not found in footer. Either the file is corrupted or this is not a parquet file."
NO_DATABASE = ['weir: opening {}: IO Error: The file "{}" exists, but it is not a valid DuckDB database file!',
               "hint: it may be a file of another kind; other local files are read with `duckdb:` and --query "
               "\"SELECT * FROM 'file'\"", "[duckdb.not_a_database]"]


BLOCK = r"Corrupt database file: computed checksum \d+ does not match stored checksum \d+ in block at location {}"


@pytest.mark.parametrize("name, damage, lines", [
    ("parquet", "empty", [PARQUET + "file size is 0 bytes", DAMAGED]), ("parquet", "text", [MAGIC, DAMAGED]),
    ("parquet", "cut", [MAGIC, DAMAGED]),
    ("arrow", "empty", ["weir: {} was cut off: Tried reading schema message, was null or length 0", "[arrow.truncated]"]),
    ("arrow", "text", ["weir: {} is not an Arrow IPC file", DAMAGED]),
    ("arrow", "cut", ["~weir: copying data to .*: {}: {} was cut off: Expected to be able to read .*", "[arrow.truncated]"]),
    ("duckdb", "empty", NO_DATABASE), ("duckdb", "text", NO_DATABASE),
    ("duckdb", "cut", ['~weir: copying records to .*: rowid .* of main.records: IO Error: Could not read enough bytes from file "{}".*',
                       "[duckdb.io]"])])
def test_damaged_files(weir, tmp_path, target, name, damage, lines):
    source = tmp_path / f"data.{name}"
    weir.ok("generate", "records", "--count", 20000, source)
    whole = source.read_bytes()
    source.write_bytes({"empty": b"", "text": b"this is no such file" * 100, "cut": whole[: len(whole) // 2]}[damage])
    lines = [line.replace("{0}", name).replace("{}", str(source)) for line in lines]
    assert_ends(run(weir, source, target, *(["--table", "records"] if name == "duckdb" else [])), 1, *lines)
    assert_nothing(folder_of(target))


def middle_of_a_page(path):
    column = pq.ParquetFile(path).metadata.row_group(0).column(2)
    return column.data_page_offset + column.total_compressed_size // 2


# A database's file begins with three headers of 4096 bytes; what follows are blocks.
@pytest.mark.parametrize("name, place, lines", [
    ("parquet", middle_of_a_page, ["~weir: copying data to .*: row group 0 of {}: {} is not an intact Parquet file: could not verify "
                                   "page integrity, CRC checksum verification failed for page_ordinal 0", DAMAGED]),
    ("duckdb", lambda _: 3 * 4096 + 2**18 + 1000, ["~weir: copying records to .*: rowid \\[0,20000\\) of main.records: IO Error: " + BLOCK.format(
        3 * 4096 + 2**18), "hint: restore the file from a copy", DAMAGED]),
    ("duckdb", lambda _: 3 * 4096 + 1000, ["~weir: opening {}: IO Error: " + BLOCK.format(3 * 4096), "hint: restore the file from a copy",
                                           DAMAGED])], ids=["a page", "a block of rows", "the first block"])
def test_a_flipped_byte(weir, tmp_path, target, name, place, lines):
    source = tmp_path / f"data.{name}"
    weir.ok("generate", "records", "--count", 20000, source)
    content = bytearray(source.read_bytes())
    content[place(source)] ^= 0xFF
    source.write_bytes(content)
    lines = [line.replace("{0}", name).replace("{}", str(source)) for line in lines]
    assert_ends(run(weir, source, target, *(["--table", "records"] if name == "duckdb" else [])), 1, *lines)
    assert_nothing(folder_of(target))


@pytest.fixture(scope="module")
def ascii_database(pg):
    """Where text has no encoding."""
    pg.sql("DROP DATABASE IF EXISTS ascii_ended")
    pg.sql("CREATE DATABASE ascii_ended ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0")
    cluster = copy.copy(pg)
    cluster.database = "ascii_ended"
    cluster.sql("""CREATE TABLE bytes AS SELECT E'caf\\xe9' AS name; CREATE TABLE bytes_json AS SELECT E'{"a":"caf\\xe9"}'::json AS doc;
        CREATE TABLE bytes_jsonb AS SELECT E'{"a":"caf\\xe9"}'::jsonb AS doc;
        DO $$ BEGIN EXECUTE E'CREATE TYPE label AS ENUM (''fine'', ''caf\\xe9'')';
        EXECUTE E'CREATE TABLE bytes_enum AS SELECT ''caf\\xe9''::label AS e'; EXECUTE E'CREATE TABLE bytes_column AS SELECT 1 AS "caf\\xe9"';
        END $$; CREATE TABLE fine AS SELECT 'fine'::label AS e""")
    return cluster


NOT_UTF8 = ["hint: the database holds text that is not valid in its declared encoding", "[postgres.encoding, SQLSTATE 22021]"]


@pytest.mark.parametrize("table, sequence", [("bytes", "0xe9"), ("bytes_json", "0xe9 0x22 0x7d"), ("bytes_jsonb", "0xe9 0x22 0x7d"),
                                             ("bytes_enum", "0xe9")])
def test_text_that_is_not_utf8(weir, ascii_database, target, table, sequence):
    assert_ends(run(weir, ascii_database, target, "--table", table), 1, f"weir: copying {table} to {target}: public.{table}: "
                f'invalid byte sequence for encoding "UTF8": {sequence}', *NOT_UTF8)
    assert_nothing(folder_of(target))


def test_names_that_are_not_utf8(weir, ascii_database, target):
    """Of a column, and of a table; a label that no row has is nothing to it."""
    assert_ends(run(weir, ascii_database, target, "--table", "bytes_column"), 1,
                'weir: invalid byte sequence for encoding "UTF8": 0xe9', *NOT_UTF8)
    ascii_database.sql("""DO $$ BEGIN EXECUTE E'CREATE TABLE "caf\\xe9" AS SELECT 1 AS id'; END $$""")
    try:
        for what in (["--table", "caf\udce9"], ["--query", 'SELECT id FROM "caf\udce9"']):  # the byte, to the system
            assert_ends(run(weir, ascii_database, target, *what), 1, 'weir: invalid byte sequence for encoding "UTF8": 0xe9 0x22',
                        *NOT_UTF8)
        assert_nothing(folder_of(target))
        assert_ends(run(weir, ascii_database, target, "--table", "fine", "--quiet"), 0, "")
    finally:
        ascii_database.sql("""DO $$ BEGIN EXECUTE E'DROP TABLE "caf\\xe9"'; END $$""")


IS_NO_QUERY = ["hint: --query takes one SELECT, VALUES, TABLE or WITH ... SELECT", "[postgres.not_a_query, SQLSTATE 42601]"]
READ_ONLY = ["hint: weir only reads: the query may not write", "[postgres.read_only, SQLSTATE 25006]"]


def test_statements_that_are_no_queries(weir, ended, target):
    for statement in ("SHOW work_mem", "EXPLAIN SELECT 1", "FETCH ALL FROM c", "CALL ended_call()", "INSERT INTO ended_rows VALUES (1) RETURNING id",
                      "UPDATE ended_rows SET id = 1 RETURNING id", "DELETE FROM ended_rows RETURNING id", "TRUNCATE ended_rows"):
        assert_ends(run(weir, ended, target, "--query", statement), 1, f"weir: {statement.split()[0]} is no query", *IS_NO_QUERY)
    assert_ends(run(weir, ended, target, "--query", "SELECT id INTO other FROM ended_rows"), 1,
                "weir: SELECT ... INTO is not allowed here (line 1, column 16)", *IS_NO_QUERY)
    assert_ends(run(weir, ended, target, "--query", "WITH x AS (DELETE FROM ended_rows RETURNING id) TABLE x"), 1,
                "weir: WITH clause containing a data-modifying statement must be at the top level (line 1, column 6)",
                IS_NO_QUERY[0], "[postgres.not_a_query, SQLSTATE 0A000]")
    for query, what in (("SELECT id FROM ended FOR UPDATE", "SELECT FOR UPDATE"), ("SELECT ended_write()", "INSERT")):
        assert_ends(run(weir, ended, target, "--query", query), 1, f"weir: copying query to {target}: the query: "
                    f"cannot execute {what} in a read-only transaction", *READ_ONLY)
    assert_nothing(folder_of(target))
    assert ended.sql("SELECT count(*) FROM ended_rows") == "0"


@pytest.mark.parametrize("query, message, hint", [
    ("SELECT 1 AS a, 2 AS a", 'two columns are named "a"; Parquet readers cannot tell them apart',
     "hint: rename one with --columns source:target, or in a --query"),
    ("SELECT", "a Parquet file needs one column at least", None)])
def test_what_parquet_cannot_hold(weir, pg, tmp_path, query, message, hint):
    done = weir.run("copy", pg.uri, tmp_path / "out.parquet", "--query", query, "--progress", "none")
    err = "\n".join(line for line in done.err.splitlines() if not line.startswith("weir: warning: "))
    assert_ends((done.code, err), 3, f"weir: {message}", *([hint] if hint else []), "[plan.unsupported]")
    assert_nothing(tmp_path)
    assert gone(pg)


def test_names_that_are_not_there(weir, pg, target):
    """A name of several lines goes on, indented, as SQL would have it."""
    quoted = '"no ""such""\n; table ü"'
    assert_ends(run(weir, pg, target, "--table", quoted), 1, 'weir: there is no table "no ""such""',
                '~  ; table ü"( \\(did you mean .*)?', "~hint: tables: .*", "[postgres.unknown_table]")
    assert_ends(run(weir, pg, target, "--query", 'SELECT 1 AS "a""\nü"', "--columns", '"b""\nü"'), 1,
                'weir: --columns: there is no column "b""', '  ü" (did you mean "a""', '  ü"?)', 'hint: columns: "a""', '  ü"',
                "[postgres.unknown_column]")
    assert_nothing(folder_of(target))


@pytest.fixture(scope="module")
def german():
    """A server whose messages nobody can tell the kind of failure from who looks for English words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "de")
        cluster = Cluster().init().start()
    cluster.sql("""CREATE ROLE login LOGIN PASSWORD 'right'; CREATE ROLE full LOGIN CONNECTION LIMIT 0;
        CREATE ROLE reader LOGIN; CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
        CREATE POLICY one ON guarded USING (id = 1); GRANT SELECT ON guarded TO reader""")
    with cluster.reconfigured(hba="host all login 127.0.0.1/32 scram-sha-256"):
        yield cluster
    cluster.stop()
    cluster.remove()


@pytest.mark.parametrize("user, database, code, word, args", [
    ("login:wrong", "postgres", "postgres.auth_failed, SQLSTATE 28P01", "Passwort", ["SELECT 1"]),
    ("nobody", "postgres", "postgres.auth_failed, SQLSTATE 28000", "Rolle", ["SELECT 1"]),
    ("postgres", "nothing", "postgres.unknown_database, SQLSTATE 3D000", "Datenbank", ["SELECT 1"]),
    ("full", "postgres", "postgres.too_many_connections, SQLSTATE 53300", "zu viele", ["SELECT 1"]),
    ("reader", "postgres", "postgres.row_security, SQLSTATE 42501", "Sicherheit", ["SELECT id FROM guarded"]),
    ("postgres", "postgres", "postgres.statement_timeout, SQLSTATE 57014", "Anfrage", [SLOW, "--statement-timeout", "300ms"]),
    ("postgres", "postgres", "postgres.error, SQLSTATE 22012", "Division durch Null", ["SELECT 1 / (3 - g) FROM generate_series(1, 9) g"])])
def test_codes_do_not_depend_on_the_servers_language(weir, german, tmp_path, user, database, code, word, args):
    uri = f"postgresql://{user}@127.0.0.1:{german.port}/{database}"
    done = weir.run("copy", uri, tmp_path / "out.csv", "--query", *args)
    assert (done.code, done.err.splitlines()[-1]) == (1, f"[{code}]") and word in done.err, done.err
    assert not re.search(r"(28P01|28000|3D000|53300): |LOCATION|\.c:", done.err), done.err
    assert_nothing(tmp_path)


def test_somebody_cancels_in_german(weir, german, tmp_path):
    def cancel(_):
        german.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir' AND query LIKE 'COPY%'")
    end, _ = ending(weir, german, f"{tmp_path}/out.csv", cancel, "--query", SLOW, "--statement-timeout", "1h")
    assert end[0] == 1 and end[1].endswith("[postgres.canceled, SQLSTATE 57014]\n") and "Anfrage" in end[1], end


def test_a_table_that_only_a_function_reads_is_truncated(weir, ended, tmp_path):
    """Nothing locks it before the function does, and what the snapshot had of it is gone then."""
    ended.sql("""DROP TABLE IF EXISTS hidden; CREATE TABLE hidden AS SELECT g AS id FROM generate_series(1, 1000) g;
        CREATE OR REPLACE FUNCTION hidden_rows() RETURNS SETOF int LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_lock(4711); RETURN QUERY SELECT id FROM hidden; END'""")
    command = weir.command("copy", ended.uri, tmp_path / "out.csv", "--query", "SELECT * FROM hidden_rows()")
    with ended.holding("DO $$ BEGIN PERFORM pg_advisory_lock(4711); END $$;"):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert wait_for(lambda: ended.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "1")
        ended.sql("TRUNCATE hidden")
    err = process.communicate(timeout=30)[1]
    assert_ends((process.returncode, err), 1, f"weir: copying query to {tmp_path}/out.csv: the query: "
                "public.hidden was rewritten or replaced after the copy began", "hint: run the copy again", "[postgres.schema_changed]")
    assert gone(ended)
    assert_nothing(tmp_path)
    ended.sql("INSERT INTO hidden VALUES (1)")
    weir.ok(*command[1:])
    assert (tmp_path / "out.csv").read_text() == "hidden_rows\n1\n"


def test_time_limits_of_the_role_are_lifted(weir, ended, tmp_path):
    ended.sql("DROP ROLE IF EXISTS ended_hasty; CREATE ROLE ended_hasty LOGIN; "
              "ALTER ROLE ended_hasty SET statement_timeout = '100ms'; ALTER ROLE ended_hasty SET lock_timeout = '1ms'; "
              "ALTER ROLE ended_hasty SET idle_in_transaction_session_timeout = '100ms'")
    uri = ended.uri.replace("postgres@", "ended_hasty@")
    weir.ok("copy", uri, tmp_path / "out.csv", "--query", "SELECT g, pg_sleep(0.05) FROM generate_series(1, 10) g")
    assert (tmp_path / "out.csv").read_text().count("\n") == 11
