"""DuckDB's types with their awkward values, alone and inside every nested type, and what DuckDB says of them."""

import re
import struct
import uuid

import duckdb
import pyarrow as pa

import foreign
import oracle
import type_forms
from pg_types import AWKWARD

INFINITE = ["infinity", "-infinity"]
LAST = "294247-01-10 04:00:54.775806"
FLOATS = ["nan", "inf", "-inf", "0", "-0", "1", "-1.5", "0.1", "1e15", "1e16", "123456.7", "1e-5", "0.0001"]
INSTANTS = ["1969-12-31 23:59:59.999999", "2024-02-29 01:02:03.1", "0001-01-01 00:00:00", "0044-03-15 (BC) 12:00:00",
            "9999-12-31 23:59:59", "10000-01-01 00:00:00", "1883-11-18 12:00:00"]
NANOS = ["1970-01-01 00:00:00.123456789", "2262-04-11 23:47:16.854775806", "1677-09-22 00:00:00.000001",
         "2024-02-29 01:02:03.1"]

# The type in SQL and its values as DuckDB reads them from text.
SCALARS = {
    "BOOLEAN": ["true", "false"], "TINYINT": ["-128", "0", "127"], "SMALLINT": ["-32768", "32767"],
    "INTEGER": ["-2147483648", "-1", "2147483647"],
    "BIGINT": ["-9223372036854775808", "9007199254740993", "9223372036854775807"],
    "HUGEINT": ["-170141183460469231731687303715884105728", "-1", "0", "170141183460469231731687303715884105727"],
    "UTINYINT": ["0", "255"], "USMALLINT": ["0", "65535"], "UINTEGER": ["0", "4294967295"],
    "UBIGINT": ["0", "18446744073709551615"], "UHUGEINT": ["0", "340282366920938463463374607431768211455"],
    "BIGNUM": ["0", "-5", "123456789" * 30, "-" + "9" * 60],
    "FLOAT": [*FLOATS, "3.4028235e+38", "1e-45"], "DOUBLE": [*FLOATS, "1.7976931348623157e308", "5e-324"],
    "DECIMAL(4,1)": ["-999.9", "-0.1", "0", "999.9"], "DECIMAL(9,4)": ["-99999.9999", "0.0001"],
    "DECIMAL(18,6)": ["-999999999999.999999", "1.1"], "DECIMAL(38,0)": ["-" + "9" * 38, "0", "9" * 38],
    "DECIMAL(38,10)": ["9" * 28 + "." + "9" * 10, "-0.0000000001"], "DECIMAL(38,38)": ["-0." + "9" * 38, "0"],
    "VARCHAR": [*AWKWARD, "a\0b"], "BLOB": ["", "\\x00\\xFF\\x5C\\x0A", "a'b"], "BIT": ["0", "1", "0010101", "1" * 70],
    "UUID": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
             "00112233-4455-6677-8899-aabbccddeeff"],
    "mood": ["sad", 'it\'s "fine"', "a,b", "größer"],
    "DATE": [*INFINITE, "1970-01-01", "2024-02-29", "5877642-06-25 (BC)", "5881580-07-10", "0044-03-15 (BC)",
             "0001-01-01 (BC)", "9999-12-31", "10000-01-01"],
    "TIME": ["00:00:00", "24:00:00", "23:59:59.999999", "12:34:56.7"],
    "TIME_NS": ["00:00:00", "24:00:00", "23:59:59.999999999", "12:34:56.7"],
    "TIMETZ": ["00:00:00+00", "24:00:00-15:59:59", "12:34:56.789+05:30"],
    "TIMESTAMP": [*INFINITE, *INSTANTS, LAST], "TIMESTAMP_S": [*INFINITE, *INSTANTS], "TIMESTAMP_MS": [*INFINITE, *INSTANTS],
    "TIMESTAMP_NS": [*INFINITE, *NANOS], "TIMESTAMPTZ": [*INFINITE, *(i + "+00" for i in INSTANTS)],
    "INTERVAL": ["0 days", "-1 year 2 months -3 days 04:05:06.789", "1 day", "-00:00:00.000001",
                 "178956970 years 7 months"],
    "JSON": ["null", "1", "123456789012345678901234567890.10", '"text"', '{"a":  1.10, "a":[{}, []]}',
             '"\\ud83d\\ude00\\n"', "-0.0e1"],
    "GEOMETRY": ["POINT (1 -2.5)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", "POINT EMPTY"],
}

FORMS = {
    "scalar": "{v}",
    "list": "CASE WHEN {v} IS NULL AND n % 3 = 0 THEN NULL WHEN {v} IS NULL AND n % 3 = 1 THEN [] "
            "ELSE [{v}, NULL, {v}] END::{t}[]",
    "array": "CASE WHEN {v} IS NULL AND n % 2 = 0 THEN NULL ELSE [{v}, NULL] END::{t}[2]",
    "struct": "CASE WHEN {v} IS NULL AND n % 2 = 0 THEN NULL "
              "ELSE {{'a': {v}, 'b \"c': n}} END::STRUCT(a {t}, \"b \"\"c\" BIGINT)",
    "map": "CASE WHEN {v} IS NULL AND n % 2 = 0 THEN NULL WHEN {v} IS NULL THEN MAP {{}} "
           "ELSE MAP {{'k': {v}, '': NULL}} END::MAP(VARCHAR, {t})",
    "keys": "CASE WHEN {v} IS NULL THEN MAP {{}} ELSE MAP {{{v}: n}} END::MAP({t}, BIGINT)",
    "lists": "[[{v}], [], NULL, [NULL, {v}]]::{t}[][]",
    "structs": "[{{'a': {v}, 'b': [{v}]}}, NULL]::STRUCT(a {t}, b {t}[])[]",
    "union": "CASE WHEN {v} IS NULL AND n % 2 = 0 THEN NULL "
             "WHEN {v} IS NULL THEN union_value(other := n)::UNION(other BIGINT, v {t}) "
             "ELSE union_value(v := {v})::UNION(other BIGINT, v {t}) END",
    "unions": "[union_value(v := {v})::UNION(v {t}), NULL]",
}


def make(connection):
    """Tables `base`, of the values, and `t`, of all forms of them."""
    connection.execute("SET TimeZone = 'UTC'; CREATE TYPE mood AS ENUM ('sad', 'it''s \"fine\"', 'a,b', 'größer')")
    connection.execute(f"CREATE TABLE base (n BIGINT, {', '.join(f'v{i} {t}' for i, t in enumerate(SCALARS))})")
    for n in range(max(map(len, SCALARS.values())) + 3):
        cells = [values[n] if n < len(values) else None for values in SCALARS.values()]
        connection.execute(f"INSERT INTO base VALUES ({n}, {', '.join(f'?::{t}' for t in SCALARS)})", cells)
    columns = [f"{expression.format(v=f'v{i}', t=t)} AS {form}{i}"
               for form, expression in FORMS.items() for i, t in enumerate(SCALARS)]
    connection.execute(f"CREATE TABLE t AS SELECT n, {', '.join(columns)} FROM base ORDER BY n")


# --- What DuckDB says: each value in its own shape, with texts at the leaves

NESTED = ("list", "array", "map", "struct", "union")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def shaped(kind, value, leaf, depth=0):
    """SQL that gives `value` with `leaf(type, value)` for what is not nested."""
    if kind.id not in NESTED:
        return leaf(kind, value)
    one, children = f"v{depth}", [(name, child) for name, child in kind.children if name not in ("size", "")]

    def below(child, value):
        return shaped(child, value, leaf, depth + 1)
    if kind.id in ("list", "array"):
        element = children[0][1]
        return f"list_transform({value}::{element}[], lambda {one}: {below(element, one)})"
    if kind.id == "map":
        members = ", ".join(f"{name} := {below(child, f'{one}.{name}')}" for name, child in children)
        return f"list_transform(map_entries({value}), lambda {one}: struct_pack({members}))"
    if kind.id == "union":  # weir has DuckDB make JSON of it
        children = [("tag", None), *children]
        leaf = union_leaf if leaf is text_leaf else leaf
    members = ", ".join(
        f"{quoted(name)} := " + (below(child, f"({value}).{quoted(name)}") if child else f"union_tag({value})::VARCHAR")
        for name, child in children)
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({members}) END"


def text_leaf(kind, value):
    if kind.id == "blob":
        return f"'\\x' || lower(hex({value}))"
    if kind.id == "decimal":  # DuckDB writes .5
        return rf"regexp_replace({value}::VARCHAR, '^(-?)\.', '\10.')"
    return f"{value}::VARCHAR"


def union_leaf(kind, value):
    return text_leaf(kind, value) if kind.id == "decimal" else f"{value}::VARCHAR"


def is_time(kind):
    return kind.id == "date" or kind.id.startswith("timestamp")


def special(kind, value):
    """Whether typed formats have no form for it, in SQL."""
    if is_time(kind):
        return f"NOT isfinite({value})"
    return f"{value} = '24:00:00'" if kind.id in ("time", "time_ns") else "false"


def typed_leaf(kind, value):
    """Numbers of days, microseconds or nanoseconds; NULL for what has no typed form."""
    if kind.id == "date":
        text = f"{value} - DATE '1970-01-01'"
    elif kind.id in ("time_ns", "timestamp_ns"):
        text = f"epoch_ns({value})"
    elif kind.id == "time" or is_time(kind):
        text = f"epoch_us({value})"
    else:
        return text_leaf(kind, value)
    return f"CASE WHEN {special(kind, value)} THEN NULL ELSE ({text})::VARCHAR END"


def micros_leaf(kind, value):
    """The same, nanoseconds cut to microseconds."""
    if kind.id not in ("time_ns", "timestamp_ns"):
        return typed_leaf(kind, value)
    nanos = f"CASE WHEN {special(kind, value)} THEN NULL ELSE epoch_ns({value})::HUGEINT END"
    return f"(({nanos} - ({nanos} % 1000 + 1000) % 1000) // 1000)::VARCHAR"


def special_leaf(kind, value):
    return f"coalesce({special(kind, value)}, false)"


def fine_leaf(kind, value):
    """Whether it is finer than a microsecond."""
    if kind.id not in ("time_ns", "timestamp_ns"):
        return "false"
    return f"CASE WHEN {special(kind, value)} THEN false ELSE coalesce(epoch_ns({value}) % 1000 <> 0, false) END"


def holds(value):
    """Whether any leaf of booleans is true."""
    if isinstance(value, dict):
        return any(map(holds, value.values()))
    return any(map(holds, value)) if isinstance(value, list) else value is True


class Truth:
    def __init__(self, path):
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            table = connection.table("t")
            self.kinds = {name: kind for name, kind in zip(table.columns, table.types)}
            self.text, self.typed, self.micros, special, fine = (
                self.ask(connection, lambda c, kind: shaped(kind, c, leaf))
                for leaf in (text_leaf, typed_leaf, micros_leaf, special_leaf, fine_leaf))
            self.whole = self.ask(connection, lambda c, kind: f"{c}::VARCHAR")
        self.special = {c for c, cells in special.items() if holds(cells) and not holds_type(self.kinds[c], "union")}
        self.fine = {c for c, cells in fine.items() if holds(cells) and not holds_type(self.kinds[c], "union")}

    def ask(self, connection, expression):
        expressions = ", ".join(expression(c, kind) for c, kind in self.kinds.items())
        columns = zip(*connection.execute(f"SELECT {expressions} FROM t ORDER BY rowid").fetchall(), strict=True)
        return {c: list(cells) for c, cells in zip(self.kinds, columns, strict=True)}


# --- What the documentation promises of it

INTEGERS = tuple(f"{u}{size}" for u in ("", "u") for size in ("tinyint", "smallint", "integer", "bigint", "hugeint"))
NUMBERS = (*INTEGERS, "decimal", "bignum", "float", "double")
NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class Nearest(foreign.Exact):
    """A float's text: any other that is read back as the same float is as good."""

    def bits(self, text):
        return struct.pack("<d", float(text))


class NearestSingle(Nearest):
    def bits(self, text):
        return struct.pack("<f", float(text))


def iso(text):
    return text if text in INFINITE else type_forms.iso(re.sub(r"^(\S+) \(BC\)(.*)$", r"\1\2 BC", text))


def leaf_in_json(kind, text, in_union, nulls):
    is_special = text in NOT_FINITE and kind.id in ("float", "double") or text in INFINITE and is_time(kind)
    if text is None or nulls and not in_union and is_special:
        return None
    if kind.id == "boolean":
        return text == "true"
    if kind.id in ("float", "double"):
        return NOT_FINITE.get(text) or (Nearest if kind.id == "double" else NearestSingle)(text)
    if str(kind) == "JSON" and not in_union:
        return oracle.parse_exactly(text)
    if is_time(kind) and not in_union:
        return iso(text)
    return foreign.Exact(text) if kind.id in NUMBERS else text


def in_json(kind, said, nulls=False, in_union=False):
    """What docs/formats/json.md promises, given what Truth.text says."""
    if said is None:
        return None
    if kind.id not in NESTED:
        return leaf_in_json(kind, said, in_union, nulls)
    children = dict(kind.children)
    if kind.id in ("list", "array"):
        return [in_json(children["child"], v, nulls, in_union) for v in said]
    if kind.id == "struct":
        return oracle.Members((name, in_json(child, said[name], nulls, in_union)) for name, child in kind.children)
    if kind.id == "union":
        return oracle.Members([(said["tag"], in_json(children[said["tag"]], said[said["tag"]], nulls, True))])
    entries = [[(part, in_json(children[part], v[part], nulls, in_union)) for part in ("key", "value")] for v in said]
    if has_string_keys(children["key"]):
        return oracle.Members((key[1], value[1]) for key, value in entries)
    return [oracle.Members(entry) for entry in entries]


def has_string_keys(kind):
    """Keys that travel as text make a map an object."""
    return kind.id in ("varchar", "bit", "enum", "interval", "time with time zone", "time_ns", "timestamp_ns",
                       "geometry") and str(kind) != "JSON"


def in_cell(kind, said, nulls=False):
    """A scalar in CSV."""
    if str(kind) == "JSON":
        return said
    value = leaf_in_json(kind, said, False, nulls)
    return said if isinstance(value, bool) else value


def is_same(want, got):
    if isinstance(want, Nearest):
        return isinstance(got, str) and want.bits(want) == want.bits(got)
    if isinstance(want, list):
        return type(want) is type(got) and len(want) == len(got) and all(map(is_same, want, got))
    if isinstance(want, tuple):  # a member
        return want[0] == got[0] and is_same(want[1], got[1])
    return want == got and (want is None) == (got is None) and isinstance(want, bool) == isinstance(got, bool)


def holds_type(kind, name):
    return str(kind) == name or kind.id == name or kind.id in NESTED and any(
        holds_type(child, name) for part, child in kind.children if part not in ("size", ""))


def plain(array):
    """An Arrow array's values in the shape of Truth.typed."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return [None if v is None else str(uuid.UUID(bytes=v)) for v in array.storage.to_pylist()]
        return plain(array.storage)
    if pa.types.is_map(kind):
        entries = [{"key": k, "value": v} for k, v in zip(plain(array.keys), plain(array.items), strict=True)]
        return cut(array, entries)
    if pa.types.is_list(kind):
        return cut(array, plain(array.values))
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        rows = zip(*(plain(array.field(i)) for i in range(len(names))), strict=True)
        return [dict(zip(names, row)) if valid else None for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)]
    if pa.types.is_temporal(kind):
        array = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    values = array.to_pylist()
    if pa.types.is_binary(kind):
        return [None if v is None else "\\x" + v.hex() for v in values]
    if pa.types.is_decimal(kind):
        return [None if v is None else format(v, "f") for v in values]
    if pa.types.is_boolean(kind):
        return [None if v is None else str(v).lower() for v in values]
    if pa.types.is_floating(kind):
        nearest = NearestSingle if pa.types.is_float32(kind) else Nearest
        return [None if v is None else nearest(repr(v)) for v in values]
    return [None if v is None else str(v) for v in values]


def cut(array, values):
    """The lists of an array from the values of all of them."""
    offsets = array.offsets.to_pylist()
    return [values[a:b] if valid else None for a, b, valid in zip(offsets, offsets[1:], array.is_valid().to_pylist())]


def is_same_typed(want, got):
    if isinstance(got, Nearest):
        return want is not None and (got.bits(want) == got.bits(got) or float(want) != float(want) and float(got) != float(got))
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(is_same_typed, want, got))
    if isinstance(want, dict) and isinstance(got, dict):
        return list(want) == list(got) and all(is_same_typed(want[name], got[name]) for name in want)
    return want == got
