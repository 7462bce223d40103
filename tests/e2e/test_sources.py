"""What may be named as a source, who may read it, and in which order its rows leave."""

import collections
import csv
import json
import os
import subprocess
import threading
import time

import pyarrow.parquet
import pytest


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))[1:]


# Types of keys whose order, text or ranges are special: each table has NULLs and ties.
KEYS = {
    "icu_collation": ('text COLLATE "en-x-icu"', "chr(case when i%2=0 then 65 else 97 end+(i/2)%26)||md5(i::text)"),
    "nondeterministic": ("text COLLATE loose", "chr(case when i%2=0 then 65 else 97 end+(i/2)%26)||(i%5000)"),
    "c_collation": ('text COLLATE "C"', "chr(65+i%58)||md5((i%9000)::text)"),
    "padded": ("char(8)", "md5((i%9000)::text)::char(8)"),
    "enum_key": ("feeling", "(array['sad','so so','glad'])[1+i%3]::feeling"),
    "domain_key": ("positive_key", "1+i%9000"),
    "int_array": ("int[]", "array[i%77,i]"),
    "composite": ("pair_key", "row(i%77,i::text)::pair_key"),
    "numeric_nan": ("numeric", "case when i%50=0 then 'NaN' else (i%9000)::numeric/7 end"),
    "instant": ("timestamptz", "'2020-01-01'::timestamptz + (i%9000)*interval '1 s'"),
    "name_key": ("name", "md5((i%9000)::text)::name"),
}


@pytest.fixture(scope="module")
def keys(pg):
    pg.sql("""DROP SCHEMA IF EXISTS keys CASCADE; CREATE SCHEMA keys; SET search_path = keys, public;
      CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TYPE feeling AS ENUM ('sad', 'so so', 'glad'); CREATE DOMAIN positive_key AS int CHECK (VALUE > 0);
      CREATE TYPE pair_key AS (a int, b text);""" + "".join(
          f"CREATE TABLE {name} AS SELECT i, (CASE WHEN i % 97 = 0 THEN NULL ELSE {value} END)::{kind.split(' COLLATE')[0]}"
          f"{' COLLATE' + kind.split(' COLLATE')[1] if ' COLLATE' in kind else ''} AS k "
          f"FROM generate_series(1, 30000) i; CREATE INDEX ON {name} (k); ANALYZE {name};"
          for name, (kind, value) in KEYS.items()))
    return pg


@pytest.mark.parametrize("descending", ["", ":desc"])
@pytest.mark.parametrize("name", KEYS)
def test_order_by_gives_every_row_once(weir, keys, tmp_path, name, descending):
    path = tmp_path / "out.csv"
    weir.copy(keys.uri, path, "--table", f"keys.{name}", "--columns", "i", "--order-by", f"k{descending}",
              "--jobs", 4)
    got = [int(row[0]) for row in rows_of(path)]
    assert sorted(got) == list(range(1, 30001))
    order = "DESC" if descending else ""
    ranks = dict(line.split("|") for line in keys.sql(
        f"SELECT i, dense_rank() OVER (ORDER BY k {order}) FROM keys.{name}").splitlines())
    in_order = [int(ranks[str(i)]) for i in got]
    assert in_order == sorted(in_order)


@pytest.mark.parametrize("kind, value", [("citext", "md5(i::text)"), ("hstore", "('k=>' || i % 9000)::ext.hstore")])
def test_order_by_a_type_outside_the_search_path(weir, pg, tmp_path, kind, value):
    """Its operators are not found by name: another type's would be."""
    uri = pg.uri.rsplit("/", 1)[0] + "/elsewhere"
    pg.sql(f"""DROP DATABASE IF EXISTS elsewhere; CREATE DATABASE elsewhere;
      \\connect {uri}
      CREATE SCHEMA ext; CREATE EXTENSION {kind} SCHEMA ext;
      CREATE TABLE keys AS SELECT i, (CASE WHEN i % 2 = 0 THEN upper({value}::text) ELSE {value}::text END)::ext.{kind} AS k
      FROM generate_series(1, 30000) i; CREATE INDEX ON keys (k); ANALYZE keys;""")
    arguments = [uri, tmp_path / "out.csv", "--table", "keys", "--columns", "i", "--order-by", "k", "--jobs", 2]
    assert json.loads(weir.ok("plan", *arguments, "--json").out)["slices"] > 10
    weir.copy(*arguments)
    assert sorted(int(row[0]) for row in rows_of(tmp_path / "out.csv")) == list(range(1, 30001))
    subprocess.run(["psql", "-X", "-q", "-d", uri, "-c", f"\\copy (SELECT i FROM keys ORDER BY k, ctid) TO "
                    f"'{tmp_path}/psql.csv' WITH (FORMAT csv, HEADER)"], check=True)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "psql.csv").read_bytes()


def test_arrays_over_many_batches(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS tags; CREATE TABLE tags AS SELECT i AS id, md5(i::text) AS n, "
           "CASE WHEN hashint4(i) % 2 = 0 THEN ARRAY['a' || i, NULL, 'b'] WHEN i % 3 = 0 THEN '{}' END AS t "
           "FROM generate_series(1, 100000) i")
    path = tmp_path / "out.parquet"
    weir.copy(pg.uri, path, "--table", "tags")
    want = json.loads("[" + pg.sql("SELECT string_agg(coalesce(to_json(t)::text, 'null'), ',' ORDER BY id) FROM tags") + "]")
    assert pyarrow.parquet.read_table(path)["t"].to_pylist() == want
    for name in ("arrow", "duckdb"):
        weir.copy(pg.uri, tmp_path / f"out.{name}", "--table", "tags")


def test_arrays_keep_their_bounds(weir, pg, tmp_path):
    query = "SELECT '[0:2]={1,NULL,3}'::int[] AS a, '{1,2}'::int[] AS b, '{}'::int[] AS c, NULL::int[] AS d"
    weir.copy(pg.uri, tmp_path / "out.ndjson", "--query", query)
    assert json.loads((tmp_path / "out.ndjson").read_text()) == {
        "a": "[0:2]={1,NULL,3}", "b": [1, 2], "c": [], "d": None}
    weir.copy(pg.uri, tmp_path / "pg.ndjson", "--query", query, "--dialect", "postgres")
    assert (tmp_path / "pg.ndjson").read_text().strip() == pg.sql(f"SELECT row_to_json(q) FROM ({query}) q")


def test_anonymous_records_as_row_to_json(weir, pg, tmp_path):
    query = "SELECT ROW(1, 'a') AS r, ARRAY[ROW(1, 2.50)] AS rs"
    weir.copy(pg.uri, tmp_path / "out.ndjson", "--query", query, "--dialect", "postgres")
    assert (tmp_path / "out.ndjson").read_text().strip() == pg.sql(f"SELECT row_to_json(q) FROM ({query}) q")


def test_queries_leave_in_the_same_order_each_time(weir, records, tmp_path):
    digests = {weir.copy(records.uri, tmp_path / f"{i}.csv", "--query",
                         "SELECT id, value FROM records WHERE id % 5 = 0")["parts"][0]["digest"] for i in range(3)}
    assert len(digests) == 1


@pytest.mark.parametrize("query", [
    "SELECT 1 AS a; -- done", "SELECT 1 AS a /* ; */ ;", "\ufeffSELECT 1 AS a;\n", "SELECT 1 AS a -- no end"])
def test_query_files_end_as_they_like(weir, pg, tmp_path, query):
    file = tmp_path / "q.sql"
    file.write_text(query)
    weir.copy(pg.uri, tmp_path / "out.csv", "--query-file", file)
    assert (tmp_path / "out.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize("where", ["id = 3) OR (id = 5", "true); DROP TABLE small; SELECT (true", "id ="])
def test_where_is_one_expression(weir, small, tmp_path, where):
    done = weir.run("copy", small.uri, tmp_path / "out.csv", "--table", "small", "--where", where)
    assert done.code == 1 and "postgres.syntax" in done.err and "--where" in done.err
    assert small.sql("SELECT count(*) FROM small") == "1000"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["id < 3 -- the first two", "id < 3;", "id = 1 OR id = 2"])
def test_where_ends_as_it_likes(weir, small, tmp_path, where):
    weir.copy(small.uri, tmp_path / "out.csv", "--table", "small", "--where", where)
    assert len(rows_of(tmp_path / "out.csv")) == 2


@pytest.mark.parametrize("rows", [9, 100000])
def test_column_grants(weir, pg, tmp_path, rows):
    """Which say nothing of where a row is stored."""
    pg.sql(f"DROP TABLE IF EXISTS partly; CREATE TABLE partly AS SELECT g AS a, g AS b FROM generate_series(1, {rows}) g;"
           "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; GRANT SELECT (a) ON partly TO reader")
    uri = pg.uri.replace("postgres@", "reader@")
    for order in ([], ["--order-by", "a"], ["--where", "a > 0"]):
        weir.copy(uri, tmp_path / "out.csv", "--table", "partly", "--columns", "a", "--if-exists", "replace", *order)
        assert rows_of(tmp_path / "out.csv") == [[str(a)] for a in range(1, rows + 1)]
    done = weir.run("copy", uri, tmp_path / "no.csv", "--table", "partly")
    assert done.code == 1 and "postgres.permission_denied" in done.err


def test_policies_and_grants_of_partitions_do_not_count_for_the_parent(weir, pg, tmp_path):
    pg.sql("DROP TABLE IF EXISTS parent; DROP ROLE IF EXISTS outsider; CREATE ROLE outsider LOGIN;"
           "CREATE TABLE parent (a int, b int) PARTITION BY RANGE (a);"
           "CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM (0) TO (5);"
           "CREATE TABLE parent_2 PARTITION OF parent FOR VALUES FROM (5) TO (10);"
           "INSERT INTO parent SELECT g, g FROM generate_series(0, 9) g; GRANT SELECT ON parent, parent_1 TO outsider;"
           "ALTER TABLE parent_1 ENABLE ROW LEVEL SECURITY; GRANT SELECT (b) ON parent_2 TO outsider")
    uri = pg.uri.replace("postgres@", "outsider@")
    weir.copy(uri, tmp_path / "out.csv", "--table", "parent")
    assert sorted(int(a) for a, _ in rows_of(tmp_path / "out.csv")) == list(range(10))


def test_foreign_tables_views_and_inheritance(weir, pg, tmp_path):
    pg.sql(f"""CREATE EXTENSION IF NOT EXISTS postgres_fdw; DROP SCHEMA IF EXISTS kinds CASCADE; CREATE SCHEMA kinds;
      DROP SERVER IF EXISTS here CASCADE;
      CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{pg.port}', dbname 'postgres');
      CREATE USER MAPPING FOR postgres SERVER here OPTIONS (user 'postgres');
      CREATE TABLE kinds.base AS SELECT g AS a FROM generate_series(1, 100) g;
      CREATE FOREIGN TABLE kinds.far (a int) SERVER here OPTIONS (schema_name 'kinds', table_name 'base');
      CREATE VIEW kinds.seen AS SELECT a FROM kinds.base; CREATE MATERIALIZED VIEW kinds.kept AS SELECT a FROM kinds.base;
      CREATE INDEX ON kinds.kept (a);
      CREATE TABLE kinds.child () INHERITS (kinds.base); INSERT INTO kinds.child SELECT g FROM generate_series(101, 200) g;
      CREATE TABLE kinds.mixed (a int) PARTITION BY RANGE (a);
      CREATE FOREIGN TABLE kinds.mixed_far PARTITION OF kinds.mixed FOR VALUES FROM (0) TO (101)
        SERVER here OPTIONS (schema_name 'kinds', table_name 'kept');
      CREATE TABLE kinds.mixed_near PARTITION OF kinds.mixed FOR VALUES FROM (101) TO (300);
      INSERT INTO kinds.mixed_near SELECT g FROM generate_series(101, 150) g; ANALYZE kinds.kept""")
    for name, expected in (("far", 200), ("seen", 200), ("kept", 100), ("base", 200), ("mixed", 150)):
        for order in ([], ["--order-by", "a"]):
            path = tmp_path / f"{name}{len(order)}.csv"
            weir.copy(pg.uri, path, "--table", f"kinds.{name}", "--jobs", 4, *order)
            got = [int(row[0]) for row in rows_of(path)]
            assert len(got) == expected == int(pg.sql(f"SELECT count(*) FROM kinds.{name}"))
            assert not order or got == sorted(got)
            same = collections.Counter(pg.sql(f"SELECT a FROM kinds.{name}").split())
            assert collections.Counter(map(str, got)) == same


def test_names_are_found_and_suggested_as_they_must_be_written(weir, pg, tmp_path):
    pg.sql('DROP SCHEMA IF EXISTS "Odd" CASCADE; CREATE SCHEMA "Odd"; CREATE TABLE "Odd"."Mixed" AS SELECT 1 AS a;'
           'CREATE TABLE "Odd"."dot.ted" AS SELECT 2 AS a')
    for table in ("Odd.Mixed", '"Odd"."Mixed"', "Odd.dot.ted"):
        weir.copy(pg.uri, tmp_path / "out.csv", "--table", table, "--if-exists", "replace")
        (tmp_path / "out.csv.record.json").unlink()
    done = weir.run("copy", pg.uri, tmp_path / "no.csv", "--table", "mixed")
    assert 'did you mean "Odd"."Mixed"?' in done.err


def test_ambiguous_columns_of_a_query(weir, pg, tmp_path):
    query = "SELECT 1 AS a, 2 AS a"
    weir.ok("copy", pg.uri, tmp_path / "both.csv", "--query", query)
    assert (tmp_path / "both.csv").read_text() == "a,a\n1,2\n"
    for option in ("--order-by", "--columns"):
        done = weir.run("copy", pg.uri, tmp_path / "no.csv", "--query", query, option, "a")
        assert done.code == 1 and "postgres.ambiguous_column" in done.err
    assert "several columns" in weir.run("plan", pg.uri, tmp_path / "no.ndjson", "--query", query).err


def test_ways_to_connect(weir, pg, tmp_path):
    """Keyword strings, PG* variables, service and password files."""
    pg.sql("DROP ROLE IF EXISTS keeper; CREATE ROLE keeper LOGIN PASSWORD 'in-the-file'")
    services, passwords = tmp_path / "services.conf", tmp_path / "pgpass"
    services.write_text(f"[shop]\nhost=127.0.0.1\nport={pg.port}\nuser=keeper\ndbname=postgres\n")
    passwords.write_text(f"127.0.0.1:{pg.port}:postgres:keeper:in-the-file\n")
    passwords.chmod(0o600)
    files = {"PGSERVICEFILE": str(services), "PGPASSFILE": str(passwords)}
    words = {"PGHOST": str(pg.dir), "PGPORT": str(pg.port), "PGUSER": "postgres", "PGDATABASE": "postgres"}
    with pg.reconfigured(hba="host all keeper 127.0.0.1/32 scram-sha-256"):
        for uri, env in ((f"user=postgres host=127.0.0.1 port={pg.port} dbname=postgres", {}),
                         ("postgresql://", words), ("postgresql:///?service=shop", files), ("service=shop", files),
                         (f"postgresql://postgres@/postgres?host={pg.dir}&port={pg.port}", {})):
            weir.ok("copy", uri, tmp_path / "out.csv", "--query", "SELECT 1 AS a", "--if-exists", "replace",
                    "--quiet", env=env)
            assert (tmp_path / "out.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize("uri", ["postgresql//u:CANARY-pw@h/db", "postgres:u:CANARY-pw@h/db", "u:CANARY-pw@h/db",
                                 "postgresql:/u:CANARY-pw@h/db"])
def test_password_of_a_mistyped_uri_is_not_printed(weir, tmp_path, uri):
    done = weir.run("copy", uri, tmp_path / "out.csv", "--table", "t")
    assert done.code == 2 and "CANARY" not in done.out + done.err


def test_closed_standard_output(weir, small):
    for command in ("copy", "plan"):
        arguments = ["-", "--format", "csv"] if command == "copy" else ["/tmp/never.csv"]
        done = subprocess.run(weir.command(command, small.uri, *arguments, "--table", "small"),
                              stderr=subprocess.PIPE, preexec_fn=lambda: os.close(1), text=True)
        assert done.returncode == 1 and "io." in done.stderr
    assert "invalid frontend message" not in (small.dir / "log").read_text(errors="replace")


def test_plan_sees_what_copy_would_refuse(weir, small, tmp_path):
    path = tmp_path / "there.csv"
    path.write_text("precious")
    for dest, query, code, word in ((path, "SELECT 1 AS a", 1, "io.exists"),
                                    (tmp_path / "no/dir.csv", "SELECT 1 AS a", 1, "io.not_found"),
                                    (tmp_path / "o.parquet", "SELECT 1 AS a, 2 AS a", 3, "plan.unsupported"),
                                    (tmp_path / "o.parquet", "SELECT", 3, "plan.unsupported")):
        for command in ("plan", "copy"):
            done = weir.run(command, small.uri, dest, "--query", query)
            assert (done.code, word in done.err) == (code, True), done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["there.csv"] and path.read_text() == "precious"


def test_structs_say_what_they_lose(weir, pg, tmp_path):
    query = """SELECT '{"b":1.0,"a":null}'::json AS j, '[1]'::jsonb AS k UNION ALL SELECT 'null', '2' UNION ALL SELECT NULL, NULL"""
    path = tmp_path / "out.parquet"
    record = weir.copy(pg.uri, path, "--query", query, "--nested", "struct")
    columns = {column["name"]: column for column in record["columns"]}
    assert columns["j"]["fidelity"] == "lossy" and record["lossyColumns"][0] == "j"
    table = pyarrow.parquet.read_table(path)
    assert columns["j"]["nulls"] == table["j"].null_count == 2 and columns["j"]["count"] == 1
    assert columns["k"]["nulls"] == table["k"].null_count
    assert "lossy" in weir.ok("plan", pg.uri, tmp_path / "p.parquet", "--query", query, "--nested", "struct").out
    for name in ("json", "xml", "xlsx", "csv"):
        done = weir.run("copy", pg.uri, tmp_path / f"no.{name}", "--query", query, "--nested", "struct")
        assert done.code == 2 and "usage.option_not_applicable" in done.err


def test_a_killed_worker_costs_nothing(weir, records, tmp_path):
    """A slice whose connection dies is read again under the same snapshot: the bytes are the same."""
    weir.copy(records.uri, tmp_path / "calm.csv", "--table", "records")
    killed = []

    def kill():
        deadline = time.monotonic() + 20
        while not killed and time.monotonic() < deadline:
            killed.extend(records.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'weir' "
                                      "AND query LIKE 'COPY%' AND state = 'active' "
                                      "AND pg_terminate_backend(pid) LIMIT 1").split())
    killer = threading.Thread(target=kill)
    killer.start()
    weir.copy(records.uri, tmp_path / "rough.csv", "--table", "records")
    killer.join()
    assert killed
    assert (tmp_path / "calm.csv").read_bytes() == (tmp_path / "rough.csv").read_bytes()


def test_literals_mean_the_same_for_every_role(weir, pg):
    """What the text of a date or an instant says depends on settings, which are the session's."""
    pg.sql("DROP ROLE IF EXISTS elsewhere; CREATE ROLE elsewhere SUPERUSER LOGIN; ALTER ROLE elsewhere SET DateStyle = 'German, DMY';"
           "ALTER ROLE elsewhere SET TimeZone = 'America/New_York'; ALTER ROLE elsewhere SET IntervalStyle = 'sql_standard'")
    query = ("SELECT t::date AS day, '2024-01-01'::timestamptz AS at, '-1 2:03:04'::interval AS span "
             "FROM (VALUES ('01/02/2003')) v (t)")
    for user in ("postgres", "elsewhere"):
        out = weir.ok("copy", pg.uri.replace("postgres@", f"{user}@"), "-", "--format", "csv", "--dialect", "postgres",
                      "--query", query, "--where", "at >= '2024-01-01'").out
        assert out == "day,at,span\n2003-01-02,2024-01-01 00:00:00+00,-1 days +02:03:04\n"


@pytest.fixture
def turned(pg):
    """One slice of 40 MB, whose order by its index is not that of storage; yields what makes the index the cheapest."""
    pg.sql("""DROP TABLE IF EXISTS turned; CREATE TABLE turned (k int, pad text);
      ALTER TABLE turned ALTER pad SET STORAGE EXTERNAL;
      INSERT INTO turned SELECT 400 - g, repeat(md5(g::text), 3000) FROM generate_series(1, 400) g;
      CREATE INDEX ON turned (k); ANALYZE turned""")
    yield "".join(f"ALTER ROLE postgres SET enable_{scan} = off;" for scan in ("seqscan", "tidscan", "bitmapscan"))
    pg.sql("ALTER ROLE postgres RESET ALL")


@pytest.mark.parametrize("where, code", [("k < 350", None), ("k < 350 AND random() < 0.9", "source.not_reproducible")])
def test_a_worker_killed_while_the_plan_changes(weir, pg, turned, where, code):
    """A slice that is read again has the same rows in the same order, or the copy fails."""
    process = subprocess.Popen(weir.command("copy", pg.uri, "-", "--format", "csv", "--table", "turned", "--jobs", 1,
                                            "--where", where), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    blocked = "FROM pg_stat_activity WHERE application_name = 'weir' AND wait_event = 'ClientWrite'"
    while pg.sql(f"SELECT count(*) {blocked}") == "0":
        assert process.poll() is None
        time.sleep(0.05)
    pg.sql(f"{turned} SELECT pg_terminate_backend(pid) {blocked}")
    out, err = process.communicate(timeout=120)
    if code:
        assert process.returncode == 1 and code in err.decode(), err
    else:
        assert process.returncode == 0, err
        assert [line.split(b",")[0] for line in out.splitlines()[1:]] == [str(k).encode() for k in range(349, -1, -1)]
