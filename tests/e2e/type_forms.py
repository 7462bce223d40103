"""What docs/types.md promises of each type in each format, as a value that a foreign reader would give,
made from what PostgreSQL itself says; and those readers."""

import csv
import datetime
import io
import re
import subprocess
from decimal import Decimal

import foreign
import oracle
from oracle import JSON
from pg_types import SCALARS, TYPES

INTEGERS = ("int2", "int4", "int8", "oid")
FLOATS = ("float4", "float8")
TIMES = ("date", "timestamp", "timestamptz", "timestamp_0")
NOT_FINITE = ("NaN", "Infinity", "-Infinity", "infinity", "-infinity")
BEYOND_DECIMAL = ("numeric", "numeric_77_5", "numeric_1000_500")


def is_number(kind):
    return kind.form == "scalar" and (kind.base in INTEGERS + FLOATS or kind.base.startswith("numeric"))


def is_json(kind):
    return kind.base in JSON and kind.form == "scalar"


def is_nested(kind):
    """Whether row_to_json makes more than a string or a number of it."""
    return kind.form in ("array", "composite") or kind.base in ("hstore", "int2vector", "oidvector")


def may_be_special(kind):
    """Whether a text format calls one of the type's values special."""
    return kind.form == "scalar" and (kind.base in FLOATS + TIMES or kind.base.startswith("numeric"))


# --- What PostgreSQL says


def columns_of(table, expressions, order="n"):
    """The cells of each expression as COPY writes them; None for NULL."""
    query = f"SELECT {', '.join(expressions)} FROM {table.name} ORDER BY {order}"
    text = io.StringIO(table.copy(query, "(FORMAT csv)").decode(), newline="\n")
    rows = list(foreign.tokens_of_delimited(text, ","))
    return [tuple(row[i] for row in rows) for i in range(len(expressions))]


def json_expression(column, kind):
    if kind.form != "array":
        return f"to_json({column})"
    bounds = " OR ".join(f"array_lower({column}, {i}) <> 1" for i in range(1, 7))
    return f"CASE WHEN {bounds} THEN to_json({column}::text) ELSE to_json({column}) END"


class Truth:
    """The values of a table's columns as PostgreSQL's text and, of those that nest, as JSON; in storage order, which
    is that of weir's files and not always that of loading: a small row goes where a large one did not fit."""

    def __init__(self, table):
        self.table = table
        self.columns = [("n", TYPES["int8"]), *table.columns]
        self.text = dict(zip((c for c, _ in self.columns), columns_of(table, [c for c, _ in self.columns], "ctid")))
        nested = [(c, kind) for c, kind in self.columns if is_nested(kind)]
        expressions = [json_expression(*pair) for pair in nested]
        self.json = dict(zip((c for c, _ in nested), columns_of(table, expressions, "ctid")))


# --- What the documentation promises


def iso(text):
    """PostgreSQL's date or timestamp in ISO 8601."""
    match = re.fullmatch(r"(\d{4,})(-\d\d-\d\d)(?: (\d\d:\d\d:\d\d[.\d]*))?(\+00)?( BC)?", text)
    if not match:
        assert text in NOT_FINITE, text
        return text
    year, rest, clock, zone, before = match.groups()
    year = 1 - int(year) if before else int(year)
    if year < 0 or year > 9999:
        year = f"{'-' if year < 0 else '+'}{abs(year):04}"
    else:
        year = f"{year:04}"
    return year + rest + ("T" + clock if clock else "") + ("Z" if zone else "")


def as_text(kind, text):
    if kind.form == "scalar" and kind.base == "bool":
        return {"t": "true", "f": "false"}[text]
    return iso(text) if kind.form == "scalar" and kind.base in TIMES else text


def as_json(kind, text):
    """A scalar in JSON."""
    if kind.form == "scalar" and kind.base == "bool":
        return text == "t"
    text = as_text(kind, text)
    return foreign.Exact(text) if is_number(kind) and text not in NOT_FINITE else text


def digits_of(text):
    """The significant digits of a decimal number."""
    return len("".join(map(str, Decimal(text).as_tuple().digits)).strip("0"))


def as_cell(kind, text):
    """In a worksheet, by docs/formats/xlsx.md."""
    if kind.form == "scalar" and kind.base == "bool":
        return text == "t"
    if kind.form == "scalar" and kind.base == "date":
        match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
        if match and text >= "1900-03-01":
            return datetime.datetime(*map(int, match.groups()))
    if is_number(kind) and text not in NOT_FINITE:
        if kind.base not in FLOATS and digits_of(text) <= 15 and len(text.lstrip("-")) <= 300:
            return Decimal(text)
        if kind.base in FLOATS and (float(text) == 0 or 1e-307 <= abs(float(text)) <= 9.99e307):
            return Decimal(text)
    return as_text(kind, text)


def promised(truth, column, kind, name, nested=None, special=None):
    """What a reader of the text format or worksheet `name` finds in the column."""
    nested = nested or ("string" if name in ("csv", "tsv", "xlsx") else "json")
    native = name in ("json", "ndjson", "xml")
    cells = []
    for row, text in enumerate(truth.text[column]):
        if text is None or (special == "null" and may_be_special(kind) and text in NOT_FINITE):
            cells.append(None)
        elif is_nested(kind) and nested == "json":
            as_json_text = truth.json[column][row]
            cells.append(oracle.parse_exactly(as_json_text) if native else as_json_text)
        elif is_json(kind) and native and nested == "json":
            cells.append(oracle.parse_exactly(text))
        else:
            form = {"csv": as_text, "tsv": as_text, "xml": as_text, "xlsx": as_cell}.get(name, as_json)
            cells.append(form(kind, text))
    return cells


# --- Readers: column -> cells


def read_csv(path, delimiter=","):
    with foreign.open_text(path) as text:
        names, *rows = foreign.tokens_of_delimited(text, delimiter)
    with open(path, encoding="utf-8", newline="") as file:  # Python's own, which knows no NULL
        assert list(csv.reader(file, delimiter=delimiter)) == [names, *([cell or "" for cell in row] for row in rows)]
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def read_tsv(path):
    return read_csv(path, "\t")


def read_json(path):
    rows = oracle.json_rows(path)
    return {name: [row[i][1] for row in rows] for i, (name, _) in enumerate(rows[0])}


def read_xml(path):
    subprocess.run(["xmllint", "--noout", path], check=True)
    rows = oracle.xml_rows(path)
    return {name: [row[i][1] for row in rows] for i, (name, _) in enumerate(rows[0])}


def read_openpyxl(path):
    import openpyxl
    from openpyxl.utils.escape import unescape
    names, *rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    assert all(len(row) == len(names) for row in rows)
    return {name: [unescape(row[i]) if isinstance(row[i], str) else row[i] for row in rows] for i, name in enumerate(names)}


def read_calamine(path):
    import python_calamine
    names, *rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


READERS = {"csv": read_csv, "tsv": read_tsv, "ndjson": read_json, "json": read_json, "xml": read_xml, "xlsx": read_openpyxl}


def is_same_cell(want, got):
    """A worksheet's reader has floats for numbers."""
    if isinstance(want, Decimal):
        return type(got) in (int, float) and (float(want) == got or Decimal(repr(got)) == want)
    return type(want) is type(got) and want == got


def assert_column(kind, column, want, got, same=None):
    assert len(want) == len(got)
    for row, (expected, actual) in enumerate(zip(want, got), 1):
        right = same(expected, actual) if same else expected == actual and type(expected) is type(actual)
        assert right, (f"{kind.sql} (column {column}) in row {row}: promised {expected!r:.300}, "
                       f"the file has {actual!r:.300}")


def is_same_calamine(want, got):
    """This reader has no empty cell but '', dates of its own, and decodes escapes of control characters only."""
    if want is None or want == "":
        return got == ""
    if isinstance(want, datetime.datetime):
        return got == want.date()
    if isinstance(want, str):
        return isinstance(got, str) and got.replace("_xFFFF_", "\uffff").replace("_xFFFE_", "\ufffe") == want
    return is_same_cell(want, got)


CELL_MAX = 32767


def too_long(truth):
    """The columns with a text that is longer than a cell of a worksheet can be."""
    return [c for c, _ in truth.columns if any(text is not None and len(text) > CELL_MAX for text in truth.text[c])]


def assert_worksheet(weir, truth, folder, nested=None, special=None):
    """Each cell is as docs/formats/xlsx.md has it; a column with a text too long for a cell is refused by its name."""
    table, path = truth.table, folder / "out.xlsx"
    options = [*(["--nested", nested] if nested else []), *(["--special-values", special] if special else [])]
    arguments = ["copy", table.pg.uri, path, "--table", table.name, "--if-exists", "replace", *options]

    def assert_cells(columns, rows):
        read, calamine = read_openpyxl(path), read_calamine(path)
        assert list(read) == list(calamine) == [c for c, _ in columns]
        for column, kind in columns:
            want = [cell for cell, row in zip(promised(truth, column, kind, "xlsx", nested, special), rows, strict=True) if row]
            assert_column(kind, column, want, read[column], is_same_cell)
            assert_column(kind, column, want, calamine[column], is_same_calamine)

    long = too_long(truth)
    for column in long:
        done = weir.run(*arguments, "--columns", f"n,{column}")
        assert done.code == 1 and f'column "{column}", row ' in done.err and "leave the column out" in done.err, done
        assert "[xlsx.text_too_long]" in done.err
    weir.ok(*arguments, *(["--columns", ",".join(c for c, _ in truth.columns if c not in long)] if long else []))
    assert_cells([(c, kind) for c, kind in truth.columns if c not in long], [True] * len(truth.text["n"]))
    if long:
        rows = [all(len(truth.text[c][row] or "") <= CELL_MAX for c in long) for row in range(len(truth.text["n"]))]
        weir.ok(*arguments, "--where", " AND ".join(f"coalesce(length({c}::text), 0) <= {CELL_MAX}" for c in long))
        assert_cells(truth.columns, rows)


# --- Typed formats: what their types cannot hold, in SQL


def typed_special(kind, value):
    """Whether a value of the type beneath has no typed form; None if every one has."""
    if kind.base == "date":
        return f"NOT isfinite({value})"
    if kind.base in TIMES:
        zone = "+00" if kind.base == "timestamptz" else ""
        return f"(NOT isfinite({value}) OR {value} > '294247-01-10 04:00:54.775807{zone}')"
    if kind.base in ("time", "time_3"):
        return f"{value} = '24:00:00'"
    if kind.base.startswith("numeric") and kind.base not in BEYOND_DECIMAL:
        return f"{value} = 'NaN'"
    return None


VECTORS = ("int2vector", "oidvector")
SEPARATED_OTHERWISE = ("box",)  # {(1,1),(0,0);(2,2),(0,0)} would be no list of the same texts


def is_list(kind):
    if kind.form == "scalar":
        return kind.base in VECTORS
    return kind.form == "array" and kind.base not in SEPARATED_OTHERWISE


def lists_of(table, said):
    """The columns that travel as lists; the plan `said` has to agree."""
    lists = {c for c, kind in table.columns if is_list(kind)}
    assert lists == {c for c, _ in table.columns if said[c]["travelsAs"].startswith("list")}
    for column, kind in table.columns:
        if (is_nested(kind) or kind.form == "composite") and column not in lists:
            assert (said[column]["travelsAs"], said[column]["note"]) == ("string", "as PostgreSQL's text"), kind.sql
    return lists


def without_shapes(kind, column, is_list):
    """NULL for arrays that no list can say."""
    if not is_list or kind.form != "array":
        return column
    return f"CASE WHEN array_ndims({column}) > 1 OR array_lower({column}, 1) <> 1 THEN NULL ELSE {column} END"


def null_for_special(kind, column, is_list):
    """What `--special-values null` makes of the column in a typed format."""
    special = typed_special(kind, "v" if is_list else column) if kind.of in ("", "scalar") else None
    if special is None or kind.form == "composite":
        return column
    if not is_list:
        return f"CASE WHEN {special} THEN NULL ELSE {column} END" if kind.form == "scalar" else column
    return (f"CASE WHEN {column} IS NULL THEN NULL ELSE ARRAY(SELECT CASE WHEN {special} THEN NULL ELSE v END "
            f"FROM unnest({column}) WITH ORDINALITY u (v, o) ORDER BY o) END")


def typed_forms(table, said):
    """What is left of each column where a value that no typed format can hold is NULL; `said` is the plan's."""
    lists = lists_of(table, said)
    return {c: null_for_special(kind, without_shapes(kind, c, c in lists), c in lists) for c, kind in table.columns}


def refused_columns(table, forms):
    """The columns that have such a value."""
    changed = ", ".join(f"coalesce(bool_or({c}::text IS DISTINCT FROM ({form})::text), false)" for c, form in forms.items())
    out = table.sql(f"SELECT {changed} FROM {table.name}")
    return {c for c, answer in zip(forms, out.split("|"), strict=True) if answer == "t"}


def assert_reads_back(weir, table, path, *options):
    weir.ok("copy", table.pg.uri, path, "--table", table.name, "--if-exists", "replace", *options)
    oracle.load_typed(table, "oracle.back", oracle.read_typed(path))
    table.assert_same("oracle.back", table.columns)


REFUSED = re.compile(r'column "(c\d+)", row \d+.*\[postgres\.(special_value|array_shape)\]', re.DOTALL)


def assert_identity(weir, table, folder, name):
    """PostgreSQL -> file -> PostgreSQL is the identity, for the plan says that all of it is exact. A value that a
    column's type cannot hold is refused by the column's name: as text it is exact, and so is the rest as it is."""
    path = folder / f"out.{name}"
    said = oracle.plan(weir, table, path)
    assert {column["verdict"] for column in said.values()} <= {"exact", "widened"}, said
    forms = typed_forms(table, said)
    refused = refused_columns(table, forms)
    if refused:
        done = weir.run("copy", table.pg.uri, path, "--table", table.name, "--if-exists", "replace")
        match = REFUSED.search(done.err)
        assert done.code == 1 and match and match[1] in refused, f"{refused}: {done}"
        assert_reads_back(weir, table, path, "--special-values", "string", "--nested", "string")
        table = table.derived("oracle.typed", lambda c, _: forms[c])
    assert_reads_back(weir, table, path)
