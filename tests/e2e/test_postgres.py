"""PostgreSQL beyond one plain table: every type, odd roles, standbys, poolers, moving data."""

import filecmp
import json
import pathlib
import shutil
import subprocess
import threading
import time

import pytest

from postgres import Cluster, as_server_user, free_port

TYPES = """
DROP TABLE IF EXISTS every_type; DROP TYPE IF EXISTS mood CASCADE; DROP TYPE IF EXISTS pair CASCADE;
DROP DOMAIN IF EXISTS positive CASCADE; CREATE EXTENSION IF NOT EXISTS hstore;
CREATE EXTENSION IF NOT EXISTS citext; CREATE EXTENSION IF NOT EXISTS ltree;
CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"'); CREATE TYPE pair AS (x int, y text);
CREATE DOMAIN positive AS numeric(10,2) CHECK (VALUE > 0);
CREATE TABLE every_type (
  n int, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, num numeric, num2 numeric(18,4),
  num3 numeric(60,10), m money, t text, v varchar(50), c char(8), nm name, qc "char", by bytea, d date,
  ti time, ttz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, j json, jb jsonb,
  ai int[], at text[], an numeric[], ajb jsonb[], e mood, dom positive, comp pair, r int4range,
  mr int4multirange, tsr tstzrange, ip inet, cd cidr, mac macaddr, mac8 macaddr8, bi bit(3), vb varbit,
  x xml, pt point, bx box, pl polygon, tsv tsvector, tsq tsquery, jp jsonpath, o oid, rc regclass,
  lsn pg_lsn, snap txid_snapshot, hs hstore, ci citext, lt ltree, am mood[]);
INSERT INTO every_type VALUES
 (1, true, -32768, -2147483648, -9223372036854775808, 'NaN', '-Infinity', 'NaN', -99999999999999.9999,
  12345678901234567890123456789012345678901234567890.0123456789, '-1234.56', '', 'plain', 'pad', 'nam',
  'q', '\\x00ff5c', 'infinity', '24:00', '23:59:59.123456+14:30', '4713-01-01 00:00:00 BC', '-infinity',
  '-1 year 2 mons -3 days 04:05:06.789', '00112233-4455-6677-8899-aabbccddeeff',
  '{"a" :  1.10, "a":2}', '{"big": 123456789012345678901234567890.10, "n": null}', '{1,NULL,3}',
  '{"a,b","c\\"d",NULL,""}', '{1.10,NaN}', ARRAY['{"k": [1]}'::jsonb, NULL], 'it''s "fine"', 0.01,
  ROW(1, 'a "quoted", one'), '[1,10)', '{[1,2),[5,7)}', '[2020-01-01 00:00+00,)', '1.2.3.4',
  '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'101', B'', '<a b="c">&amp;</a>',
  '(1.5,-2)', '(1,1),(0,0)', '((0,0),(1,1),(1,0))', 'a:1 fat:2', 'fat & rat', '$.a[*] ? (@ > 1)', 4294967295,
  'pg_class', '16/B374D848', '10:20:10,14', 'a=>1,b=>NULL', 'CiText', 'top.sub', '{sad}'),
 (2, false, 32767, 2147483647, 9223372036854775807, '-0', '5e-324', 1e131071, 99999999999999.9999, -0.0000000001,
  '0', E'quote " comma , newline \\n cr \\r tab \\t backslash \\\\ end', '\\.', '', '', '', '', '4713-01-01 BC',
  '00:00:00.000001', '00:00:00-12', '294276-12-31 23:59:59.999999', '0044-03-15 12:00:00+00 BC', '0', NULL,
  '[]', '[]', '{}', '{}', '{}', '{}', 'sad', 99999999.99, ROW(NULL, ''), 'empty', '{}', NULL, '::1/64',
  '::/0', NULL, NULL, B'000', B'1', '<!-- c -->', NULL, NULL, NULL, '', '', '$', 0, NULL, '0/0', NULL, '', '', '', '{}'),
 (3, NULL, NULL, NULL, NULL, '3.4028235e+38', '1.7976931348623157e308', 0.00001234, 0, 0, NULL, E'\\u0001 \\u00e9 \\U0001F600',
  ' lead and trail ', 'x', NULL, NULL, NULL, '5874897-12-31', '12:34:56.7', NULL, '2024-02-29 01:02:03.1',
  '1883-11-18 12:00:00-05', '178000000 years', NULL, '"text"', '"text"', '[2:3]={7,8}', '{{a,b},{c,d}}', NULL, NULL,
  NULL, NULL, NULL, '(,)', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO every_type (n) VALUES (4);
"""


@pytest.fixture(scope="module")
def types(pg):
    pg.sql(TYPES)
    return pg


def test_role_settings_change_nothing(weir, types, tmp_path):
    weir.ok("copy", types.uri, tmp_path / "plain.csv", "--table", "every_type")
    types.sql("DROP ROLE IF EXISTS odd; CREATE ROLE odd SUPERUSER LOGIN;"
              "ALTER ROLE odd SET DateStyle = 'SQL, DMY'; ALTER ROLE odd SET TimeZone = 'Asia/Kolkata';"
              "ALTER ROLE odd SET IntervalStyle = 'iso_8601'; ALTER ROLE odd SET bytea_output = 'escape';"
              "ALTER ROLE odd SET extra_float_digits = -5; ALTER ROLE odd SET statement_timeout = '1h';"
              "ALTER ROLE odd SET client_encoding = 'LATIN1'; ALTER ROLE odd SET search_path = 'public'")
    weir.ok("copy", types.uri.replace("postgres@", "odd@"), tmp_path / "odd.csv", "--table", "every_type")
    assert filecmp.cmp(tmp_path / "plain.csv", tmp_path / "odd.csv", shallow=False)


@pytest.mark.parametrize("name", ["json", "xml", "xlsx", "tsv"])
def test_every_type_in_every_text_format(weir, types, tmp_path, name):
    path = tmp_path / f"out.{name}"
    done = weir.run("copy", types.uri, path, "--table", "every_type",
                    *(["--columns", "n,b,i2,i4,i8,f8,num2,t,c,by,d,ts,tstz,u,j,jb,ai,e,comp,hs"]
                      if name == "xlsx" else []))
    assert done.code == 0, done.err
    if name == "json":
        rows = json.loads(path.read_text(), parse_int=str)
        assert rows[0]["jb"]["n"] is None and rows[0]["f8"] == "-Infinity" and rows[1]["ai"] == []
        assert rows[0]["d"] == "infinity" and rows[1]["t"].startswith('quote " comma')
    if name == "xml":
        subprocess.run(["xmllint", "--noout", path], check=True)


def test_plan_says_how_every_column_travels(weir, types):
    done = weir.ok("plan", types.uri, "out.parquet", "--table", "every_type")
    for word in ("numeric(18,4)", "decimal", "timestamp with time zone", "exact"):
        assert word in done.out
    plan = json.loads(weir.ok("plan", types.uri, "out.parquet", "--table", "every_type", "--json").out)
    assert len(plan["columns"]) == 57


def test_typed_formats_keep_or_refuse(weir, types, tmp_path):
    import pyarrow.parquet as pq
    path = tmp_path / "out.parquet"
    done = weir.run("copy", types.uri, path, "--table", "every_type")
    assert done.code in (1, 3) and "column" in done.err
    assert not path.exists()
    weir.ok("copy", types.uri, path, "--table", "every_type", "--special-values", "null",
            "--nested", "string")
    rows = pq.read_table(path, columns=["i8", "num2", "num", "t", "jb"]).to_pylist()
    assert rows[0]["i8"] == -9223372036854775808
    assert str(rows[0]["num2"]) == "-99999999999999.9999"
    assert rows[0]["num"] == "NaN"


def test_moving_table_is_copied_as_of_one_moment(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS moving; CREATE TABLE moving (id int8 PRIMARY KEY, pad text, n int DEFAULT 0);"
           "INSERT INTO moving SELECT g, repeat('p', 300) FROM generate_series(1, 100000) g")
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            pg.sql("UPDATE moving SET n = n + 1 WHERE id % 10 = (random() * 9)::int; VACUUM moving")
    worker = threading.Thread(target=churn)
    worker.start()
    try:
        for run in range(3):
            path = tmp_path / f"{run}.ndjson"
            weir.ok("copy", pg.uri, path, "--table", "moving", "--columns", "id,n", "--jobs", 4)
            ids = sorted(json.loads(line)["id"] for line in path.open())
            assert ids == list(range(1, 100001))
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
