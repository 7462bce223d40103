"""The oracle: a table of any types, what PostgreSQL itself says of it, and loaders that bring what weir
wrote back into PostgreSQL, with readers that are not weir's."""

import copy
import dataclasses
import io
import json
import random
import re
import struct
import subprocess
import time
import xml.etree.ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq

import foreign
import xml_reader
from pg_types import TYPES, clock_text, date_text, quoted, timestamp_text

JSON = ("json", "jsonb")
SESSION = ("SET DateStyle='ISO'; SET TimeZone='UTC'; SET IntervalStyle='postgres'; "
           "SET bytea_output='hex'; SET extra_float_digits=3;\n")


def csv_cell(text):
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def cells_of(kind, rows, rng):
    """All the edges of the type and a NULL, as far as there are rows, random values and more NULLs; in any order."""
    always = [*kind.edges, None]
    cells = rng.sample(always, min(rows, len(always)))
    cells += [None if rng.random() < 0.1 else kind.draw(rng) for _ in range(rows - len(cells))]
    rng.shuffle(cells)
    return cells


class Table:
    """A table of one column for each of `names`, of TYPES or Types themselves, its cells as `cells_of` has them."""

    def __init__(self, pg, names, rows, seed, name="oracle.t"):
        self.pg, self.name = pg, name
        self.columns = [(f"c{i}", TYPES.get(name, name)) for i, name in enumerate(names)]
        rng = random.Random(seed)
        self.rows = list(zip(*(cells_of(kind, rows, rng) for _, kind in self.columns), strict=True))
        self.write()

    def write(self):
        lines = [",".join([str(n), *map(csv_cell, row)]) for n, row in enumerate(self.rows)]
        self.sql(self.make(self.name, self.columns) + self.load(self.name, lines))

    def part(self, rows, columns):
        """In its place, the table of these of its rows and columns alone."""
        table = copy.copy(self)
        table.columns = [self.columns[i] for i in columns]
        table.rows = [[self.rows[n][i] for i in columns] for n in rows]
        table.write()
        return table

    def derived(self, name, expression, sql=None):
        """The same rows with `expression(column, type)` for each value, as table `name`; all of the type `sql` if that is given."""
        expressions = ", ".join(["n", *(expression(*c) for c in self.columns)])
        columns = [(c, dataclasses.replace(kind, sql=sql)) for c, kind in self.columns] if sql else self.columns
        self.sql(f"{self.make(name, columns)}INSERT INTO {name} SELECT {expressions} FROM {self.name} ORDER BY n")
        table = copy.copy(self)
        table.name = name
        return table

    def sql(self, statements):
        return self.pg.sql("SET client_min_messages = warning;\n" + statements)

    def make(self, name, columns, json_as=None):
        """The statements that do it: one psql runs several."""
        columns = [f"{c} {json_as if json_as and kind.base in JSON else kind.sql}" for c, kind in columns]
        return f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({', '.join(['n int8', *columns])});\n"

    def load(self, name, lines):
        path = self.pg.dir / "load.csv"
        path.write_text("".join(line + "\n" for line in lines), newline="\n")
        return f"\\copy {name} from '{path}' with (format csv)\n"

    def copy(self, query, options) -> bytes:
        done = subprocess.run(["psql", "-X", "-q", "-d", self.pg.uri, "-c", f"{SESSION}COPY ({query}) TO STDOUT {options}"],
                              capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def row_to_json(self) -> bytes:
        """Through COPY: psql itself leaves characters out that it takes for unprintable."""
        out = self.copy(f"SELECT row_to_json(w)::text FROM {self.name} w", "")
        plain = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"\\": b"\\"}
        return re.sub(rb"\\(.)", lambda m: plain[m[1]], out)

    def assert_same(self, back, columns, json_alike=False):
        """The rows of table `back` are those of this one."""
        plain = [c for c, kind in columns if not (json_alike and kind.base in JSON)]
        query = f"SELECT {', '.join(['n', *plain])} FROM {{}} ORDER BY n"
        if self.copy(query.format(self.name), "") == self.copy(query.format(back), ""):
            columns = [(c, kind) for c, kind in columns if c not in plain]
        for column, kind in columns:
            ours, theirs = (self.cells(name, column, kind, json_alike) for name in (self.name, back))
            for row, (expected, actual) in enumerate(zip(ours, theirs, strict=True), 1):
                assert expected == actual, (f"{kind.sql} in row {row}: PostgreSQL has {expected!r:.300}, "
                                            f"the file {actual!r:.300}")

    def cells(self, name, column, kind, json_alike):
        if json_alike and kind.base in JSON:
            # JSON cannot tell a null from no value, and white space is nothing to it.
            text = self.copy(f"SELECT n, {column}::text FROM {name} ORDER BY n", "(FORMAT csv)").decode()
            cells = foreign.tokens_of_delimited(io.StringIO(text, newline="\n"), ",")
            return [parse_exactly(c) if c is not None else None for _, c in cells]
        return self.copy(f"SELECT {column} FROM {name} ORDER BY n", "(FORMAT csv)").decode().split("\n")


def without_some(items, is_enough, deadline):
    """As few of the items as are still enough, by halves, then quarters and so on, until time is up."""
    size = (len(items) + 1) // 2
    while len(items) > 1 and size >= 1:
        starts = iter(range(0, len(items), size))
        for start in starts:
            if time.monotonic() > deadline:
                return items
            if len(items) > size and is_enough(fewer := items[:start] + items[start + size:]):
                items = fewer
                break
        else:
            size //= 2
    return items


def smallest(table, fails, seconds=60):
    """A part of a table that fails, with few rows and then few columns, which fails as well."""
    deadline = time.monotonic() + seconds
    columns = list(range(len(table.columns)))
    rows = without_some(list(range(len(table.rows))), lambda some: fails(table.part(some, columns)), deadline)
    columns = without_some(columns, lambda some: fails(table.part(rows, some)), deadline)
    return table.part(rows, columns)


def first_difference(ours: bytes, theirs: bytes) -> str:
    for line, (left, right) in enumerate(zip(ours.split(b"\n"), theirs.split(b"\n")), 1):
        if left != right:
            return f"line {line}: weir {left!r:.300}, PostgreSQL {right!r:.300}"
    return f"weir {len(ours)} bytes, PostgreSQL {len(theirs)}"


def assert_as_postgres(weir, table, folder, *args):
    """`--dialect postgres`: CSV is COPY's, NDJSON is row_to_json's, byte for byte."""
    for name in ("csv", "ndjson"):
        path = folder / f"out.{name}"
        weir.ok("copy", table.pg.uri, path, "--table", table.name, "--dialect", "postgres", "--if-exists", "replace", *args)
        ours = path.read_bytes()
        theirs = table.row_to_json() if name == "ndjson" else table.copy(
            f"SELECT * FROM {table.name}", "(FORMAT csv, HEADER)")
        assert ours == theirs, f"{name}: {first_difference(ours, theirs)}"


# --- JSON and XML: parsed, and taken in by PostgreSQL's own json_populate_record


class Members(list):
    """An object as its members, those of the same name included."""


def parse_exactly(text):
    return json.loads(text, parse_int=foreign.Exact, parse_float=foreign.Exact, object_pairs_hook=Members)


def dump(value):
    if isinstance(value, foreign.Exact):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{dump(k)}:{dump(v)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=True)


def from_iso(text):
    """A date or timestamp as PostgreSQL reads it: ISO 8601's expanded years are not among that."""
    match = re.fullmatch(r"([+-]?\d{4,})(-\d\d-\d\d.*)", text, re.DOTALL)
    if not match:
        return text
    year = int(match[1])
    return f"{year:04}{match[2]}" if year > 0 else f"{1 - year:04}{match[2]} BC"


def xml_value(element):
    kind = element.get("type")
    if element.get(xml_reader.NIL) == "true" or kind == "null":
        return None
    if kind == "object":
        return Members((xml_reader.name(member), xml_value(member)) for member in element)
    return [xml_value(item) for item in element] if kind == "array" else xml_reader.value(element)


def json_rows(path):
    text = path.read_bytes().decode()
    return parse_exactly(text) if path.suffix == ".json" else [parse_exactly(line) for line in text.split("\n")[:-1]]


def xml_rows(path):
    rows = []
    for record in ET.parse(path).getroot():
        rows.append([(xml_reader.name(c), xml_value(c)) for c in record])
    return rows


def load_rows(table, back, columns, rows):
    """Rows of (column, JSON value) into table `back`."""
    kinds = dict(columns)

    def cell(column, value):
        if column == "n":
            return value
        if kinds[column].base in JSON:
            return None if value is None else dump(value)
        if isinstance(value, str) and kinds[column].base in ("date", "timestamp", "timestamptz", "timestamp_0"):
            return from_iso(value)
        return value
    lines = [csv_cell(dump(Members((c, cell(c, v)) for c, v in row))) for row in rows]
    table.sql(table.make(back, columns, json_as="text")
              + f"DROP TABLE IF EXISTS {back}_raw; CREATE TABLE {back}_raw (line json);\n"
              + table.load(f"{back}_raw", lines)
              + f"INSERT INTO {back} SELECT (json_populate_record(NULL::{back}, line)).* FROM {back}_raw")


def is_beyond_json(kind):
    """What PostgreSQL does not take back from JSON, whoever wrote it."""
    if kind.base in JSON:  # [[]] may be an array of one dimension or two, null one of its elements or none
        return kind.form != "scalar"
    if kind.base in ("hstore", "int2vector", "oidvector"):  # an object, and arrays, which do not become these
        return True
    if kind.of == "array":  # through domains; of several dimensions as JSON
        return True
    return ".domain_" in kind.sql and kind.base in ("aclitem", "isbn", "seg")  # have no receive function


def assert_reloads(weir, table, folder, name):
    """What JSON or XML holds, PostgreSQL reads as the values it gave."""
    columns = [(c, kind) for c, kind in table.columns if not is_beyond_json(kind)]
    path = folder / f"out.{name}"
    weir.ok("copy", table.pg.uri, path, "--table", table.name, "--if-exists", "replace", "--columns",
            ",".join(["n", *(c for c, _ in columns)]))
    load_rows(table, "oracle.back", columns, xml_rows(path) if name == "xml" else json_rows(path))
    table.assert_same("oracle.back", columns, json_alike=True)


# --- Parquet and Arrow: read by pyarrow, each value as PostgreSQL reads it


def float_text(value, single):
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if single:  # any text that is nearer to it than to its neighbours
        return f"{struct.unpack('<f', struct.pack('<f', value))[0]:.9g}"
    return repr(value)


def texts(array):
    """An Arrow array's values as PostgreSQL's text; None for nulls."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return [None if v is None else v.hex() for v in array.storage.to_pylist()]
        return texts(array.storage)
    if pa.types.is_list(kind):
        offsets, values = array.offsets.to_pylist(), texts(array.values)
        return [quoted(values[a:b], "{", "}") if valid else None
                for a, b, valid in zip(offsets, offsets[1:], array.is_valid().to_pylist())]
    if pa.types.is_date32(kind):
        return [None if v is None else date_text(v) for v in array.view(pa.int32()).to_pylist()]
    if pa.types.is_time64(kind):
        return [None if v is None else clock_text(v) for v in array.view(pa.int64()).to_pylist()]
    if pa.types.is_timestamp(kind):
        assert kind.unit == "us"
        zone = "" if kind.tz is None else "+00"
        return [None if v is None else timestamp_text(v, zone) for v in array.view(pa.int64()).to_pylist()]
    make = str
    if pa.types.is_binary(kind):
        def make(value): return "\\x" + value.hex()
    elif pa.types.is_floating(kind):
        def make(value): return float_text(value, pa.types.is_float32(kind))
    elif pa.types.is_decimal(kind):
        def make(value): return format(value, "f")
    return [None if v is None else make(v) for v in array.to_pylist()]


def read_typed(path):
    if path.suffix == ".parquet":
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    else:
        with pa.OSFile(str(path)) as source:
            table = pa.ipc.open_stream(source).read_all()
    table.validate(full=True)
    return {name: [text for chunk in column.chunks for text in texts(chunk)]
            for name, column in zip(table.column_names, table.columns)}


def plan(weir, table, path, *args):
    """What the plan says of each column."""
    out = weir.run("plan", table.pg.uri, path, "--table", table.name, "--json", *args).out
    return {column["name"]: column for column in json.loads(out)["columns"]}


def load_typed(table, back, read):
    """What read_typed gives into table `back`."""
    cells = [read["n"]]
    for column, kind in table.columns:
        # Lists in files, and yet not arrays to PostgreSQL's readers.
        is_vector = kind.base in ("int2vector", "oidvector") and kind.form == "scalar"
        cells.append([text and text.strip("{}").replace('"', "").replace(",", " ") if is_vector else text
                      for text in read[column]])
    lines = [",".join(map(csv_cell, row)) for row in zip(*cells, strict=True)]
    table.sql(table.make(back, table.columns) + table.load(back, lines))
