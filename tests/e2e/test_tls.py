"""Copies over TLS: the COPY stream is read through libpq's TLS session, behind libpq's back."""

import re
import signal
import subprocess
import time

import pytest


@pytest.fixture(scope="module")
def tls(pg):
    """Rows of bytes and rows of megabytes, and a server that speaks TLS with who asks for it."""
    pg.sql("CREATE TABLE sealed AS SELECT g AS id, CASE WHEN g % 500 = 0 THEN repeat(md5(g::text), 100000) "
           "ELSE repeat(md5(g::text), g % 40) END AS body FROM generate_series(1, 20000) g; ANALYZE sealed;")
    pg.make_certificate()
    with pg.reconfigured("ssl = on"):
        yield pg
    pg.sql("DROP TABLE sealed")


def test_the_rows_are_those_without_tls(weir, tls, tmp_path):
    digests = {}
    for mode in ("disable", "require"):
        for jobs in (1, 2):
            record = weir.copy(f"{tls.uri}?sslmode={mode}", tmp_path / f"{mode}{jobs}.csv", "--table", "sealed",
                               "--jobs", jobs)
            digests[mode, jobs] = record["parts"][0]["digest"]
    assert len(set(digests.values())) == 1, digests
    tls.copy_out("COPY (SELECT * FROM sealed ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", tmp_path / "psql.csv")
    assert (tmp_path / "require2.csv").read_bytes() == (tmp_path / "psql.csv").read_bytes()


def test_the_mode_is_what_it_says(weir, tls, tmp_path):
    """Otherwise the tests above would pass without it."""
    query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    for mode, expected in (("disable", "ssl\nfalse\n"), ("require", "ssl\ntrue\n")):
        assert weir.ok("copy", f"{tls.uri}?sslmode={mode}", "-", "--query", query, "--format", "csv").out == expected


SLOW = "SELECT g, pg_sleep(0.01)::text FROM generate_series(1, 100000) g"


def test_a_backend_that_is_killed(weir, tls, tmp_path):
    process = subprocess.Popen(weir.command("copy", f"{tls.uri}?sslmode=require", tmp_path / "out.csv", "--query",
                                            SLOW), stderr=subprocess.PIPE, text=True)
    while "COPY" not in tls.sql("SELECT query FROM pg_stat_activity WHERE application_name = 'weir'"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    tls.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.search(r"postgres\.(terminated|connection_lost|snapshot_lost)", err), err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c(weir, tls, tmp_path):
    process = subprocess.Popen(weir.command("copy", f"{tls.uri}?sslmode=require", tmp_path / "out.csv", "--query",
                                            SLOW), stderr=subprocess.PIPE)
    time.sleep(1)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130 and time.monotonic() - started < 2
    time.sleep(1)
    assert tls.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'") == "0"
    assert list(tmp_path.iterdir()) == []
