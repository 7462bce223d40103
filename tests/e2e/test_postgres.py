"""PostgreSQL beyond one plain table: standbys, poolers, moving data."""

import filecmp
import json
import subprocess
import threading
import time

import pytest

from postgres import Cluster, as_server_user, free_port


def test_moving_table_is_copied_as_of_one_moment(weir, pg, tmp_path):
    """Each transaction moves amounts between rows far apart, so that a row of another moment would show."""
    half, changes = 50000, []
    pg.sql("DROP TABLE IF EXISTS moving; CREATE TABLE moving (id int8 PRIMARY KEY, pad text, n int DEFAULT 0);"
           f"INSERT INTO moving SELECT g, repeat('p', 300) FROM generate_series(1, {2 * half}) g")
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            pg.sql(f"UPDATE moving SET n = n + CASE WHEN id <= {half} THEN 1 ELSE -1 END "
                   f"WHERE id % {half} % 10 = {len(changes) % 10}")
            changes.append(True)
            pg.sql("VACUUM moving")
    worker = threading.Thread(target=churn)
    worker.start()
    try:
        overlaps = 0
        for jobs in (1, 2, 4) * 2:
            path = tmp_path / f"{jobs}.ndjson"
            begun = len(changes)
            weir.ok("copy", pg.uri, path, "--table", "moving", "--columns", "id,n", "--jobs", jobs, "--if-exists", "replace")
            overlaps += len(changes) > begun
            amounts = {row["id"]: row["n"] for row in map(json.loads, path.open())}
            assert path.read_text().count("\n") == len(amounts) and amounts.keys() == set(range(1, 2 * half + 1))
            odd = [i for i in range(1, half + 1) if amounts[i] + amounts[i + half] != 0]
            assert not odd, (jobs, odd[:5])
        assert overlaps > 0 and any(amounts.values())
    finally:
        stop.set()
        worker.join()


def test_pooler_is_noticed(weir, small, tmp_path):
    port = free_port()
    ini = tmp_path / "pgbouncer.ini"
    ini.write_text(f"[databases]\npostgres = host=127.0.0.1 port={small.port} user=postgres\n[pgbouncer]\n"
                   f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
                   "pool_mode = transaction\ndefault_pool_size = 1\nignore_startup_parameters = extra_float_digits\n"
                   f"logfile = {tmp_path}/log\npidfile = {tmp_path}/pid\n")
    tmp_path.chmod(0o777)
    ini.chmod(0o644)
    for parent in tmp_path.parents:
        if parent.owner() == "root" and str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    bouncer = subprocess.Popen(as_server_user(["/usr/sbin/pgbouncer", "-q", str(ini)]))
    try:
        uri = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        deadline = time.monotonic() + 10
        while weir.run("plan", uri, "x.csv", "--table", "small").code and time.monotonic() < deadline:
            time.sleep(0.1)
        done = weir.ok("copy", uri, tmp_path / "out.csv", "--table", "small", "--jobs", 4, timeout=30)
        assert "pooler" in done.err
        assert (tmp_path / "out.csv").read_text().count("\n") == 1001
    finally:
        bouncer.terminate()
        bouncer.wait()


@pytest.fixture(scope="module")
def standby(pg):
    """A streaming standby that cancels conflicting queries at once."""
    pg.sql("CREATE TABLE IF NOT EXISTS far AS SELECT g::int8 AS id, repeat('f', 500) AS pad "
           "FROM generate_series(1, 100000) g; ANALYZE far")
    replica = Cluster()
    subprocess.run(as_server_user([str(replica.bin / "pg_basebackup"), "-D", str(replica.data), "-R",
                                   "-X", "stream", "-c", "fast", "-d", pg.uri]), check=True, cwd="/")
    replica.configure("max_standby_streaming_delay = 0", "hot_standby_feedback = off",
                      "shared_buffers = 64MB")
    replica.start()
    yield replica
    replica.stop()
    replica.remove()


def test_standby_is_read_with_several_jobs(weir, pg, standby, tmp_path):
    weir.ok("copy", standby.uri, tmp_path / "standby.csv", "--table", "far", "--jobs", 2)
    weir.ok("copy", pg.uri, tmp_path / "primary.csv", "--table", "far", "--jobs", 2)
    assert filecmp.cmp(tmp_path / "standby.csv", tmp_path / "primary.csv", shallow=False)


def test_standby_conflict_is_complete_or_a_clean_failure(weir, pg, standby, tmp_path):
    path = tmp_path / "out.csv"
    process = subprocess.Popen(
        weir.command("copy", standby.uri, path, "--query",
                     "SELECT id, pad, CASE WHEN id % 100 = 0 THEN pg_sleep(0.002) END FROM far"),
        stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    pg.sql("DELETE FROM far WHERE id % 2 = 0; VACUUM far; INSERT INTO far SELECT 100000 + g, 'x' "
           "FROM generate_series(1, 10) g")
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        assert path.read_text().count("\n") == 100001
    else:
        assert process.returncode == 1
        assert "postgres.recovery_conflict" in err or "postgres.terminated" in err, err
        assert not path.exists()
