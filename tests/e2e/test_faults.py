"""Mistakes and failures: message, exit status, nothing left behind."""

import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

import pytest


def assert_nothing(directory: pathlib.Path):
    assert list(directory.iterdir()) == []


def test_wrong_password(weir, pg, tmp_path):
    pg.sql("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'")
    hba = pg.data / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + before)
    pg.sql("SELECT pg_reload_conf()")
    time.sleep(0.5)
    try:
        done = weir.run("copy", f"postgresql://locked:canary-secret@127.0.0.1:{pg.port}/postgres",
                        tmp_path / "out.csv", "--table", "pg_class")
    finally:
        hba.write_text(before)
        pg.sql("SELECT pg_reload_conf()")
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
