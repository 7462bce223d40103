"""Every type of DuckDB, alone and inside every nested type, leaves as DuckDB itself says, or by name."""

import json
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import duckdb_types
import oracle
import type_forms

TEXT_FORMATS = ["csv", "ndjson", "json", "xml"]
TYPED_FORMATS = ["parquet", "arrow"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("duckdb") / "types.duckdb"
    with duckdb.connect(str(path)) as connection:
        duckdb_types.make(connection)
    return path


@pytest.fixture(scope="module")
def truth(source):
    return duckdb_types.Truth(source)


def is_json_text(kind, name, nested):
    """Whether a text format has JSON in a string where other nested values would be, too."""
    if duckdb_types.holds_type(kind, "union"):
        return name == "csv" or nested == "string"
    return name == "csv" and nested == "json" and kind.id in duckdb_types.NESTED


def promised(truth, column, name, nested, special):
    kind, said, nulls = truth.kinds[column], truth.text[column], special == "null"
    is_native = name != "csv" and nested != "string"
    if kind.id in duckdb_types.NESTED:
        if is_native or is_json_text(kind, name, nested):
            return [duckdb_types.in_json(kind, v, nulls) for v in said]
        return truth.whole[column]
    is_cell = name == "csv" or name == "xml" and str(kind) != "JSON" or str(kind) == "JSON" and not is_native
    return [(duckdb_types.in_cell if is_cell else duckdb_types.in_json)(kind, v, nulls) for v in said]


def assert_cells(column, kind, want, got, same):
    for row, (expected, actual) in enumerate(zip(want, got, strict=True), 1):
        assert same(expected, actual), (f"{kind} (column {column}) in row {row}: DuckDB has {expected!r:.300}, "
                                        f"the file {actual!r:.300}")


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("nested, special", [(None, None), ("json", "null"), ("string", "string")])
def test_text(weir, source, truth, tmp_path, name, nested, special):
    path = tmp_path / f"out.{name}"
    options = [*(["--nested", nested] if nested else []), *(["--special-values", special] if special else [])]
    weir.ok("copy", source, path, "--table", "t", *options)
    read = type_forms.READERS[name](path)
    assert list(read) == list(truth.kinds)
    for column, kind in truth.kinds.items():
        if duckdb_types.holds_type(kind, "TIMESTAMP_NS") and (special == "null" or kind.id in duckdb_types.NESTED):
            continue
        got = read[column]
        if is_json_text(kind, name, nested):
            got = [None if cell is None else oracle.parse_exactly(cell) for cell in got]
        assert_cells(column, kind, promised(truth, column, name, nested, special), got, duckdb_types.is_same)


def assert_refused(weir, source, path, column, code, *options):
    """A copy of one column alone that fails at a value of it; what it says."""
    done = weir.run("copy", source, path, "--table", "t", "--columns", column, *options)
    assert done.code == 1 and f"[{code}]" in done.err and re.search(rf'column "{column}["\.]', done.err), done
    assert not path.exists()
    return done.err


def test_special_values_are_refused_by_name(weir, source, truth, tmp_path):
    special = [c for c, kind in truth.kinds.items() if not duckdb_types.holds_type(kind, "union") and any(
        duckdb_types.holds_type(kind, name) for name in ("FLOAT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS",
                                                         "TIMESTAMP WITH TIME ZONE"))]
    assert len(special) > 50
    for column in special:
        err = assert_refused(weir, source, tmp_path / "out.ndjson", column, "format.special_value", "--special-values", "error")
        assert "--special-values string" in err and "--special-values null" in err


def read_typed(path):
    if path.suffix == ".parquet":
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    else:
        table = pa.ipc.open_stream(path.read_bytes()).read_all()
    table.validate(full=True)
    return {name: [v for chunk in column.chunks for v in duckdb_types.plain(chunk)]
            for name, column in zip(table.column_names, table.columns, strict=True)}


def assert_typed(truth, read, want):
    assert list(read) == list(want)
    for column, said in want.items():
        kind, got = truth.kinds[column], read[column]
        if duckdb_types.holds_type(kind, "union"):
            in_json = [duckdb_types.in_json(kind, v) for v in truth.text[column]]
            got = [None if text is None else oracle.parse_exactly(text) for text in got]
            assert_cells(column, kind, in_json, got, duckdb_types.is_same)
        else:
            assert_cells(column, kind, said, got, duckdb_types.is_same_typed)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_typed_without_what_has_no_form(weir, source, truth, tmp_path, name):
    """Infinities and 24:00:00 become NULL; Parquet's times are cut to microseconds where that is allowed."""
    path = tmp_path / f"out.{name}"
    want = {c: cells for c, cells in (truth.micros if name == "parquet" else truth.typed).items()
            if not (c in truth.special and c.startswith("keys"))}
    lossy = ["--allow-lossy", ",".join(c for c in want if c in truth.fine)] if name == "parquet" else []
    weir.ok("copy", source, path, "--table", "t", "--columns", ",".join(want), "--special-values", "null", *lossy)
    assert_typed(truth, read_typed(path), want)


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_typed_with_strings_for_what_has_no_form(weir, source, truth, tmp_path, name):
    path = tmp_path / f"out.{name}"
    weir.ok("copy", source, path, "--table", "t", "--special-values", "string")
    assert_typed(truth, read_typed(path), {c: (truth.text if c in truth.special else truth.typed)[c] for c in truth.kinds})


def test_what_typed_formats_cannot_hold_is_refused_by_name(weir, source, truth, tmp_path):
    assert len(truth.special) > 50
    for column in truth.special:
        err = assert_refused(weir, source, tmp_path / "out.arrow", column, "duckdb.special_value")
        assert "--special-values null" in err and "--special-values string" in err


def test_what_is_finer_than_parquet_is_refused_by_name(weir, source, truth, tmp_path):
    fine = [c for c in truth.fine if not c.startswith("keys")]
    assert len(fine) > 10
    for column in fine:
        err = assert_refused(weir, source, tmp_path / "out.parquet", column, "format.inexact_value", "--special-values", "null")
        assert f"--allow-lossy {column} " in err


@pytest.mark.parametrize("name", TYPED_FORMATS)
def test_keys_of_maps_do_not_become_null(weir, source, truth, tmp_path, name):
    keys = [c for c in truth.special if c.startswith("keys")]
    assert len(keys) > 5
    for column in keys:
        done = weir.run("copy", source, tmp_path / f"out.{name}", "--table", "t", "--columns", column, "--special-values", "null")
        assert done.code == 1 and f'column "{column}' in done.err and "--special-values string" in done.err, done
        assert list(tmp_path.iterdir()) == []


ARROW_TYPES = {
    "BOOLEAN": "bool", "TINYINT": "int8", "SMALLINT": "int16", "INTEGER": "int32", "BIGINT": "int64", "UTINYINT": "uint8",
    "USMALLINT": "uint16", "UINTEGER": "uint32", "UBIGINT": "uint64", "FLOAT": "float", "DOUBLE": "double",
    "HUGEINT": "decimal256(39, 0)", "UHUGEINT": "decimal256(39, 0)", "BIGNUM": "string", "VARCHAR": "string", "BLOB": "binary",
    "BIT": "string", "UUID": "extension<arrow.uuid>", "JSON": "extension<arrow.json>", "DATE": "date32[day]", "TIME": "time64[us]",
    "TIME_NS": "time64[ns]", "TIME WITH TIME ZONE": "string", "INTERVAL": "string", "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP_S": "timestamp[us]", "TIMESTAMP_MS": "timestamp[us]", "TIMESTAMP_NS": "timestamp[ns]",
    "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]", "GEOMETRY": "string"}


def arrow_type(kind):
    if kind.id == "decimal":
        return f"decimal128({kind.children[0][1]}, {kind.children[1][1]})"
    return "string" if kind.id == "enum" else ARROW_TYPES[str(kind)]


def test_types_are_those_that_are_documented(weir, source, truth, tmp_path):
    path = tmp_path / "out.arrow"
    weir.ok("copy", source, path, "--table", "t", "--where", "false")
    schema = pa.ipc.open_stream(path.read_bytes()).schema
    for column, kind in truth.kinds.items():
        if column.startswith(("scalar", "list", "array")) and kind.id not in ("union", "struct") and column[:5] != "lists":
            one = dict(kind.children)["child"] if kind.id in ("list", "array") else kind
            found = schema.field(column).type
            assert str(found.value_type if one is not kind else found).split("[json]")[0] == arrow_type(one), column
    said = json.loads(weir.ok("plan", source, path, "--table", "t", "--json", "--if-exists", "replace").out)["columns"]
    assert {c["name"]: c["sourceType"] for c in said} == {c: str(kind) for c, kind in truth.kinds.items()}


@pytest.mark.parametrize("name", ["ndjson", "csv"])
@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ"])
def test_times_before_the_text_forms_range_are_refused_by_name(weir, tmp_path, name, kind):
    path, source = tmp_path / f"out.{name}", tmp_path / "early.duckdb"
    with duckdb.connect(str(source)) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT v AS alone, [v] AS inside, {{'a': v}} AS member, MAP {{'k': v}} AS entry "
                           f"FROM (SELECT '290309-12-22 (BC) 00:00:00'::{kind} AS v)")
    for column in ("alone", "inside", "member", "entry") if name == "ndjson" else ("alone",):
        assert_refused(weir, source, path, column, "duckdb.value_out_of_range")
    weir.ok("copy", source, tmp_path / "out.arrow", "--table", "t")


@pytest.mark.parametrize("name", ["ndjson", "parquet", "arrow"])
def test_a_query_gives_what_the_table_gives(weir, source, tmp_path, name):
    options = ["--special-values", "string"]
    table, query = tmp_path / f"table.{name}", tmp_path / f"query.{name}"
    weir.ok("copy", source, table, "--table", "t", "--jobs", 2, *options)
    weir.ok("copy", source, query, "--query", "SELECT * FROM t", *options)
    assert table.read_bytes() == query.read_bytes()


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize("options", [["--table", "t", "--limit", 0], ["--query", "SELECT n FROM t WHERE 1 = 0"],
                                     ["--query", "SELECT n FROM t WHERE n > 1000"], ["--query", "SELECT 1 AS n LIMIT 0"]])
def test_no_rows(weir, source, tmp_path, name, options):
    path = tmp_path / f"out.{name}"
    record = weir.copy(source, path, *options, "--columns", "n")
    assert record["rows"] == 0 and [c["name"] for c in record["columns"]] == ["n"]


VARIANTS = {"1::VARIANT": 1, "'a\"b'::VARIANT": 'a"b', "[1, NULL]::VARIANT": [1, None], "{'a': true}::VARIANT": {"a": True},
            "NULL::VARIANT": None}


@pytest.mark.parametrize("name", ["ndjson", "csv", "parquet", "arrow"])
def test_variants_are_json(weir, tmp_path, name):
    path = tmp_path / f"out.{name}"
    weir.ok("copy", "duckdb:", path, "--query", "SELECT " + ", ".join(f"{v} AS v{i}" for i, v in enumerate(VARIANTS)))
    if name == "ndjson":
        cells = list(json.loads(path.read_text()).values())
    else:
        read = read_typed(path) if name in TYPED_FORMATS else type_forms.READERS[name](path)
        cells = [None if cell is None else json.loads(cell) for [cell] in read.values()]
    assert cells == list(VARIANTS.values())
