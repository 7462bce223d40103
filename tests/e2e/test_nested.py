"""`--nested struct`: the type of a JSON column is what docs/nested_structs.md says, and no value is lost but
what that page names."""

import decimal
import json
import os
import random
import xml.etree.ElementTree as ElementTree

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

SEED = int(os.environ.get("WEIR_NESTED_SEED") or random.SystemRandom().randrange(2**32))
FORMATS = ["parquet", "arrow"]
LATE = 40000  # rows before the one that differs: past anything that could be taken for a sample


def read(path):
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_stream(source).read_all()


def dollars(text):
    return "NULL" if text is None else f"$doc${text}$doc$"


def rows_of(columns):
    """SQL of rows whose columns c0, c1, ... are these lists of JSON texts."""
    longest = max(map(len, columns))
    padded = [[*values, *[None] * (longest - len(values))] for values in columns]
    return ", ".join(f"({n}, {', '.join(map(dollars, row))})" for n, row in enumerate(zip(*padded)))


@pytest.fixture
def documents(pg):
    """Makes a table `documents` of JSON columns."""
    def make(columns, kind):
        names = ", ".join(f"c{i} {kind}" for i in range(len(columns)))
        pg.sql(f"DROP TABLE IF EXISTS documents; CREATE TABLE documents (n int8, {names});"
               f"INSERT INTO documents VALUES {rows_of(columns)}")
        return [pg.uri, "--table", "documents"]
    return make


def type_text(kind):
    """An Arrow type in few words, JSON text as `json`."""
    if isinstance(kind, pa.BaseExtensionType):
        assert kind.extension_name == "arrow.json"
        return "json"
    if pa.types.is_struct(kind):
        return "{" + ", ".join(f"{f.name}: {type_text(f.type)}" for f in kind) + "}"
    if pa.types.is_list(kind):
        return f"[{type_text(kind.value_type)}]"
    return str(kind)


D = decimal.Decimal
# Documents, the type of their column, and their values in it.
CASES = {
    "conflicting types": (['{"x":1}', '{"x":"s"}', '{"x": [1, 2]}', '{"x":null}', "{}", '{"x":{"y" : 1}}', '{"x":true}'],
                          "{x: json}", [{"x": t} for t in ("1", '"s"', "[1, 2]", "null", None, '{"y" : 1}', "true")]),
    "object against scalar": (['{"y":1}', "5"], "json", ['{"y":1}', "5"]),
    "array against object": (["[1]", '{"0":1}'], "json", ["[1]", '{"0":1}']),
    "bool against int": (["true", "1"], "json", ["true", "1"]),
    "int against float": (['{"x":1}', '{"x":2.5}'], "{x: double}", [{"x": 1.0}, {"x": 2.5}]),
    "int against decimal": (['{"x":1}', '{"x":2.50}'], "{x: decimal128(3, 2)}", [{"x": D("1.00")}, {"x": D("2.50")}]),
    "large int against float": (["9007199254740993", "0.5"], "decimal128(17, 1)", [D("9007199254740993.0"), D("0.5")]),
    "int64": (["9223372036854775807", "-9223372036854775808"], "int64", [2**63 - 1, -2**63]),
    "beyond int64": (["9223372036854775808", "1"], "decimal128(19, 0)", [D(2**63), D(1)]),
    "beyond double": (["0.1000000000000000055", "1"], "decimal128(20, 19)", [D("0.1000000000000000055"), D(1).scaleb(0).quantize(D("1e-19"))]),
    "38 digits": (["9" * 38, "-" + "9" * 38], "decimal128(38, 0)", [D("9" * 38), D("-" + "9" * 38)]),
    "39 digits": (["9" * 39, "1.5"], "json", ["9" * 39, "1.5"]),
    "38 digits together": (["9" * 30, "0." + "1" * 9], "json", ["9" * 30, "0." + "1" * 9]),
    "infinite as a double": (["1E400", "1"], "json", ["1E400", "1"]),
    "exponents": (["1E5", "1e+5", "25e-1"], "double", [1e5, 1e5, 2.5]),
    "negative zero": (["-0", "-0.0", "1.5"], "double", [-0.0, -0.0, 1.5]),
    "negative zero against a decimal": (["-0", "1.50"], "json", ["-0", "1.50"]),
    "bools": (["true", "false", "null"], "bool", [True, False, None]),
    "strings": (['"a"', '""', '"\\u00e9\\n\\"\\ud83d\\ude00"'], "string", ["a", "", 'é\n"😀']),
    "half a pair": (['{"x":"\\ud83d"}', '{"x":"y"}'], "{x: json}", [{"x": '"\\ud83d"'}, {"x": '"y"'}]),
    "half a pair in a key": (['{"\\ud83d":1, "y":2}', '{"y":3}'], "json", ['{"\\ud83d":1, "y":2}', '{"y":3}']),
    "NUL in a string": (['"a\\u0000b"'], "string", ["a\0b"]),
    "NUL in a key": (['{"x":{"a\\u0000":1}}'], "{x: json}", [{"x": '{"a\\u0000":1}'}]),
    "scalars at the top": (["1", "null", "2"], "int64", [1, None, 2]),
    "nothing but null": (["null", "null"], "json", ["null", "null"]),
    "empty objects": (["{}", "{}"], "json", ["{}", "{}"]),
    "an empty object among others": (["{}", '{"a":1}'], "{a: int64}", [{"a": None}, {"a": 1}]),
    "empty arrays": (["[]", "[]"], "[json]", [[], []]),
    "an empty array among others": (["[]", "[1]"], "[int64]", [[], [1]]),
    "elements of several types": (['[1, "a", null, {"b":1}, [ ]]', "[]"], "[json]",
                                  [["1", '"a"', "null", '{"b":1}', "[ ]"], []]),
    "nulls in arrays": (["[1, null]", "null"], "[int64]", [[1, None], None]),
    "objects in arrays": (['[{"a":1},{"b":[true]},{}]'], "[{a: int64, b: [bool]}]",
                          [[{"a": 1, "b": None}, {"a": None, "b": [True]}, {"a": None, "b": None}]]),
    "arrays in arrays": (["[[], [1.5]]", "[[2]]"], "[[double]]", [[[], [1.5]], [[2.0]]]),
    "null or missing": (['{"a":null,"b":1}', '{"b":2}', '{"a":1}'], "{a: int64, b: int64}",
                        [{"a": None, "b": 1}, {"a": None, "b": 2}, {"a": 1, "b": None}]),
    "case of keys": (['{"A":1,"a":"x"}', '{"a":"y","Aa":null}'], "{A: int64, Aa: json, a: string}",
                     [{"A": 1, "Aa": None, "a": "x"}, {"A": None, "Aa": "null", "a": "y"}]),
    "keys of every kind": (['{"":{"":1}, "a.b":1, "q\\"t":2, "l\\nb":3, "ключ":4, "😀":5, " ":6, "element":7}'],
                           '{: {: int64},  : int64, a.b: int64, element: int64, l\nb: int64, q"t: int64, ключ: int64, 😀: int64}',
                           [{"": {"": 1}, " ": 6, "a.b": 1, "element": 7, "l\nb": 3, 'q"t': 2, "ключ": 4, "😀": 5}]),
    "the same key twice": (['{"x":{"a":1, "a":2}}', '{"x":{"a":3}}'], "{x: json}", [{"x": '{"a":1, "a":2}'}, {"x": '{"a":3}'}]),
    "no value": ([None, '{"a":1}', None], "{a: int64}", [None, {"a": 1}, None]),
    "32 deep": (["[" * 32 + "]" * 32, "[" * 32 + "1" + "]" * 32], "[" * 32 + "int64" + "]" * 32, None),
    "33 deep": (["[" * 33 + "1" + "]" * 33], "[" * 32 + "json" + "]" * 32, None),
}
# jsonb has its own texts: no white space but its own, keys once, numbers as numeric.
JSON_ONLY = {"conflicting types", "elements of several types", "exponents", "negative zero", "infinite as a double",
             "negative zero against a decimal", "half a pair", "half a pair in a key", "NUL in a string", "NUL in a key",
             "the same key twice", "object against scalar", "array against object"}


def is_same(got, want):
    """Equal, and zeros of the same sign."""
    if isinstance(want, float):
        return repr(got) == repr(want)
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(is_same, got, want))
    return type(got) is type(want) and got == want


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["json", "jsonb"])
def test_types_and_values(weir, documents, tmp_path, name, kind):
    cases = {title: case for title, case in CASES.items() if kind == "json" or title not in JSON_ONLY}
    path = tmp_path / f"out.{name}"
    weir.ok("copy", *documents([case[0] for case in cases.values()], kind)[:1], path, "--nested", "struct",
            "--query", "SELECT * FROM documents ORDER BY n")
    table = read(path)
    for i, (title, (texts, expected, values)) in enumerate(cases.items()):
        column = table[f"c{i}"]
        assert type_text(column.type) == expected, title
        if values is not None:
            assert is_same(column.to_pylist()[:len(texts)], values), (title, column.to_pylist())
        assert column.to_pylist()[len(texts):] == [None] * (len(column) - len(texts))


# --- Deep documents: deeper than a stack would bear


def deep_document(kind, levels):
    """A document of so many arrays and objects, as the type writes it, and what it is in SQL."""
    opening, closing = ('{"a" :[', "] }") if kind == "json" else ("[", "]")
    count = levels // len(closing.replace(" ", ""))
    return opening * count + "1.50" + closing * count, f"(repeat('{opening}', {count}) || '1.50' || repeat('{closing}', {count}))::{kind}"


@pytest.fixture(scope="module", params=[3000, 20000])
def deep(pg, request):
    """A json and a jsonb; what PostgreSQL has of them; where they are."""
    texts, values = zip(*(deep_document(kind, request.param) for kind in ("json", "jsonb")))
    pg.sql("SET max_stack_depth = '7MB'; DROP TABLE IF EXISTS deep; "
           f"CREATE TABLE deep AS SELECT 1 AS id, {values[0]} AS j, {values[1]} AS b UNION ALL SELECT 2, NULL, NULL")
    assert pg.sql("SELECT j, b FROM deep WHERE id = 1") == "|".join(texts)
    return texts, [pg.uri, "--table", "deep"]


def test_deep_documents_leave_to_the_byte(weir, deep, tmp_path):
    (j, b), (uri, *table) = deep
    quoted = j.replace('"', '""')
    for name, content in (("csv", f'id,j,b\n1,"{quoted}",{b}\n2,,\n'), ("tsv", f'id\tj\tb\n1\t"{quoted}"\t{b}\n2\t\t\n'),
                          ("ndjson", f'{{"id":1,"j":{j},"b":{b}}}\n{{"id":2,"j":null,"b":null}}\n'),
                          ("json", f'[\n{{"id":1,"j":{j},"b":{b}}},\n{{"id":2,"j":null,"b":null}}\n]\n')):
        path = tmp_path / f"out.{name}"
        weir.ok("copy", uri, path, *table)
        assert path.read_text() == content, name
    for name in FORMATS:
        path = tmp_path / f"out.{name}"
        weir.ok("copy", uri, path, *table)
        assert [read(path)[c].to_pylist() for c in "jb"] == [[j, None], [b, None]]


@pytest.mark.parametrize("column", ["j", "b"])
def test_deep_documents_are_too_deep_for_xml(weir, deep, tmp_path, column):
    path = tmp_path / "out.xml"
    done = weir.run("copy", deep[1][0], path, *deep[1][1:], "--columns", column)
    assert (done.code, done.err.splitlines()) == (1, [
        f'weir: copying deep to {path}: row 1 of slice 0 (public.deep): column "{column}": '
        "the JSON value is nested deeper than 1000 levels", "hint: write it as text with --nested string",
        "[format.json_too_deep]"])
    assert not path.exists()
    weir.ok("copy", deep[1][0], path, *deep[1][1:], "--columns", column, "--nested", "string")
    assert [record[0].text for record in ElementTree.parse(path).getroot()] == [deep[0]["jb".index(column)], None]


@pytest.mark.parametrize("kind", ["json", "jsonb"])
def test_xml_holds_a_thousand_levels(weir, pg, tmp_path, kind):
    """The number is the last of them."""
    path = tmp_path / "out.xml"
    document = f"{deep_document(kind, 998)[1]}::text"
    weir.ok("copy", pg.uri, path, "--query", f"SELECT ('[' || {document} || ']')::{kind} AS doc")
    element, levels = ElementTree.parse(path).getroot()[0][0], 1
    while element.get("type") in ("array", "object"):
        [element], levels = element, levels + 1
    assert (levels, element.get("type"), element.text) == (1000, "number", "1.50")
    done = weir.run("copy", pg.uri, path, "--query", f"SELECT ('[[' || {document} || ']]')::{kind} AS doc", "--if-exists", "replace")
    assert done.code == 1 and done.err.endswith("[format.json_too_deep]\n")


@pytest.mark.parametrize("name", FORMATS)
def test_deep_documents_are_structs_of_32_levels(weir, deep, tmp_path, name):
    """What is inside 32 others is text, byte for byte."""
    path = tmp_path / f"out.{name}"
    weir.ok("copy", deep[1][0], path, *deep[1][1:], "--nested", "struct")
    table = read(path)
    assert type_text(table["j"].type) == "{a: [" * 16 + "json" + "]}" * 16
    assert type_text(table["b"].type) == "[" * 32 + "json" + "]" * 32
    j, b = (table[c].to_pylist()[0] for c in "jb")
    for _ in range(16):
        [j] = j["a"]
    for _ in range(32):
        [b] = b
    assert j == deep[0][0][16 * len('{"a" :['): -16 * len("] }")] and b == deep[0][1][32:-32]
    assert [table[c].to_pylist()[1] for c in "jb"] == [None, None]


# --- Random documents


KEYS = ["", "a", "A", "b", "c", "é", 'q"', "l\n", "a.b", " "]
NUMBERS = ["0", "-0", "1", "-1", "2.5", "2.50", "1e3", "-1.0", str(2**63), str(-2**63), str(2**53 + 1), "1E400", "9" * 38, "9" * 39,
           "0.1", "0.1000000000000000055", "123456789.123456789", "1e-7", "100000000000000000000000"]
STRINGS = ["", "x", "é😀", '"', "\\", "\n", "\u2028", "1", "null"]


def draw_shape(rng, depth=0):
    kinds = ["int", "number", "string", "bool", "any"] + (["object", "object", "array"] if depth < 4 else [])
    kind = rng.choice(kinds if depth else kinds + ["object"] * 6)
    if kind == "object":
        return kind, {key: draw_shape(rng, depth + 1) for key in rng.sample(KEYS, rng.randrange(1, 5))}
    return kind, draw_shape(rng, depth + 1) if kind == "array" else None


def draw(rng, shape, depth=0):
    """JSON text that mostly is of the shape."""
    kind, inner = shape
    if kind == "any" or rng.random() < 0.004:
        kind, inner = draw_shape(rng, depth)
    if rng.random() < 0.05:
        return "null"
    space = rng.choice(("", "", " "))
    if kind == "object":
        members = [(key, of) for key, of in inner.items() if rng.random() < 0.8]
        rng.shuffle(members)
        return "{" + space + ",".join(f"{json.dumps(k, ensure_ascii=rng.random() < 0.5)}:{space}{draw(rng, of, depth + 1)}"
                                      for k, of in members) + "}"
    if kind == "array":
        return "[" + ",".join(space + draw(rng, inner, depth + 1) for _ in range(rng.choice((0, 1, 3)))) + space + "]"
    return {"int": lambda: str(rng.randrange(-10**6, 10**6)), "number": lambda: rng.choice(NUMBERS),
            "string": lambda: json.dumps(rng.choice(STRINGS), ensure_ascii=rng.random() < 0.5),
            "bool": lambda: rng.choice(("true", "false")), "any": lambda: "null"}[kind]()


class Number(str):
    """A number's digits and exponent, and the sign of a zero."""

    def __new__(cls, text):
        value = decimal.Decimal(text)
        if value == 0:
            return super().__new__(cls, "-0" if value.is_signed() else "0")
        sign, digits, exponent = value.as_tuple()
        digits = "".join(map(str, digits))
        kept = digits.rstrip("0")
        return super().__new__(cls, f"{'-' * sign}{kept}e{exponent + len(digits) - len(kept)}")


def meaning(value):
    """What a document says, without the order of keys and without members that are null."""
    if isinstance(value, dict):
        return {key: meaning(v) for key, v in value.items() if v is not None}
    return [meaning(v) for v in value] if isinstance(value, list) else value


def of_text(text):
    return None if text is None else meaning(json.loads(text, parse_int=Number, parse_float=Number))


def of_typed(value, kind):
    """The same of a value that pyarrow read; JSON text is one of its own."""
    if value is None:
        return None
    if isinstance(kind, pa.BaseExtensionType):
        return of_text(value)
    if pa.types.is_struct(kind):
        members = {f.name: of_typed(value[f.name], f.type) for f in kind}
        return {key: v for key, v in members.items() if v is not None}
    if pa.types.is_list(kind):
        return [of_typed(v, kind.value_type) for v in value]
    if pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return value
    return Number(repr(value) if pa.types.is_floating(kind) else str(value))


def assert_same_documents(numbers, texts, column):
    """Storage may have another order than n."""
    for row, value in zip(numbers, column.to_pylist(), strict=True):
        assert of_typed(value, column.type) == of_text(texts[row]), (row, texts[row], value, column.type)


@pytest.mark.parametrize("kind", ["json", "jsonb"])
def test_random_documents_keep_their_meaning(weir, pg, documents, tmp_path, kind, tally):
    tally(f"WEIR_NESTED_SEED={SEED}", {"columns": 60, "documents": 60 * 40})
    rng = random.Random(SEED)
    shapes = [draw_shape(rng) for _ in range(60)]
    columns = [[None if rng.random() < 0.1 else draw(rng, shape) for _ in range(40)] for shape in shapes]
    source = documents(columns, kind)
    stored = pg.sql("SELECT json_agg(x ORDER BY n) FROM (SELECT n, ARRAY[" + ", ".join(
        f"c{i}::text" for i in range(len(columns))) + "] AS x FROM documents) q")
    stored = list(zip(*json.loads(stored)))
    nested = 0
    for name in FORMATS:
        whole = {jobs: tmp_path / f"{jobs}.{name}" for jobs in (1, 4)}
        for jobs, path in whole.items():
            weir.ok("copy", *source[:1], path, "--nested", "struct", "--jobs", jobs, *source[1:])
        assert whole[1].read_bytes() == whole[4].read_bytes()
        table = read(whole[1])
        for i, texts in enumerate(stored):
            assert_same_documents(table["n"].to_pylist(), texts, table[f"c{i}"])
            nested += pa.types.is_nested(table[f"c{i}"].type)
    assert nested > 30


# --- What is far away, wide, or from elsewhere


@pytest.mark.parametrize("name", FORMATS)
def test_the_last_row_counts(weir, pg, tmp_path, name):
    query = (f"SELECT n, CASE WHEN n = {LATE} THEN $j${{\"a\":\"text\",\"new\":{{\"k\":[1.5]}}}}$j$ "
             f"ELSE '{{\"a\":' || n || '}}' END::jsonb AS doc FROM generate_series(0, {LATE}) n")
    pg.sql(f"DROP TABLE IF EXISTS late; CREATE TABLE late AS {query}; ANALYZE late")
    for source in (["--table", "late"], ["--query", "SELECT * FROM late"]):
        path = tmp_path / f"out.{name}"
        weir.ok("copy", pg.uri, path, "--nested", "struct", "--if-exists", "replace", *source)
        table = read(path)
        column = table["doc"]
        assert type_text(column.type) == "{a: json, new: {k: [double]}}"
        values = dict(zip(table["n"].to_pylist(), column.to_pylist()))
        assert values[7] == {"a": "7", "new": None} and values[LATE] == {"a": '"text"', "new": {"k": [1.5]}}


def test_objects_used_as_maps_stay_text(weir, pg, tmp_path):
    path = tmp_path / "out.parquet"
    weir.ok("copy", pg.uri, path, "--nested", "struct", "--query",
            "SELECT jsonb_build_object('map', jsonb_build_object('key' || n, n), 'n', n) AS doc FROM generate_series(1, 3000) n")
    column = pq.read_table(path)["doc"]
    assert type_text(column.type) == "{map: json, n: int64}"
    assert column[41].as_py() == {"map": '{"key42": 42}', "n": 42}


SOURCES = ['{"a":1,"b":[{"c":"x"},{}],"B":2.50}', '{"a":"s","b":[]}', "null", None, '{"b":[{"c":null,"d":12345678901234567890}]}']
EXPECTED = ("{B: decimal128(3, 2), a: json, b: [{c: string, d: decimal128(20, 0)}]}",
            [{"B": D("2.50"), "a": "1", "b": [{"c": "x", "d": None}, {"c": None, "d": None}]},
             {"B": None, "a": '"s"', "b": []}, None, None,
             {"B": None, "a": None, "b": [{"c": None, "d": D("12345678901234567890")}]}])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", ["duckdb", "parquet", "arrow"])
def test_json_of_other_sources(weir, documents, tmp_path, kind, name):
    source = tmp_path / f"in.{kind}"
    if kind == "duckdb":
        with duckdb.connect(str(source)) as connection:
            connection.execute("CREATE TABLE t (doc JSON)")
            connection.executemany("INSERT INTO t VALUES (?)", [[text] for text in SOURCES])
    else:
        weir.ok("copy", *documents([SOURCES], "json")[:1], source, "--query", "SELECT c0 AS doc FROM documents ORDER BY n")
    path = tmp_path / f"out.{name}"
    weir.ok("copy", source, path, "--nested", "struct", *(["--table", "t"] if kind == "duckdb" else []))
    column = read(path)["doc"]
    assert (type_text(column.type), column.to_pylist()) == EXPECTED


def test_readers_of_parquet_see_the_same(weir, documents, tmp_path):
    path = tmp_path / "out.parquet"
    weir.ok("copy", *documents([SOURCES], "json")[:1], path, "--nested", "struct", "--query",
            "SELECT json_build_object('b', c0->'b') AS doc FROM documents ORDER BY n")
    rows = [row[0] for row in duckdb.execute(f"SELECT doc FROM '{path}'").fetchall()]
    assert [row["b"] for row in rows] == [value and value["b"] for value in EXPECTED[1]]


@pytest.mark.parametrize("name", ["csv", "ndjson", "json", "xml", "xlsx"])
def test_struct_means_nothing_to_text(weir, documents, tmp_path, name):
    source = documents([["{}"]], "json")
    for command in ("plan", "copy"):
        done = weir.run(command, source[0], tmp_path / f"out.{name}", *source[1:], "--nested", "struct")
        assert done.code == 2 and f"--nested struct has no meaning for {name}" in done.err
        assert "[usage.option_not_applicable]" in done.err


def test_what_structs_lose_is_announced(weir, documents, tmp_path):
    source = documents([['{"b":1.0,"a":null}']], "json")
    columns = json.loads(weir.ok("plan", source[0], tmp_path / "o.parquet", *source[1:], "--nested", "struct", "--json").out)["columns"]
    by_name = {column["name"]: column for column in columns}
    assert by_name["n"]["verdict"] == "exact" and by_name["c0"]["verdict"] == "lossy"
    assert by_name["c0"]["note"] == ("as a struct: key order, the scale of numbers, and missing keys as against null are lost")
    assert weir.copy(source[0], tmp_path / "o.parquet", *source[1:], "--nested", "struct")["lossyColumns"] == ["c0"]
