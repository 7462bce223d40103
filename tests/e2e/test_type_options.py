"""`--special-values`, `--nested` and `--allow-lossy` over every type: what is promised, or a refusal by name."""

import decimal
import io
import json
import os
import random
import re
import subprocess

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import foreign
import oracle
import pg_types
import test_nested
import type_forms

SEED = int(os.environ.get("WEIR_ORACLE_SEED") or random.SystemRandom().randrange(2**32))
TEXT_FORMATS = ["csv", "tsv", "ndjson", "json", "xml"]


@pytest.fixture(autouse=True)
def seed(tally):
    tally(f"WEIR_ORACLE_SEED={SEED}: {len(pg_types.TYPES)} types of 60 rows", {"tests": 1})


@pytest.fixture(scope="module")
def truth(pg):
    pg.sql(pg_types.SETUP)
    return type_forms.Truth(oracle.Table(pg, sorted(pg_types.TYPES), 60, SEED, "oracle.whole"))


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("nested, special", [(None, None), ("json", "null"), ("string", "string")])
def test_text(weir, truth, tmp_path, name, nested, special):
    path = tmp_path / f"out.{name}"
    options = [*(["--nested", nested] if nested else []), *(["--special-values", special] if special else [])]
    weir.ok("copy", truth.table.pg.uri, path, "--table", truth.table.name, *options)
    read = type_forms.READERS[name](path)
    for column, kind in truth.columns:
        want = type_forms.promised(truth, column, kind, name, nested, special)
        type_forms.assert_column(kind, column, want, read[column])
    notes = oracle.plan(weir, truth.table, tmp_path / f"x.{name}", *options)
    for column, kind in truth.columns:
        loses = special == "null" and type_forms.may_be_special(kind)
        assert ("becomes NULL" in notes[column]["note"]) == loses
        assert notes[column]["verdict"] == ("lossy" if loses else "exact"), kind.sql


def specials_of(truth):
    """The columns that hold what a text format calls special, one of each type."""
    return {kind.sql: (column, kind) for column, kind in truth.columns if type_forms.may_be_special(kind)
            and set(type_forms.NOT_FINITE) & set(truth.text[column])}.values()


def assert_refused(weir, table, path, column, code, *options):
    """A copy of one column alone that fails at a value of it; what it says."""
    done = weir.run("copy", table.pg.uri, path, "--table", table.name, "--columns", f"n,{column}", *options)
    assert done.code == 1 and f"[{code}" in done.err and f'column "{column}"' in done.err, done.err
    assert not path.exists()
    return done.err


@pytest.mark.parametrize("name", [*TEXT_FORMATS, "xlsx"])
def test_special_values_are_refused_by_name(weir, truth, tmp_path, name):
    path = tmp_path / f"out.{name}"
    too_long = type_forms.too_long(truth) if name == "xlsx" else []
    special = [(c, kind) for c, kind in specials_of(truth) if c not in too_long]
    assert len(special) > 15
    for column, _ in special:
        err = assert_refused(weir, truth.table, path, column, "format.special_value", "--special-values", "error")
        assert "--special-values" in err and "string" in err and "null" in err  # both are tried by test_text
    columns = [(c, kind) for c, kind in truth.columns if not type_forms.may_be_special(kind)
               and c not in too_long]
    weir.ok("copy", truth.table.pg.uri, path, "--table", truth.table.name, "--special-values", "error",
            "--columns", ",".join(c for c, _ in columns))
    read = type_forms.READERS[name](path)
    for column, kind in columns:
        type_forms.assert_column(kind, column, type_forms.promised(truth, column, kind, name), read[column],
                                 type_forms.is_same_cell if name == "xlsx" else None)


@pytest.mark.parametrize("nested, special", [(None, None), ("json", "null"), ("string", "string")])
def test_worksheet(weir, truth, tmp_path, nested, special):
    assert type_forms.too_long(truth)
    type_forms.assert_worksheet(weir, truth, tmp_path, nested, special)


class Shaped:
    """The table of all types without the arrays that no list can say, and which columns are lists."""

    def __init__(self, weir, truth):
        self.lists, same = (type_forms.lists_of(truth.table, oracle.plan(weir, truth.table, f"out.{name}"))
                            for name in ("arrow", "parquet"))
        assert self.lists == same and len(self.lists) > 40
        self.table = truth.table.derived("oracle.shaped", lambda c, kind: type_forms.without_shapes(kind, c, c in self.lists))


@pytest.fixture(scope="module")
def shaped(weir, truth):
    return Shaped(weir, truth)


@pytest.fixture(scope="module")
def nulled(shaped):
    """What `--special-values null` leaves of it."""
    return shaped.table.derived("oracle.nulled", lambda c, kind: type_forms.null_for_special(kind, c, c in shaped.lists))


TYPED_FORMATS = ["parquet", "arrow"]
EXACTLY = decimal.Context(prec=76)


def typed_copy(weir, table, path, *options):
    weir.ok("copy", table.pg.uri, path, "--table", table.name, *options)
    return oracle.read_typed(path)


def assert_equals(read, table):
    oracle.load_typed(table, "oracle.back", read)
    table.assert_same("oracle.back", table.columns)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_typed_and_back_is_the_identity(weir, nulled, tmp_path, name):
    """With its own types for everything: the plan says exact, and it is."""
    path = tmp_path / f"out.{name}"
    said = oracle.plan(weir, nulled, path)
    assert {column["verdict"] for column in said.values()} == {"exact", "widened"}
    assert len([c for c in said.values() if "list" in c["travelsAs"]]) > 40
    assert_equals(typed_copy(weir, nulled, path), nulled)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_wide_decimals_are_decimals(weir, nulled, tmp_path, name):
    """The identity above would be one of texts, too."""
    wide = {c: re.fullmatch(r"numeric\((\d+),(-?\d+)\)", kind.sql) for c, kind in nulled.columns if kind.form == "scalar"}
    wide = {c: (int(found[1]), int(found[2])) for c, found in wide.items() if found and 38 < int(found[1]) <= 76}
    assert set(wide.values()) >= {(39, 10), (45, 40), (60, 10), (76, 0), (76, 50), (76, 76)}
    path = tmp_path / f"out.{name}"
    weir.ok("copy", nulled.pg.uri, path, "--table", nulled.name, "--columns", ",".join(wide))
    table = test_nested.read(path)
    assert {c: table[c].type for c in wide} == {c: pa.decimal256(*of) for c, of in wide.items()}
    for column, (precision, scale) in wide.items():
        least, most = decimal.Decimal(1).scaleb(-scale), decimal.Decimal(10**precision - 1).scaleb(-scale, EXACTLY)
        assert {least, least.copy_negate(), most, most.copy_negate(), None} <= set(table[column].to_pylist())


def test_the_plan_has_every_column_by_its_type(weir, truth, tmp_path):
    said = oracle.plan(weir, truth.table, tmp_path / "out.parquet")
    types = truth.table.sql("SELECT attname || '=' || format_type(atttypid, atttypmod) FROM pg_attribute "
                            "WHERE attrelid = 'oracle.whole'::regclass AND attnum > 0").splitlines()
    assert {name: column["sourceType"] for name, column in said.items()} == dict(line.split("=") for line in types)
    assert len(said) == len(pg_types.TYPES) + 1 and all(column["targetType"] for column in said.values())
    out = weir.ok("plan", truth.table.pg.uri, tmp_path / "out.parquet", "--table", truth.table.name).out
    rows = [line for line in out.splitlines() if line.startswith("c") and " exact" in line or " widened" in line]
    assert len(rows) == len(pg_types.TYPES) and "numeric(18,4)" in out and "DECIMAL(18, 4)" in out


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_special_values_null_in_typed_formats(weir, shaped, nulled, tmp_path, name):
    path = tmp_path / f"out.{name}"
    assert_equals(typed_copy(weir, shaped.table, path, "--special-values", "null"), nulled)
    # What became NULL is what the plan announced.
    notes = oracle.plan(weir, shaped.table, tmp_path / f"x.{name}", "--special-values", "null")
    for column, kind in differing(shaped.table, nulled):
        assert "becomes NULL" in notes[column]["note"], kind.sql


def differing(left, right):
    """The columns that are not the same in the two tables."""
    names = [c for c, _ in left.columns]
    pairs = zip(left.columns, type_forms.columns_of(left, names), type_forms.columns_of(right, names), strict=True)
    return [column for column, ours, theirs in pairs if ours != theirs]


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_special_values_string_in_typed_formats(weir, shaped, tmp_path, name):
    assert_equals(typed_copy(weir, shaped.table, tmp_path / f"out.{name}", "--special-values", "string"), shaped.table)
    said = oracle.plan(weir, shaped.table, tmp_path / f"x.{name}", "--special-values", "string")
    type_forms.lists_of(shaped.table, said)
    types = {kind.sql: said[c]["travelsAs"] for c, kind in shaped.table.columns}
    assert types["numeric(18,4)[]"] == types["numeric(76,0)[]"] == "list<element: string>"
    assert {types[sql] for sql in ("date[]", "time[]", "timestamp[]", "timestamptz[]")} == {"list<element: string>"}
    assert types["date"] == types["time"] == "string"


def without_space_around(column, kind):
    return f"btrim({column}::text, E' \\n')::json" if type_forms.is_json(kind) and kind.base == "json" else column


@pytest.mark.parametrize("name", TYPED_FORMATS)
@pytest.mark.parametrize("special", ["null", "string"])
def test_nested_struct_in_typed_formats(weir, shaped, nulled, tmp_path, name, special):
    """It changes columns of JSON alone; those of this table hold every type there is, so they stay text."""
    path = tmp_path / f"out.{name}"
    options = ["--special-values", special]
    want = (nulled if special == "null" else shaped.table).derived("oracle.trimmed", without_space_around)
    assert_equals(typed_copy(weir, shaped.table, path, *options, "--nested", "struct"), want)
    said, plain = (oracle.plan(weir, shaped.table, path, *options, *nested) for nested in (["--nested", "struct"], []))
    assert {c for c in said if said[c] != plain[c]} == {c for c, kind in shaped.table.columns if type_forms.is_json(kind)}


def json_of_one_type(column, kind):
    """What to_json makes of a value, where no other value of the column becomes JSON of another type."""
    other = f"array_ndims({column}) > 1" if kind.form == "array" else f"{column}::text IN {type_forms.NOT_FINITE}"
    return f"CASE WHEN {other} THEN NULL ELSE to_json({column}) END"


STRUCT_TYPES = {"bool": "bool", "int2": "int64", "int8": "int64", "numeric(18,4)": "decimal128(18, 4)", "text": "string",
                "date": "string", "json": "json", "int4[]": "[int64]", "bool[]": "[bool]", "text[]": "[string]", "json[]": "[json]",
                "oracle.ints": "[int64]", "oracle.pair_int4": "{a: int64, b: string}", "oracle.pair_bool": "{a: bool, b: string}",
                "oracle.pair_int4[]": "[{a: int64, b: string}]", "oracle.nested": "{c: {a: int64, b: string}, d: [int64]}"}


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_every_type_as_json_as_struct(weir, truth, tmp_path, name):
    """Arrays, composites and all else as PostgreSQL's to_json, and that as structs and lists."""
    path = tmp_path / f"out.{name}"
    documents = truth.table.derived("oracle.documents", json_of_one_type, "json")
    weir.ok("copy", documents.pg.uri, path, "--table", documents.name, "--nested", "struct")
    read = test_nested.read(path)
    texts = type_forms.columns_of(documents, [c for c, _ in documents.columns], "ctid")
    types = {}
    for (column, kind), cells in zip(documents.columns, texts, strict=True):
        test_nested.assert_same_documents(range(len(cells)), cells, read[column])
        types[kind.sql] = test_nested.type_text(read[column].type)
        assert types[kind.sql].startswith({"array": "[", "composite": "{"}.get(kind.form, "")), kind.sql
    assert STRUCT_TYPES == {sql: types[sql] for sql in STRUCT_TYPES}


# Pseudo-types: a query has them, a table cannot.
RECORDS = """SELECT n, r, a FROM (VALUES
    (1, row(1, 'a "q", \\ é', NULL::text, '{1,NULL}'::int4[], '{"k": [1.10]}'::json, true, '2024-02-29'::date), ARRAY[row(1, 'x'), row(2, '')]),
    (2, row(), ARRAY[]::record[]), (3, NULL::record, NULL::record[]), (4, row(NULL), ARRAY[row(NULL, NULL), NULL]),
    (5, row(row('inner', 1.50), ARRAY['a,b', '"']), ARRAY[[row(1)], [row(2)]]),
    (6, (SELECT s FROM (SELECT 'named' AS "a b", '-infinity'::timestamptz AS t, 'NaN'::float8 AS f) s), ARRAY[row(1), row('t'::text, 2)]),
    (7, row('(1,x)'::oracle.pair_int4, 1), ARRAY[row('(2024-02-29,x)'::oracle.dropped)])) v (n, r, a)"""


def test_records_of_a_query(weir, truth, tmp_path):
    def cells(expression):
        text = truth.table.copy(f"SELECT {expression} FROM ({RECORDS}) w ORDER BY n", "(FORMAT csv)").decode()
        return [cell for cell, in foreign.tokens_of_delimited(io.StringIO(text, newline="\n"), ",")]
    texts = {c: cells(c) for c in "ra"}
    documents = {c: cells(f"to_json({c})") for c in "ra"}
    parsed = {c: [cell and oracle.parse_exactly(cell) for cell in documents[c]] for c in "ra"}

    def copied(name, *options):
        path = tmp_path / f"out.{name}"
        weir.ok("copy", truth.table.pg.uri, path, "--query", RECORDS, "--if-exists", "replace", *options)
        return path
    for name in TEXT_FORMATS:
        for options, want in (([], texts if name in ("csv", "tsv") else parsed), (["--nested", "string"], texts)):
            read = type_forms.READERS[name](copied(name, *options))
            assert {c: list(read[c]) for c in "ra"} == want, (name, options)
    for name in TYPED_FORMATS:
        for options, want in (([], texts), (["--nested", "struct"], texts), (["--nested", "json"], documents)):
            read = test_nested.read(copied(name, *options))
            assert {c: read[c].to_pylist() for c in "ra"} == want, (name, options)
    assert copied("csv", "--dialect", "postgres").read_bytes() == truth.table.copy(RECORDS, "(FORMAT csv, HEADER)")
    assert copied("ndjson", "--dialect", "postgres").read_text().splitlines() == truth.table.sql(
        f"SELECT row_to_json(w) FROM ({RECORDS}) w").splitlines()


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_nested_string_in_typed_formats(weir, truth, tmp_path, name):
    options = ["--nested", "string", "--special-values", "null"]
    nulled = truth.table.derived("oracle.scalars", lambda c, kind: type_forms.null_for_special(kind, c, False))
    assert_equals(typed_copy(weir, truth.table, tmp_path / f"out.{name}", *options), nulled)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_nested_json_in_typed_formats(weir, truth, tmp_path, name):
    path = tmp_path / f"out.{name}"
    read = typed_copy(weir, truth.table, path, "--nested", "json", "--special-values", "null")
    said = oracle.plan(weir, truth.table, tmp_path / f"x.{name}", "--nested", "json", "--special-values", "null")
    for column, kind in truth.columns:
        if type_forms.is_nested(kind):
            type_forms.assert_column(kind, column, truth.json[column], read[column])
        assert ("json" in said[column]["targetType"].lower()) == (type_forms.is_nested(kind) or type_forms.is_json(kind))
    if name == "parquet":
        schema = pq.ParquetFile(path).schema
        leaves = [str(schema.column(i).logical_type) for i in range(len(schema))]
        assert leaves.count("JSON") == sum(type_forms.is_nested(kind) or type_forms.is_json(kind) for _, kind in truth.columns)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_what_typed_formats_cannot_hold_is_refused_by_name(weir, truth, shaped, nulled, tmp_path, name):
    path = tmp_path / f"out.{name}"
    shapes, specials = ({kind.sql: column for column, kind in differing(*tables)}.values()
                        for tables in ((truth.table, shaped.table), (shaped.table, nulled)))
    assert len(shapes) > 30 and len(specials) > 20
    # The other refusal has to be out of the way: that is how its hint is followed, too.
    for column in shapes:
        err = assert_refused(weir, truth.table, path, column, "postgres.array_shape", "--special-values", "null")
        assert "--nested string" in err and "--nested json" in err and ", row " in err
    for column in specials:
        err = assert_refused(weir, shaped.table, path, column, "postgres.special_value")
        assert "--special-values null" in err and "--special-values string" in err and ", row " in err


@pytest.mark.parametrize("name", [*TEXT_FORMATS, *TYPED_FORMATS])
def test_nothing_of_postgresql_is_lossy(weir, nulled, tmp_path, name):
    """However much of it is allowed."""
    every = ",".join(c for c, _ in nulled.columns)
    records = [weir.copy(nulled.pg.uri, tmp_path / f"{i}.{name}", "--table", nulled.name, *options)
               for i, options in enumerate(([], ["--allow-lossy", every]))]
    assert records[0]["parts"][0]["digest"] == records[1]["parts"][0]["digest"]
    assert records[1]["lossyColumns"] == []


FINE = [0, 1, 999, 1000, 1001, 1_000_000_001, -1, -999, -1000, -1001, -86_400_000_000_001, 2**63 - 1, -2**63 + 1, None]
FINE_TYPES = {"t": pa.timestamp("ns"), "z": pa.timestamp("ns", "Europe/Berlin"), "c": pa.time64("ns"),
              "l": pa.list_(pa.timestamp("ns")), "s": pa.struct([("a", pa.timestamp("ns"))]), "whole": pa.timestamp("ns")}


@pytest.fixture
def fine(tmp_path):
    """A file of nanoseconds."""
    values = {"c": [v and abs(v) % 86_400_000_000_000 for v in FINE], "l": [[v, v] for v in FINE],
              "s": [{"a": v} for v in FINE], "whole": [v and v // 1000 * 1000 for v in FINE[:-3]] + [None] * 3}
    schema = pa.schema(FINE_TYPES.items())
    path = tmp_path / "fine.arrow"
    with pa.ipc.new_stream(path, schema) as stream:
        stream.write_batch(pa.record_batch([pa.array(values.get(n, FINE), t) for n, t in FINE_TYPES.items()], schema=schema))
    return path


def test_fine_times_end_the_copy_or_are_cut(weir, fine, tmp_path):
    path = tmp_path / "out.parquet"
    notes = {c["name"]: c for c in json.loads(weir.ok("plan", fine, path, "--json", "--allow-lossy", "t,z,c,l,s").out)["columns"]}
    for name in FINE_TYPES:
        if name == "whole":
            assert (notes[name]["verdict"], notes[name]["note"]) == ("exact", "a value finer than a microsecond ends the copy")
            continue
        spark = "Spark 3.5 refuses files with such a column; " if "time64" in str(FINE_TYPES[name]) else ""
        assert (notes[name]["verdict"], notes[name]["note"]) == ("lossy", f"{spark}digits finer than a microsecond are cut off")
        done = weir.run("copy", fine, path, "--columns", f"whole,{name}")
        assert done.code == 1 and f'column "{name}", row 2' in done.err and f"--allow-lossy {name} " in done.err
        assert "[format.inexact_value]" in done.err and not path.exists()
    record = weir.copy(fine, path, "--allow-lossy", "t,z,c,l,s")
    assert record["lossyColumns"] == ["t", "z", "c", "l", "s"]
    table = pq.read_table(path)
    cut = [v if v is None else v // 1000 for v in FINE]
    times = {"t": table["t"], "z": table["z"], "l": pa.compute.list_element(table["l"], 1), "s": pa.compute.struct_field(table["s"], "a")}
    for name, column in times.items():
        assert column.cast(pa.int64()).to_pylist() == cut, name
    assert table["c"].cast(pa.int64()).to_pylist() == [v and abs(v) % 86_400_000_000_000 // 1000 for v in FINE]
    assert table["whole"].cast(pa.int64()).to_pylist() == cut[:-3] + [None] * 3


def test_fine_instants_are_cut_in_duckdb(weir, tmp_path):
    source, path = tmp_path / "fine.arrow", tmp_path / "out.duckdb"
    values = [v for v in FINE if v is None or abs(v) < 2**62]
    zoned = pa.timestamp("ns", "UTC")
    schema = pa.schema([("z", zoned), ("l", pa.list_(zoned)), ("s", pa.struct([("a", zoned)])), ("d", pa.duration("ns"))])
    with pa.ipc.new_stream(source, schema) as stream:
        stream.write_batch(pa.record_batch([pa.array(values, zoned), pa.array([[0, v] for v in values], schema[1].type),
                                            pa.array([{"a": v} for v in values], schema[2].type),
                                            pa.array(values, schema[3].type)], schema=schema))
    done = weir.run("copy", source, path)
    assert done.code == 3 and "[plan.lossy]" in done.err and all(f'column "{c}"' in done.err for c in "zlsd")
    assert weir.copy(source, path, "--allow-lossy", "z,l,s,d")["lossyColumns"] == ["z", "l", "s", "d"]
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("SELECT epoch_us(z), epoch_us(l[2]), epoch_us(s.a), epoch_us(d) FROM records").fetchall()
    cut = [v if v is None else v // 1000 for v in values]
    spans = [v if v is None else abs(v) // 1000 * (-1 if v < 0 else 1) for v in values]
    assert rows == list(zip(cut, cut, cut, spans))


def test_int96_is_cut_to_microseconds(weir, fine, tmp_path):
    source, path = tmp_path / "int96.parquet", tmp_path / "out.parquet"
    values = [v for v in FINE if v is None or abs(v) < 2**62]
    pq.write_table(pa.table({"t": pa.array(values, pa.timestamp("ns"))}), source, use_deprecated_int96_timestamps=True)
    done = weir.run("copy", source, path)
    assert done.code == 3 and '[plan.lossy]' in done.err and 'column "t"' in done.err and "--allow-lossy" in done.err
    assert weir.copy(source, path, "--allow-lossy", "t")["lossyColumns"] == ["t"]
    assert pq.read_table(path)["t"].cast(pa.int64()).to_pylist() == [v if v is None else v // 1000 for v in values]


def duckdb_text(type_name, value):
    """SQL of DuckDB for a value as text that PostgreSQL reads."""
    if type_name.endswith("[]"):
        return f"list_transform({value}, lambda v: {duckdb_text(type_name[:-2], 'v')})"
    if type_name in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return f"epoch_us({value})::VARCHAR"
    if type_name == "DATE":
        return f"({value} - DATE '1970-01-01')::VARCHAR"
    return f"'\\x' || lower(hex({value}))" if type_name == "BLOB" else f"{value}::VARCHAR"


def as_postgres_text(type_name, value):
    if value is None:
        return None
    if type_name.endswith("[]"):
        return pg_types.quoted([as_postgres_text(type_name[:-2], v) for v in value], "{", "}")
    if type_name == "DATE":
        return pg_types.date_text(int(value))
    if type_name.startswith("TIMESTAMP"):
        return pg_types.timestamp_text(int(value), "+00" if "ZONE" in type_name else "")
    return value


def without_misread(column, kind):
    """DuckDB refuses a whole column of JSON for "\\ud83d", which PostgreSQL's json can hold, and reads the last
    microsecond that there is as infinity."""
    if kind.base == "json":
        return rf"CASE WHEN {column}::text ~ 'ud83d(?!\\+ude)' THEN NULL ELSE {column} END"
    return f"CASE WHEN {column}::text ~ '294247-01-10 04:00:54.775807' THEN NULL ELSE {column} END"


def read_by_duckdb(connection, relation):
    """Types and cells, as PostgreSQL's text."""
    types = dict(row[:2] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall())
    texts = ", ".join(duckdb_text(kind, name) for name, kind in types.items())
    columns = zip(*connection.execute(f"SELECT {texts} FROM {relation} ORDER BY n").fetchall())
    return types, {name: [as_postgres_text(kind, v) for v in cells] for (name, kind), cells in zip(types.items(), columns)}


def test_duckdb_reads_parquet(weir, nulled, tmp_path):
    path = tmp_path / "out.parquet"
    readable = nulled.derived("oracle.read_by_duckdb", without_misread)
    weir.ok("copy", nulled.pg.uri, path, "--table", readable.name)
    types, read = read_by_duckdb(duckdb, f"'{path}'")
    # Decimals of more than 38 digits it reads as doubles; the plan says so.
    said = oracle.plan(weir, nulled, tmp_path / "x.parquet")
    wide = {c for c in types if "more than 38 digits" in said[c]["note"]}
    assert {types[c].removesuffix("[]") for c in wide} == {"DOUBLE"}
    exact = readable.derived("oracle.narrow", lambda c, kind: "NULL" if c in wide else c)
    assert_equals({name: [None] * len(cells) if name in wide else cells for name, cells in read.items()}, exact)


DUCKDB_TYPES = {"bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "oid": "UINTEGER", "float4": "FLOAT",
                "float8": "DOUBLE", "numeric_18_4": "DECIMAL(18,4)", "numeric_38_0": "DECIMAL(38,0)", "bytea": "BLOB",
                "numeric_38_38": "DECIMAL(38,38)", "uuid": "UUID", "date": "DATE", "time": "TIME", "time_3": "TIME",
                "timestamp": "TIMESTAMP", "timestamp_0": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE",
                "json": "JSON", "jsonb": "JSON", "numeric": "VARCHAR", "numeric_39_10": "VARCHAR", "numeric_60_10": "VARCHAR",
                "numeric_45_40": "VARCHAR", "numeric_76_50": "VARCHAR", "numeric_76_76": "VARCHAR", "numeric_76_0": "VARCHAR", "numeric_77_5": "VARCHAR", "numeric_1000_500": "VARCHAR", "text": "VARCHAR",
                "interval": "VARCHAR", "enum": "VARCHAR", "point": "VARCHAR"}


def test_the_type_table_in_duckdb(weir, shaped, nulled, tmp_path):
    path = tmp_path / "out.duckdb"
    holdable = nulled.derived("oracle.holdable", without_last_moment).derived(
        "oracle.positive", lambda c, kind: without_negative_zero(c, kind, c in shaped.lists))
    said = oracle.plan(weir, holdable, path)
    # Lists of decimals of more than 38 digits: a plan refuses them, and they can be JSON.
    refused = {c for c, column in said.items() if column["verdict"] == "refused"}
    assert refused == {c for c, column in said.items() if column["travelsAs"].startswith("list<element: decimal256")}
    done = weir.run("copy", holdable.pg.uri, path, "--table", holdable.name)
    assert done.code == 3 and "[plan.unsupported]" in done.err and all(f'column "{c}"' in done.err for c in refused)
    weir.ok("copy", holdable.pg.uri, path, "--table", holdable.name, "--columns", ",".join(refused), "--nested", "json")
    path.unlink()
    weir.ok("copy", holdable.pg.uri, path, "--table", holdable.name, "--columns", ",".join(c for c in said if c not in refused),
            "--memory", "2GiB")
    with duckdb.connect(str(path), read_only=True) as connection:
        types, read = read_by_duckdb(connection, "records")
    assert types == {c: column["targetType"] for c, column in said.items() if c not in refused}
    for column, kind in holdable.columns:
        if kind.base in DUCKDB_TYPES and (kind.form == "scalar" or column in shaped.lists) and column not in refused:
            of = DUCKDB_TYPES[kind.base] if kind.of in ("", "scalar") else "VARCHAR"
            assert types[column] == of + ("[]" if column in shaped.lists else ""), kind.sql
    without = holdable.derived("oracle.without", lambda c, kind: "NULL" if c in refused else c)
    assert_equals({**dict.fromkeys(refused, [None] * len(read["n"])), **read}, without)


def test_the_last_moment_is_refused_by_duckdb(weir, nulled, tmp_path):
    """It is the one that DuckDB reads as infinity."""
    last = differing(nulled, nulled.derived("oracle.holdable", without_last_moment))
    assert {kind.base for _, kind in last} >= {"timestamp", "timestamptz"} and {kind.form for _, kind in last} >= {"scalar", "array"}
    for column, _ in last:
        assert_refused(weir, nulled, tmp_path / "out.duckdb", column, "duckdb.value_out_of_range")


def without_last_moment(column, kind):
    return column if kind.base == "json" else without_misread(column, kind)


def without_negative_zero(column, kind, is_list):
    if kind.base not in type_forms.FLOATS or kind.form not in ("scalar", "array"):
        return column
    if not is_list:
        return f"CASE WHEN {column} = 0 THEN 0 ELSE {column} END"
    return (f"CASE WHEN {column} IS NULL THEN NULL ELSE ARRAY(SELECT CASE WHEN v = 0 THEN 0 ELSE v END "
            f"FROM unnest({column}) WITH ORDINALITY u (v, o) ORDER BY o) END")


# Settings of a role that change what PostgreSQL writes, how it reads a query, or when it gives up; none is the server's
# default. Not lc_monetary, which says what a money value is worth, and search_path, which decides whether a reg* type
# names a schema (docs/types.md): an empty one changes nothing about the names in this table. Not lc_numeric and
# lc_time, of which to_char and the like alone take notice.
ROLE_SETTINGS = {
    "DateStyle": "German, DMY", "TimeZone": "Asia/Kolkata", "IntervalStyle": "sql_standard", "bytea_output": "escape",
    "extra_float_digits": "-15", "xmloption": "document", "xmlbinary": "hex", "client_encoding": "LATIN1",
    "standard_conforming_strings": "off", "backslash_quote": "off", "search_path": "",
    "quote_all_identifiers": "on", "array_nulls": "off", "transform_null_equals": "on",
    "default_transaction_isolation": "serializable", "default_transaction_deferrable": "on",
    "default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "50ms",
    "client_min_messages": "debug5", "enable_seqscan": "off", "enable_tidscan": "off",
    "force_parallel_mode": "on", "jit_above_cost": "0", "plan_cache_mode": "force_generic_plan", "cursor_tuple_fraction": "0",
}
ODDER_SETTINGS = {
    "DateStyle": "Postgres, MDY", "TimeZone": "<+05:43>-05:43", "IntervalStyle": "iso_8601", "extra_float_digits": "0",
    "client_encoding": "SQL_ASCII", "lock_timeout": "1ms", "idle_session_timeout": "50ms",
    "default_transaction_isolation": "read uncommitted", "default_text_search_config": "english",
    "session_replication_role": "replica", "work_mem": "64kB",
}
# Of these a COPY of psql's takes notice: the others keep it from reading, or a query from being what it says.
SEEN_BY_COPY = ("DateStyle", "TimeZone", "IntervalStyle", "bytea_output", "extra_float_digits", "client_encoding",
                "quote_all_identifiers")


@pytest.mark.parametrize("settings", [ROLE_SETTINGS, ODDER_SETTINGS], ids=["german", "postgres"])
def test_the_settings_make_a_difference(truth, settings):
    """To who does not set them back."""
    query = f"COPY {truth.table.name} TO STDOUT"
    plain = truth.table.sql(f"{oracle.SESSION}{query}")
    for name in SEEN_BY_COPY:
        if name in settings and (name, settings[name]) != ("client_encoding", "SQL_ASCII"):  # the same bytes, unlike LATIN1's
            done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-d", truth.table.pg.uri, "-c",
                                   f"{oracle.SESSION}SET {name} = '{settings[name]}'; {query}"], capture_output=True)
            assert done.stdout.decode(errors="replace").strip() != plain, name


@pytest.mark.parametrize("settings", [ROLE_SETTINGS, ODDER_SETTINGS], ids=["german", "postgres"])
def test_settings_of_the_role_change_nothing(weir, truth, shaped, nulled, tmp_path, settings):
    truth.table.sql("DROP ROLE IF EXISTS odd; CREATE ROLE odd SUPERUSER LOGIN;\n" + "".join(
        f"ALTER ROLE odd SET {name} = '{value}';\n" for name, value in settings.items()))
    odd = truth.table.pg.uri.replace("postgres@", "odd@")
    assert weir.ok("copy", odd, "-", "--format", "csv", "--no-header", "--query",
                   "SELECT setting FROM pg_db_role_setting, unnest(setconfig) setting "
                   "WHERE setrole = 'odd'::regrole").out.count("\n") == len(settings)
    too_long = type_forms.too_long(truth)
    short = [c for c, _ in truth.columns if c not in too_long]
    for name, table, options in (("csv", truth.table, []), ("csv", truth.table, ["--dialect", "postgres"]),
                                 ("ndjson", truth.table, []), ("ndjson", truth.table, ["--dialect", "postgres"]),
                                 ("json", truth.table, ["--nested", "string"]), ("xml", truth.table, []),
                                 ("xlsx", truth.table, ["--nested", "json", "--columns", ",".join(short)]),
                                 ("parquet", nulled, []), ("arrow", shaped.table, ["--special-values", "string"])):
        paths = [tmp_path / f"{user}.{name}" for user in ("plain", "odd")]
        for path, uri in zip(paths, (truth.table.pg.uri, odd)):
            weir.ok("copy", uri, path, "--table", table.name, "--if-exists", "replace", "--jobs", 2, *options)
        plain, strange = (path.read_bytes() for path in paths)
        assert plain == strange, f"{name} {options[:2]}: {oracle.first_difference(plain, strange)}"


# What a naive query of the catalog would find first: tables, types, functions and operators of a schema that comes
# before pg_catalog, none of which does what it is called.
TRAP = """
SET client_min_messages = warning; DROP SCHEMA IF EXISTS trap CASCADE; CREATE SCHEMA trap;
DO $do$
DECLARE r record;
BEGIN
  FOR r IN SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
    EXECUTE format('CREATE TABLE trap.%I (oid oid)', r.relname);
  END LOOP;
  FOR r IN SELECT typname FROM pg_catalog.pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0 LOOP
    EXECUTE format('CREATE DOMAIN trap.%I AS bool CHECK (NOT VALUE)', r.typname);
  END LOOP;
  FOR r IN SELECT p.oid::regprocedure::text AS signature, proname, pg_get_function_identity_arguments(p.oid) AS arguments,
                  pg_get_function_result(p.oid) AS result
           FROM pg_catalog.pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND provariadic = 0
             AND proargmodes IS NULL AND prolang = 12 AND NOT EXISTS (
               SELECT FROM unnest(ARRAY[prorettype] || proargtypes::oid[]) t JOIN pg_catalog.pg_type y ON y.oid = t
               WHERE y.typtype = 'p') LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION %L; END $$',
                     r.proname, r.arguments, r.result, 'trapped by ' || r.signature);
    END;
  END LOOP;
  FOR r IN SELECT oprname, oprleft::regtype AS l, oprright::regtype AS r, proname AS f
           FROM pg_catalog.pg_operator JOIN pg_catalog.pg_proc p ON p.oid = oprcode
           WHERE oprkind = 'b' AND oprnamespace = 'pg_catalog'::regnamespace
             AND to_regprocedure(format('trap.%s(%s,%s)', proname, oprleft::regtype, oprright::regtype)) IS NOT NULL LOOP
    EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.%s)', r.oprname, r.l, r.r, r.f);
  END LOOP;
END $do$;
DROP ROLE IF EXISTS trapped; CREATE ROLE trapped SUPERUSER LOGIN;
"""


def test_a_search_path_with_a_trap(weir, truth, nulled, tmp_path):
    truth.table.sql(TRAP + "ALTER ROLE trapped SET search_path = trap, pg_catalog, public;")
    trapped = truth.table.pg.uri.replace("postgres@", "trapped@")
    with pytest.raises(RuntimeError, match="trapped by"):
        truth.table.sql("SET search_path = trap, pg_catalog; SELECT 1 + 1")
    columns = ",".join(c for c, kind in truth.columns if not kind.base.startswith("reg"))
    for name, table in (("csv", truth.table), ("ndjson", truth.table), ("parquet", nulled)):
        paths = [tmp_path / f"{user}.{name}" for user in ("plain", "trapped")]
        for path, uri in zip(paths, (truth.table.pg.uri, trapped)):
            weir.ok("copy", uri, path, "--table", table.name, "--columns", columns, "--jobs", 2)
        plain, strange = (path.read_bytes() for path in paths)
        assert plain == strange, f"{name}: {oracle.first_difference(plain, strange)}"
