"""Mistakes and failures: message, exit status, nothing left behind."""

import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import threading
import time

import pytest


def assert_nothing(directory: pathlib.Path):
    assert list(directory.iterdir()) == []


def test_wrong_password(weir, pg, tmp_path):
    pg.sql("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'")
    with pg.reconfigured(hba="host all locked 127.0.0.1/32 scram-sha-256"):
        done = weir.run("copy", f"postgresql://locked:canary-secret@127.0.0.1:{pg.port}/postgres",
                        tmp_path / "out.csv", "--table", "pg_class")
    assert done.code == 1
    assert "postgres.auth_failed" in done.err and "password" in done.err
    assert "canary-secret" not in done.err + done.out
    assert_nothing(tmp_path)


def test_host_down(weir, tmp_path):
    done = weir.run("copy", "postgresql://127.0.0.1:1/x", tmp_path / "out.csv", "--table", "t")
    assert done.code == 1 and "postgres.unreachable" in done.err
    assert_nothing(tmp_path)


def interrupted_within_2_s(process, number=signal.SIGINT):
    time.sleep(0.5)
    assert process.poll() is None, process.communicate()
    started = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - started < 2
    assert process.returncode == 128 + number, err


def test_interrupt_while_the_server_does_not_answer(weir, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x"
        command = weir.command("copy", uri, tmp_path / "out.csv", "--table", "t")
        interrupted_within_2_s(subprocess.Popen(command, stderr=subprocess.PIPE))
        done = weir.run(*command[1:], "--timeout", "1s")
    assert done.code == 1 and "timeout" in done.err
    assert_nothing(tmp_path)


class Freezer:
    """Forwards connections to a server, and after so many bytes from it nothing more, on any of them."""

    def __init__(self, port, bytes_max):
        self.upstream, self.left, self.frozen = port, bytes_max, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.frozen.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(client)
            if self.frozen.is_set():
                return  # taken, and never answered
            server = socket.create_connection(("127.0.0.1", self.upstream))
            self.sockets.append(server)
            threading.Thread(target=self.pump, args=(client, server), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client), daemon=True).start()

    def pump(self, one, other):
        while True:
            try:
                piece = one.recv(65536)
                if self.frozen.is_set() or not piece:
                    return
                other.sendall(piece)
            except OSError:
                return
            if one.getpeername()[1] == self.upstream:
                self.left -= len(piece)
                if self.left <= 0:
                    self.frozen.set()

    def close(self):
        self.frozen.set()
        for each in [self.listener, *self.sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # who waits for it wakes up
            each.close()


@pytest.mark.parametrize("end", ["--timeout", signal.SIGTERM, signal.SIGINT])
def test_a_server_that_stops_answering(weir, records, tmp_path, end):
    """Not even the request to cancel is taken."""
    freezer = Freezer(records.port, 2_000_000)
    try:
        command = weir.command("copy", f"postgresql://postgres@127.0.0.1:{freezer.port}/postgres?sslmode=disable",
                               tmp_path / "out.csv", "--table", "records", "--jobs", "2",
                               *(["--timeout", "3s"] if end == "--timeout" else []))
        started = time.monotonic()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert freezer.frozen.wait(10)
        if end == "--timeout":
            _, err = process.communicate(timeout=30)
            assert process.returncode == 1 and err.endswith("[timeout]\n"), err
            assert time.monotonic() - started < 5.5
        else:
            interrupted_within_2_s(process, end)
    finally:
        freezer.close()
    assert_nothing(tmp_path)


def test_interrupt_while_the_table_is_locked(weir, small, tmp_path):
    with small.holding("BEGIN; LOCK TABLE small IN ACCESS EXCLUSIVE MODE;"):
        command = weir.command("copy", small.uri, tmp_path / "out.csv", "--table", "small")
        interrupted_within_2_s(subprocess.Popen(command, stderr=subprocess.PIPE))
    assert_nothing(tmp_path)


def test_file_size_limit(weir, records, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = weir.run("copy", records.uri, tmp_path / "out.csv", "--table", "records", preexec_fn=limit)
    assert done.code == 1 and "io.file_too_large" in done.err
    assert_nothing(tmp_path)


def test_missing_table_names_the_nearest(weir, small, tmp_path):
    done = weir.run("copy", small.uri, tmp_path / "out.csv", "--table", "smal")
    assert done.code == 1 and "postgres.unknown_table" in done.err
    assert 'did you mean "small"' in done.err
    assert_nothing(tmp_path)


def test_existing_destination_is_kept(weir, small, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("precious")
    done = weir.run("copy", small.uri, path, "--table", "small")
    assert done.code == 1 and "io.exists" in done.err and "--if-exists replace" in done.err
    assert path.read_text() == "precious"
    weir.ok("copy", small.uri, path, "--table", "small", "--if-exists", "replace")
    assert path.read_text().startswith("id,name\n1,name 1\n")


@pytest.mark.parametrize("arguments, expected", [
    (["--tabel", "small"], "--table"),
    (["--table", "small", "--format", "parqet"], "parquet"),
    (["--table", "small", "--columns", "id,nmae"], "name"),
    (["--table", "small", "--dialect", "postgre"], "postgres"),
])
def test_mistyped_words_are_answered_with_the_nearest(weir, small, tmp_path, arguments, expected):
    done = weir.run("copy", small.uri, tmp_path / "out.csv", *arguments)
    assert done.code in (1, 2) and expected in done.err
    assert_nothing(tmp_path)


def test_mistyped_option_is_usage(weir, small, tmp_path):
    assert weir.run("copy", small.uri, tmp_path / "o.csv", "--tabel", "small").code == 2
    assert weir.run("cpoy", small.uri, tmp_path / "o.csv").code == 2


def test_disk_full(weir, small, tmp_path):
    done = weir.run("copy", small.uri, "/dev/full", "--table", "small", "--format", "csv")
    assert done.code == 1 and "io.no_space" in done.err
    if os.geteuid() != 0:
        pytest.fail("the disk-full case mounts a small tmpfs and needs root")
    mount = tmp_path / "small-disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], check=True)
    try:
        for name in ("out.csv", "out.parquet", "out.csv.gz"):
            done = weir.run("copy", small.uri, mount / name, "--query",
                            "SELECT g, md5(g::text) FROM generate_series(1, 200000) g")
            assert done.code == 1 and "io.no_space" in done.err, done.err
            assert str(mount) in done.err
            assert_nothing(mount)
    finally:
        subprocess.run(["umount", mount], check=True)


SLOW = "SELECT g, pg_sleep(0.001) FROM generate_series(1, 100000) g"


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def backends(pg) -> int:
    return int(pg.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'weir'"))


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_leaves_nothing(weir, pg, tmp_path, number, code):
    process = subprocess.Popen(weir.command("copy", pg.uri, tmp_path / "out.csv", "--query", SLOW),
                               stderr=subprocess.PIPE)
    assert wait_for(lambda: any(tmp_path.iterdir()))
    started = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert time.monotonic() - started < 2
    assert wait_for(lambda: backends(pg) == 0, 2)
    assert_nothing(tmp_path)


def test_kill_leaves_no_final_file_and_the_next_run_sweeps(weir, pg, tmp_path):
    for name in ("out.csv", "out.parquet", "out.csv.gz", "parts/"):
        target = str(tmp_path / name) + ("/" if name.endswith("/") else "")
        extra = ["--format", "csv"] if name.endswith("/") else []
        process = subprocess.Popen(weir.command("copy", pg.uri, target, "--query", SLOW, *extra),
                                   stderr=subprocess.PIPE)
        assert wait_for(lambda: any(p.name.endswith(".tmp") for p in tmp_path.rglob(".*")))
        process.kill()
        process.wait()
        assert not pathlib.Path(target).is_file()
        assert not (pathlib.Path(target) / "manifest.json").exists()
        weir.ok("copy", pg.uri, target, "--query", "SELECT 1 AS one", *extra)
        assert [p.name for p in tmp_path.rglob(".*.tmp")] == []


def test_server_killed_mid_copy(weir, pg, tmp_path):
    process = subprocess.Popen(weir.command("copy", pg.uri, tmp_path / "out.csv", "--query", SLOW),
                               stderr=subprocess.PIPE, text=True)
    assert wait_for(lambda: any(tmp_path.iterdir()))
    pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.search(r"postgres\.(terminated|connection_lost|snapshot_lost)", err), err
    assert_nothing(tmp_path)


def test_statement_timeout(weir, pg, tmp_path):
    done = weir.run("copy", pg.uri, tmp_path / "out.csv", "--query", SLOW,
                    "--statement-timeout", "200ms")
    assert done.code == 1 and "postgres.statement_timeout" in done.err
    done = weir.run("copy", pg.uri, tmp_path / "out.csv", "--query", SLOW, "--timeout", "1s")
    assert done.code == 1 and "timeout" in done.err
    assert_nothing(tmp_path)


def test_closed_pipe_is_silent(weir, pg):
    process = subprocess.Popen(
        weir.command("copy", pg.uri, "-", "--format", "csv", "--quiet", "--query",
                     "SELECT g, md5(g::text) FROM generate_series(1, 1000000) g"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.wait(timeout=10)
    assert err == b""
    assert wait_for(lambda: backends(pg) == 0, 2)


def test_permission_and_row_security(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS guarded; DROP ROLE IF EXISTS nobody_much; CREATE ROLE nobody_much "
           "LOGIN; CREATE TABLE guarded (id int); INSERT INTO guarded VALUES (1), (2)")
    uri = pg.uri.replace("postgres@", "nobody_much@")
    done = weir.run("copy", uri, tmp_path / "out.csv", "--table", "guarded")
    assert done.code == 1 and "postgres.permission_denied" in done.err
    pg.sql("GRANT SELECT ON guarded TO nobody_much; ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; "
           "CREATE POLICY first_only ON guarded USING (id = 1)")
    done = weir.run("copy", uri, tmp_path / "out.csv", "--table", "guarded")
    assert done.code == 1 and "postgres.row_security" in done.err
    assert_nothing(tmp_path)


def test_plan_refuses_before_the_first_byte(weir, pg, tmp_path):
    done = weir.run("copy", pg.uri, tmp_path / "out.parquet", "--query",
                    "SELECT 'NaN'::numeric(5,2) AS price")
    assert done.code == 1 and 'column "price"' in done.err
    assert_nothing(tmp_path)


def test_large_value_is_refused_by_name(weir, pg, tmp_path):
    query = "SELECT 7 AS id, repeat('x', 300 * 1024 * 1024) AS doc"
    done = weir.run("copy", pg.uri, tmp_path / "out.csv", "--query", query, "--memory", "64MiB")
    assert done.code == 1 and 'column "doc"' in done.err and "row 1" in done.err
    assert "memory.value_too_large" in done.err
    assert_nothing(tmp_path)
    weir.ok("copy", pg.uri, tmp_path / "out.csv", "--query", query, "--memory", "1GiB")
    assert (tmp_path / "out.csv").stat().st_size == len("id,doc\n7,\n") + 300 * 1024 * 1024


def failure(weir, code, *arguments, exit_status=1):
    """Runs a command that must fail with this code; what it says."""
    done = weir.run(*arguments)
    assert done.code == exit_status and f"[{code}" in done.err, done.err
    return done.err


@pytest.fixture(scope="module")
def shop(pg):
    """Tables of which the role `clerk` may read some."""
    pg.sql("""DROP SCHEMA IF EXISTS secret CASCADE; DROP SCHEMA IF EXISTS "My Schema" CASCADE;
              DROP TABLE IF EXISTS vault, orders, "Cased" CASCADE; DROP ROLE IF EXISTS clerk;
              CREATE ROLE clerk LOGIN; CREATE SCHEMA secret; CREATE TABLE secret.plans (id int);
              GRANT SELECT ON secret.plans TO clerk; CREATE SCHEMA "My Schema";
              CREATE TABLE "My Schema"."Tab" (id int); CREATE TABLE vault (id int);
              CREATE TABLE orders (id serial PRIMARY KEY, total numeric(9,2), "a,b" int);
              INSERT INTO orders (total, "a,b") VALUES (1.5, 7); GRANT SELECT ON orders TO clerk;
              CREATE TABLE "Cased" ("Key" int, key int, "Value" int)""")
    yield pg
    pg.sql('DROP SCHEMA secret, "My Schema" CASCADE; DROP TABLE vault, orders, "Cased"; DROP ROLE clerk')


def test_schema_without_usage(weir, shop):
    uri = shop.uri.replace("postgres@", "clerk@")
    err = failure(weir, "postgres.permission_denied", "copy", uri, "-", "--format", "csv", "--table", "secret.plans")
    assert "permission denied for schema secret" in err and "GRANT USAGE ON SCHEMA secret TO clerk" in err
    err = failure(weir, "postgres.permission_denied", "copy", uri, "-", "--format", "csv", "--query",
                  "SELECT * FROM secret.plans")
    assert "GRANT USAGE" in err


def test_hints_name_what_the_role_may_read(weir, shop):
    uri = shop.uri.replace("postgres@", "clerk@")
    err = failure(weir, "postgres.unknown_table", "copy", uri, "o.csv", "--table", "order")
    assert 'did you mean "orders"?' in err and "hint: tables: orders" in err
    assert "vault" not in err and "plans" not in err
    err = failure(weir, "postgres.unknown_table", "copy", shop.uri, "o.csv", "--table", "valt")
    assert "hint: tables: vault, " in err
    err = failure(weir, "postgres.unknown_table", "copy", shop.uri, "o.csv", "--table", '"My Schema"."Tabb"')
    assert 'there is no table "My Schema"."Tabb" (did you mean "My Schema"."Tab"?)' in err


def test_many_tables_are_cut_with_dots(weir, pg):
    pg.sql("".join(f"CREATE TABLE IF NOT EXISTS many_{i} (id int);" for i in range(12)))
    err = failure(weir, "postgres.unknown_table", "copy", pg.uri, "o.csv", "--table", "many_111")
    pg.sql("".join(f"DROP TABLE many_{i};" for i in range(12)))
    assert ", …" in err


@pytest.mark.parametrize("name, kind", [("orders_id_seq", "a sequence"), ("orders_pkey", "an index")])
def test_what_is_no_table(weir, shop, name, kind):
    assert f'"{name}" is {kind}, not a table' in failure(
        weir, "postgres.not_a_table", "copy", shop.uri, "o.csv", "--table", name)


def test_a_latin1_database(weir, pg, tmp_path):
    pg.sql("DROP DATABASE IF EXISTS lat;")
    pg.sql("CREATE DATABASE lat ENCODING LATIN1 LOCALE 'C' TEMPLATE template0;")
    uri = pg.uri.rsplit("/", 1)[0] + "/lat"
    subprocess.run(["psql", "-X", "-q", "-d", uri, "-c",
                    'CREATE TABLE "u é" ("ü" text); INSERT INTO "u é" VALUES (\'ä\')'], check=True,
                   env={**os.environ, "PGCLIENTENCODING": "UTF8"})
    for name in ("u é", '"u é"'):
        weir.ok("copy", uri, tmp_path / "out.csv", "--table", name, "--if-exists", "replace")
        assert (tmp_path / "out.csv").read_text() == "ü\nä\n"
    done = subprocess.run(weir.command("copy", uri, tmp_path / "no.csv", "--table", "u è"), capture_output=True)
    assert done.returncode == 1 and 'did you mean "u é"' in done.stderr.decode()


def test_columns_ignore_case_when_nothing_else_fits(weir, shop, tmp_path):
    def lines(*columns):
        weir.ok("copy", shop.uri, tmp_path / "o.csv", "--table", "orders", "--if-exists", "replace",
                "--columns", *columns)
        return (tmp_path / "o.csv").read_text().splitlines()

    assert lines("ID,TOTAL:Sum") == ["id,Sum", "1,1.50"]
    assert lines('"a,b"') == ['"a,b"', "7"]
    err = failure(weir, "postgres.unknown_column", "copy", shop.uri, "o.csv", "--table", "orders", "--columns", "idd")
    assert 'did you mean "id"?' in err and 'columns: id, total, "a,b"' in err
    err = failure(weir, "postgres.unknown_column", "copy", shop.uri, "o.csv", "--table", '"Cased"', "--columns", "KEY")
    assert '"Key" or "key"' in err


def test_mistakes_in_sql_are_told_by_line_and_column(weir, shop, tmp_path):
    copy = ("copy", shop.uri, tmp_path / "o.csv")
    err = failure(weir, "postgres.unknown_column", *copy, "--query", "SELECT id,\n  'é', idd FROM orders")
    assert "(line 2, column 8)" in err
    file = tmp_path / "q.sql"
    file.write_text("SELECT\nid FORM orders")
    err = failure(weir, "postgres.syntax", *copy, "--query-file", file)
    assert f"({file}, line 2, column 9)" in err
    err = failure(weir, "postgres.unknown_column", *copy, "--table", "orders", "--where", "id > 1 AND\n nope")
    assert "--where: " in err and "(line 2, column 2)" in err
    err = failure(weir, "duckdb.invalid_query", "copy", "duckdb:", tmp_path / "o.csv", "--query",
                  "SELECT 1,\n nope FROM range(3)")
    assert "(line 2, column 2)" in err
    err = failure(weir, "duckdb.invalid_query", "copy", "duckdb:", tmp_path / "o.csv", "--query",
                  "SELECT * FROM range(3)", "--where", "range >\n nope")
    assert "--where: " in err and "(line 2, column 2)" in err


@pytest.mark.parametrize("source", ["postgres", "duckdb"])
@pytest.mark.parametrize("query, code, expected", [
    ("   ", "usage.empty_value", ""),
    ("-- nothing\n/* here */", "usage.empty_value", "nothing but spaces and comments"),
    ("SELECT 1; SELECT 2", "{}.syntax", "one statement only"),
    ("DROP TABLE IF EXISTS x", "{}.not_a_query", "DROP is no query"),
    ("CREATE TABLE y (id int)", "{}.not_a_query", "SELECT, VALUES, TABLE or WITH"),
])
def test_only_queries_are_read(weir, pg, tmp_path, source, query, code, expected):
    uri = pg.uri if source == "postgres" else "duckdb:"
    code = code.format(source)
    err = failure(weir, code, "copy", uri, tmp_path / "o.csv", "--query", query,
                  exit_status=2 if code.startswith("usage.") else 1)
    assert expected in err and "weir_query" not in err
    assert_nothing(tmp_path)


def test_statements_that_postgresql_knows_are_no_queries(weir, shop, tmp_path):
    for query, word in (("SHOW ALL", "SHOW"), ("DELETE FROM orders", "DELETE"),
                        ("/* x */ explain SELECT 1", "EXPLAIN")):
        assert f"{word} is no query" in failure(weir, "postgres.not_a_query", "copy", shop.uri, tmp_path / "o.csv",
                                                "--query", query)
    assert shop.sql("SELECT count(*) FROM orders") == "1"


def test_a_query_file_that_is_not_utf8(weir, pg, tmp_path):
    file = tmp_path / "q.sql"
    for text, at in ((b"SELECT 'caf\xe9'", 11), (b"SELECT 1\0", 8)):
        file.write_bytes(text)
        err = failure(weir, "usage.not_text", "copy", pg.uri, "o.csv", "--query-file", file, exit_status=2)
        assert "query file" in err and f"offset {at}" in err


def test_tls_where_there_is_none(weir, pg):
    err = failure(weir, "postgres.tls", "copy", pg.uri + "?sslmode=require", "o.csv", "--table", "x")
    assert "turn TLS on" in err and "host, port" not in err


def test_libpq_lines_are_tidy(weir):
    err = failure(weir, "postgres.unreachable", "copy", "postgresql://127.0.0.1:1/x", "o.csv", "--table", "t")
    assert "\t" not in err and "\n  Is the server running" in err


def test_verify_hints_fit_what_was_found(weir, small, tmp_path):
    (tmp_path / "a").mkdir()
    weir.ok("copy", small.uri, tmp_path / "a/out.csv", "--table", "small", "--record", tmp_path / "a/r.json")
    (tmp_path / "r.json").write_bytes((tmp_path / "a/r.json").read_bytes())
    err = failure(weir, "verify.damaged", "verify", tmp_path / "r.json")
    assert "beside the record" in err and "copy again" not in err
    (tmp_path / "a/out.csv").unlink()
    (tmp_path / "a/out.csv").mkdir()  # reading it fails for root as well
    err = failure(weir, "verify.damaged", "verify", tmp_path / "a/r.json")
    assert "permit reading" in err and "copy again" not in err


@pytest.mark.parametrize("dest, expected", [
    ("s3://bucket/x.csv", "cannot write to s3:// URLs"),
    ("file:///tmp/x.csv", "leave file:// out"),
    ("http://host/x.csv", "DEST is a path, a directory ending in /, or -"),
    ("postgresql:///shop", "cannot write to postgresql:// URLs"),
    ("duckdb:/tmp/x", "its file: /tmp/x.duckdb"),
    ("duckdb:/tmp/x.duckdb", "its file: /tmp/x.duckdb"),
])
def test_destinations_that_are_none(weir, dest, expected):
    for command in ("copy", "plan"):
        assert expected in failure(weir, "usage.destination", command, "generate:records", dest, "--count", 1,
                                   exit_status=2)


def test_swapped_arguments(weir):
    err = failure(weir, "usage.destination", "copy", "out.csv", "postgresql:///shop", exit_status=2)
    assert "SOURCE comes first: weir copy postgresql:///shop out.csv" in err


def test_mistyped_schemes_and_extensions(weir):
    err = failure(weir, "usage.unknown_source", "copy", "postgressql:///shop", "o.csv", exit_status=2)
    assert 'did you mean "postgresql://"?' in err
    err = failure(weir, "usage.format_needed", "copy", "generate:records", "o.xyz", "--count", 1, exit_status=2)
    assert ".duckdb" in err
    err = failure(weir, "usage.format_needed", "copy", "generate:records", "o.dukdb", "--count", 1, exit_status=2)
    assert 'did you mean ".duckdb"?' in err


def test_generated_rows_are_counted(weir, tmp_path):
    assert "--count N" in failure(weir, "usage.missing_option", "copy", "generate:records", tmp_path / "o.csv",
                                  exit_status=2)
    weir.ok("copy", "generate:records", tmp_path / "o.csv", "--count", 3)
    assert (tmp_path / "o.csv").read_text().count("\n") == 4
    err = failure(weir, "usage.option_not_for_source", "copy", "postgresql:///x", "o.csv", "--table", "t", "--count", 3,
                  exit_status=2)
    assert "--count is for generate" in err


def test_names_with_an_equals_sign_are_files(weir, tmp_path):
    for name in ("user=5/", "port=1.csv"):
        weir.ok("copy", "generate:records", name, "--count", 1, "--format", "csv", cwd=tmp_path)


def test_a_link_to_nothing(weir, tmp_path):
    link = tmp_path / "out.csv"
    link.symlink_to("nowhere.csv")
    for command in ("copy", "plan"):
        for if_exists in ("fail", "replace"):
            err = failure(weir, "io.not_found", command, "generate:records", link, "--count", 1,
                          "--if-exists", if_exists)
            assert "is a symbolic link to nowhere.csv, which does not exist" in err and "remove the link" in err


def test_records_in_odd_places(weir, tmp_path):
    generate = ("generate", "records", "--count", 10, "--format", "csv")
    parts = f"{tmp_path}/outd/"
    weir.ok(*generate, parts, "--record", parts + "r.json")
    weir.ok("verify", parts + "r.json")
    assert sorted(os.listdir(parts)) == ["manifest.json", "part-00000.csv", "r.json"]
    failure(weir, "io.is_directory", *generate, tmp_path / "o.csv", "--record", f"{tmp_path}/")
    failure(weir, "io.is_directory", *generate, tmp_path / "o.csv", "--record", f"{tmp_path}/new/")
    exists = ("generate:records", tmp_path / "o.csv", "--count", 1, "--record", parts + "r.json")
    assert failure(weir, "io.exists", "plan", *exists) and failure(weir, "io.exists", "copy", *exists)
    weir.ok("plan", *exists, "--if-exists", "replace")
    assert not (tmp_path / "o.csv").exists()


def test_a_record_in_a_directory_that_a_failed_copy_made(weir, pg, tmp_path):
    parts = f"{tmp_path}/outd/"
    done = weir.run("copy", pg.uri, parts, "--format", "csv", "--record", parts + "r.json", "--query",
                    "SELECT 1 / (g - 500000) FROM generate_series(1, 1000000) g")
    assert done.code == 1 and "division by zero" in done.err
    assert_nothing(tmp_path)


def test_duckdb_out_of_memory_names_what_weir_has(weir, tmp_path):
    err = failure(weir, "duckdb.out_of_memory", "copy", "duckdb:", tmp_path / "o.csv", "--memory", "80MiB", "--query",
                  "SELECT list(repeat(range::varchar, 1000)) AS l FROM range(1000000)")
    assert "raise --memory" in err and "SET " not in err and "temp_directory" not in err


@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
def test_the_hint_says_how_much_memory_a_value_takes(weir, pg, tmp_path, target):
    query = "SELECT 7 AS id, repeat('x', 100 * 1024 * 1024) AS doc"
    copy = ("copy", pg.uri, tmp_path / target, "--query", query, "--memory")
    err = failure(weir, "memory.value_too_large", *copy, "80MiB")
    enough = re.search(r"raise --memory to (\d+MiB)", err).group(1)
    weir.ok(*copy, enough)
