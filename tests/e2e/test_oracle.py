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


def test_random_tables(weir, database, tmp_path, tally):
    checked = {"tables": 0, "rows": 0}

    @hypothesis.seed(SEED)
    @hypothesis.settings(max_examples=SCHEMAS, deadline=None, database=None, print_blob=False,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=20), st.integers(0, 2**32),
                      st.sampled_from((1, 2, 4)), st.sampled_from((0, 1, ROWS, ROWS, ROWS, ROWS)))
    def check(names, seed, jobs, rows):
        table = oracle.Table(database, names, rows, seed)
        oracle.assert_as_postgres(weir, table, tmp_path, "--jobs", jobs)
        oracle.assert_reloads(weir, table, tmp_path, ("json", "ndjson", "xml")[seed % 3])
        type_forms.assert_identity(weir, table, tmp_path, ("parquet", "arrow")[seed % 2])
        type_forms.assert_worksheet(weir, type_forms.Truth(table), tmp_path)
        checked["tables"] += 1
        checked["rows"] += rows
    print(f"WEIR_ORACLE_SEED={SEED}")
    check()
    tally(f"WEIR_ORACLE_SEED={SEED}", {"random tables": checked["tables"], "rows": checked["rows"]})
    assert checked["tables"] == SCHEMAS and checked["rows"] > 0
