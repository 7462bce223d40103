"""Every type, with its awkward values and random ones, leaves as PostgreSQL itself says, or by name.

`WEIR_ORACLE_SCHEMAS` random tables of `WEIR_ORACLE_ROWS` rows; the end of the run says `WEIR_ORACLE_SEED`, and a
failure the smallest table that still fails.
"""

import os
import random

import hypothesis
import hypothesis.strategies as st
import pytest

import oracle
import pg_types
import random_types
import type_forms

SCHEMAS = int(os.environ.get("WEIR_ORACLE_SCHEMAS", "15"))
ROWS = int(os.environ.get("WEIR_ORACLE_ROWS", "150"))
SEED = int(os.environ.get("WEIR_ORACLE_SEED") or random.SystemRandom().randrange(2**32))
NAMES = sorted(pg_types.TYPES)
GROUP = 24


@pytest.fixture(scope="module")
def database(pg):
    pg.sql(pg_types.SETUP)
    return pg


@pytest.mark.parametrize("names", [NAMES[i:i + GROUP] for i in range(0, len(NAMES), GROUP)], ids=lambda names: names[0])
def test_type_table(weir, database, tmp_path, names, tally):
    tally(f"WEIR_ORACLE_SEED={SEED}", {"types": len(names), "rows": 60})
    table = oracle.Table(database, names, 60, SEED)
    oracle.assert_as_postgres(weir, table, tmp_path)
    for name in ("json", "ndjson", "xml"):
        oracle.assert_reloads(weir, table, tmp_path, name)
    for name in ("parquet", "arrow"):
        type_forms.assert_identity(weir, table, tmp_path, name)
    type_forms.assert_worksheet(weir, type_forms.Truth(table), tmp_path)


def examine(weir, table, folder, seed, jobs):
    oracle.assert_as_postgres(weir, table, folder, "--jobs", jobs)
    oracle.assert_reloads(weir, table, folder, ("json", "ndjson", "xml")[seed % 3])
    type_forms.assert_identity(weir, table, folder, ("parquet", "arrow")[seed % 2])
    type_forms.assert_worksheet(weir, type_forms.Truth(table), folder)


def failure_of(check, table):
    try:
        check(table)
    except (AssertionError, RuntimeError) as error:  # the latter is PostgreSQL's, of what it is to read
        return error
    return None


def with_random_types(database, names, seed):
    """A type in the place of each None; and how all of these are made."""
    rng = random.Random(seed)
    made = [random_types.make(rng, i) if name is None else (name, "") for i, name in enumerate(names)]
    ddl = "".join(ddl for _, ddl in made)
    database.sql("SET client_min_messages = warning; DROP SCHEMA oracle CASCADE;" + pg_types.SETUP + ddl)
    return [kind for kind, _ in made], ddl


def test_random_tables(weir, database, tmp_path, tally):
    checked = {"random tables": 0, "rows": 0, "random types": 0}

    @hypothesis.seed(SEED)
    @hypothesis.settings(max_examples=SCHEMAS, deadline=None, database=None, print_blob=False,
                         phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.lists(st.one_of(st.sampled_from(NAMES), st.none()), min_size=1, max_size=20), st.integers(0, 2**32),
                      st.sampled_from((1, 2, 4)))
    def check(names, seed, jobs):
        rows = random.Random(seed).choice((0, 1, ROWS, ROWS, ROWS, ROWS))
        kinds, ddl = with_random_types(database, names, seed)
        table = oracle.Table(database, kinds, rows, seed)

        def examined(part):
            examine(weir, part, tmp_path, seed, jobs)
        error = failure_of(examined, table)
        if error:
            least = oracle.smallest(table, lambda part: failure_of(examined, part) is not None)
            columns = ", ".join(f"{c} {kind.sql}" for c, kind in least.columns)
            pytest.fail(f"{error}\n\nThe smallest table that fails: {ddl}\n{columns}\n{least.rows}\n{failure_of(examined, least)}")
        checked["random tables"] += 1
        checked["rows"] += rows
        checked["random types"] += names.count(None)
    check()
    tally(f"WEIR_ORACLE_SEED={SEED}", checked)
    assert checked["random tables"] == SCHEMAS and checked["rows"] > 0


def test_a_failure_shows_the_smallest_table(database):
    """What fails for two values in one row, and for a third in any, is shown as these."""
    table = oracle.Table(database, ["int4", "text", "bool", "text", "text"], 60, SEED)
    table.rows[20] = ["1", "this", None, "that", "x"]
    least = oracle.smallest(table, lambda part: database.sql(
        f"SELECT count(*) FROM {part.name} t WHERE to_jsonb(t) @> '{{\"c1\": \"this\", \"c3\": \"that\"}}'") == "1")
    assert ([c for c, _ in least.columns], least.rows) == (["c1", "c3"], [["this", "that"]])
    assert database.sql(f"SELECT n, c1, c3 FROM {least.name}") == "0|this|that"


TEXTS = ["text", "varchar_any", "bpchar", "name", "char", "citext", "enum", "xml", "bytea", "json", "int8", "text array",
         "text composite", "text domain"]


@pytest.mark.parametrize("column", ["c", "\\.", '"', "a,b", " "])
def test_a_column_alone(weir, database, tmp_path, column):
    """A line that would end COPY's input, or be an empty one, is quoted; and only where nothing else is in it."""
    for name in TEXTS if column == "c" else ["text", "int8"]:
        table = oracle.Table(database, [name], 60, SEED)
        alone = random_types.identifier(column)
        table.sql(f"DROP TABLE IF EXISTS oracle.alone; CREATE TABLE oracle.alone AS SELECT c0 AS {alone} FROM oracle.t ORDER BY n")
        table.name = "oracle.alone"
        oracle.assert_as_postgres(weir, table, tmp_path)
        if name == "text":
            lines = (tmp_path / "out.csv").read_text().split("\n")
            assert {'"\\."', '""', "", '""""'} <= set(lines)
