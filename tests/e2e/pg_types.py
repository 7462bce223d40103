"""PostgreSQL's types with their values: the awkward ones, and random ones, as text that PostgreSQL reads.

`TYPES` has every type of a stock server, some extensions' and types made of those; `SETUP` creates
what they need, in the schema `oracle`.
"""

import dataclasses
import json
import random
import struct
import uuid
from collections.abc import Callable
from decimal import Decimal


@dataclasses.dataclass(frozen=True)
class Type:
    sql: str
    edges: tuple[str, ...]
    draw: Callable[[random.Random], str]
    base: str  # the name of the scalar type beneath domains, arrays and composites
    form: str = "scalar"  # scalar, array, composite
    of: str = ""  # the form of an array's elements


AWKWARD = ("", " ", "  lead and trail  ", "NULL", "null", "\\.", "\\N", '"', '""', "'", ",", "a,b", "\n", "\r",
           "\r\n", "\t", "\\", "\\\\", "\u0001\u001f\u007f\u0085", "é 😀 \u2028\u2029\ufeff", "\ufffe\uffff",
           "=1+1", "_x0041_", "<a>&amp;]]></a>", "{}", "{a}", "(1,2)", "true", "1e5", "x" * 300, "\U0010ffff",
           'quote " comma , newline \n cr \r tab \t backslash \\ end')
ALPHABET = "abcXYZ 019.,;:'\"\\/{}[]()<>&=_-\n\r\t\u0001\u001f\u007f\u00e9\u0410\u4e2d\u2028\ufeff\ufffd😀"


def text_of(rng, longest=40):
    return "".join(rng.choices(ALPHABET, k=rng.choice((0, 1, 3, 8, rng.randrange(longest + 1)))))


def integers(bits):
    low, high = -2 ** (bits - 1), 2 ** (bits - 1) - 1
    return (tuple(map(str, (low, low + 1, -1, 0, 1, 9, 10, -100, high - 1, high))),
            lambda rng: str(max(low, min(high, rng.getrandbits(rng.randrange(1, bits)) * rng.choice((-1, 1))))))


def floats(code, width):
    def draw(rng):
        value = struct.unpack(code, rng.randbytes(width))[0]
        return rng.choice((repr(value), repr(rng.randrange(-10000, 10000) / 8)))
    limits = {4: ("3.4028235e+38", "1e-45", "1.1754944e-38"),
              8: ("1.7976931348623157e308", "5e-324", "2.2250738585072014e-308")}[width]
    return (("NaN", "Infinity", "-Infinity", "0", "-0", "1", "-1.5", "0.1", "1e15", "1e16", "123456.7",
             "1e-5", "0.0001", *limits), draw)


def numeric(precision=None, scale=0):
    special = ("NaN",) if precision else ("NaN", "Infinity", "-Infinity")
    if precision is None:
        edges = ("0", "0.00", "-1", "1.10", "100000000", "99999999", "10000", "0.0001", "0.00001", "0.00001234", "1e131071",
                 "9" * 131072, "-" + "9" * 131072 + "." + "9" * 16383, "1e-16383", "123456789" * 9)

        def draw(rng):
            whole, fraction = rng.choice(((3, 2), (20, 0), (0, 12), (60, 40), (9, 4)))
            if rng.random() < 0.002:
                whole, fraction = rng.randrange(131072), rng.randrange(16384)
            digits = "".join(rng.choices("0123456789", k=rng.randrange(whole + 1))) or "0"
            after = "".join(rng.choices("0123456789", k=rng.randrange(fraction + 1)))
            return rng.choice(("", "-")) + digits + ("." + after if after else "")
        return special + edges, draw

    def of(unscaled):
        return f"{unscaled}e{-scale}"
    top = 10 ** precision - 1
    edges = tuple(of(n) for n in (0, 1, -1, 10, -100, top, -top, top // 10000, top // 3) if abs(n) <= top)
    return special + edges, lambda rng: of(rng.randrange(10 ** rng.randrange(precision + 1)) * rng.choice((1, -1)))


def civil(days):
    """(year, month, day) of a day since 1970-01-01, proleptic Gregorian; the year 0 is 1 BC."""
    days += 719468
    era, day_of_era = divmod(days, 146097)
    year = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def date_text(days, clock=""):
    year, month, day = civil(days)
    suffix = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{month:02}-{day:02}{clock}{suffix}"


def clock_text(micros):
    seconds, fraction = divmod(micros, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:06}"


def timestamp_text(micros, zone=""):
    days, clock = divmod(micros, 86_400_000_000)
    return date_text(days, " " + clock_text(clock) + zone)


EPOCH_2000 = 946_684_800_000_000  # microseconds from 1970 to 2000
DAY_MIN, DAY_MAX = -2451545 + 10957, 2145031948 + 10957
MICROS_MIN, MICROS_MAX = -211813488000000000 + EPOCH_2000, 9223371331200000000 - 1 + EPOCH_2000
SECOND, DAY = 1_000_000, 86_400_000_000


def dates():
    edges = [DAY_MIN, DAY_MAX, 0, -1, 10956, 10957, -719162, -719163, -719528, -719529, -141428, -141427, 2932896, 2932897]
    return (("infinity", "-infinity", "2024-02-29", "0001-01-01 BC", *map(date_text, edges)),
            lambda rng: date_text(rng.choice((rng.randrange(-30000, 40000), rng.randrange(DAY_MIN, DAY_MAX)))))


def micros_of(rng):
    return rng.choice((rng.randrange(-30000, 40000) * DAY + rng.randrange(DAY),
                       rng.randrange(-30000, 40000) * DAY, rng.randrange(MICROS_MIN, MICROS_MAX),
                       rng.randrange(-10**9, 3 * 10**9) * SECOND + rng.choice((0, 100, 500_000, 999_999))))


def timestamps(zone):
    edges = (MICROS_MIN, MICROS_MAX, 0, -1, 1, EPOCH_2000, -EPOCH_2000, 2**63 - 1, -719162 * DAY, -719162 * DAY - 1,
             -719528 * DAY, 2932897 * DAY - 1, 2932897 * DAY, 100, 120_000, -2208988800 * SECOND, -12219292800 * SECOND)
    return (("infinity", "-infinity", "2024-02-29 23:59:59.999999" + zone, "1883-11-18 12:00:00" + zone,
             "2024-02-29 01:02:03.1" + zone, f"0044-03-15 12:00:00{zone} BC",
             *(timestamp_text(e, zone) for e in edges)),
            lambda rng: timestamp_text(micros_of(rng), zone))


def times(zoned):
    def zone(rng):
        hours, minutes, seconds = rng.randrange(16), rng.randrange(60), rng.choice((0, 0, rng.randrange(60)))
        return f"{rng.choice('+-')}{hours:02}:{minutes:02}:{seconds:02}" if zoned else ""
    ends = ("+15:59:59", "-15:59:59", "+05:30", "+00") if zoned else ("",)
    more = ("23:59:59.123456+14:30", "00:00:00-12") if zoned else ()
    return (tuple(t + z for t in ("00:00:00", "24:00:00", "23:59:59.999999", "12:34:56.7", "00:00:00.000001")
                  for z in ends) + more, lambda rng: clock_text(rng.randrange(DAY)) + zone(rng))


def intervals():
    def draw(rng):
        span = rng.choice((3, 1000, 2_000_000_000))
        sign = rng.choice(("", "-"))
        return (f"{rng.randrange(-span, span)} mons {rng.randrange(-span, span)} days "
                f"{sign}{rng.randrange(span)}:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(SECOND):06}")
    return (("0", "-1 year 2 mons -3 days 04:05:06.789", "178000000 years", "-178000000 years", "1 day", "-00:00:00.000001",
             "1 mon -1 day", "00:00:01", "-1 mon +1 day -01:00:00"), draw)


def json_value(rng, depth=0):
    kind = rng.randrange(8 if depth < 4 else 6)
    if kind == 6:
        return [json_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 7:
        return {text_of(rng, 6).replace("\0", ""): json_value(rng, depth + 1) for _ in range(rng.randrange(4))}
    return (None, True, False, rng.getrandbits(60) - 2**59, rng.randrange(10**6) / 64, text_of(rng))[kind]


DEEP = "[" * 200 + "]" * 200
JSON_EDGES = ("null", "true", "1", "-0", "1.10", "1e2", "123456789012345678901234567890.10", '""', '"text"', "[]", "{}",
              "[[], {}, [null]]", '{"": 1}', '{"a b": {"c": []}}', '{"a": "\\u00e9\\ud83d\\ude00\\n\\t\\\\\\"/"}',
              '{"A": 1, "a": 2}', '{"big": 12345678901234567890123456789.10, "n": null}', DEEP)
JSON_ONLY = ('{"a" :  1.10, "a":2}', ' [ 1 ,\n 2 ] ', '"\\u0000"', '"\\ud83d"', "1E400", "-1.0e-400", '{"b":1,"a":2}')


def jsons(binary):
    def draw(rng):
        value = json_value(rng)
        return json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=rng.choice(((",", ":"), (", ", ": "))))
    return JSON_EDGES + (() if binary else JSON_ONLY), draw


def hexes(rng, longest=40):
    return rng.randbytes(rng.randrange(longest)).hex()


def bits(length=None):
    def draw(rng):
        return "".join(rng.choices("01", k=length or rng.randrange(70)))
    return (("0" * length, "1" * length) if length else ("", "1", "0" * 9), draw)


def networks(host):
    def draw(rng):
        v6 = rng.random() < 0.4
        width = 128 if v6 else 32
        mask = rng.randrange(width + 1)
        address = rng.getrandbits(width)
        if not host:
            address = address >> (width - mask) << (width - mask)
        if v6:
            groups = f"{address:032x}"
            return ":".join(groups[i:i + 4] for i in range(0, 32, 4)) + f"/{mask}"
        return ".".join(str(b) for b in address.to_bytes(4, "big")) + f"/{mask}"
    edges = ("0.0.0.0/0", "10.0.0.0/8", "::/0", "::1/128", "1.2.3.4/32", "::ffff:1.2.3.4/128")
    return edges + (("1.2.3.4/8", "1.2.3.4", "::1/64") if host else ()), draw


def macs(count):
    return (("00" * count, "ff" * count, "08002b0102030405"[:2 * count]),
            lambda rng: rng.randbytes(count).hex())


def points(count):
    def numbers(rng):
        return [repr(rng.choice((rng.randrange(-100, 100) / 4, rng.uniform(-1e20, 1e20)))) for _ in range(2 * count)]
    return lambda rng: ",".join(f"({x},{y})" for x, y in zip(*[iter(numbers(rng))] * 2))


def quoted(values, opening, closing, separator=","):
    """An array's or composite's literal of values; a null is None."""
    def item(value):
        if value is None:
            return "NULL" if opening == "{" else ""
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return opening + separator.join(item(v) for v in values) + closing


def ranges(edges, draw_sorted):
    def draw(rng):
        low, high = draw_sorted(rng)
        return rng.choice((f'["{low}","{high}")', f'("{low}","{high}"]', f'(,"{high}"]', f'["{low}",)', "empty", "(,)"))
    return ("empty", "(,)", *edges), draw


def two(draw):
    """Two sorted values of what draws a number, as `text` has them."""
    def pair(rng):
        low, high = sorted((draw(rng), draw(rng)))
        return low, high + 1
    return pair


def two_as(draw, text):
    def pair(rng):
        return tuple(map(text, two(draw)(rng)))
    return pair


def multi(source):
    edges, draw = source
    several = () if "empty" in edges[2:] else ("{" + ",".join(edges[2:]) + "}",)
    return ("{}", *several, *("{" + e + "}" for e in edges)), lambda rng: "{" + ",".join(draw(rng) for _ in range(rng.randrange(3))) + "}"


INT_RANGE = ranges(("[1,10)", "(-5,5]", "[3,3]"), two(lambda rng: rng.randrange(-2**31, 2**31 - 2)))
NUM_RANGE = ranges(("[1.10,2.20]", "(0,1e30)"), two(lambda rng: Decimal(rng.randrange(-10**12, 10**12)).scaleb(-3)))
TS_RANGE = ranges(('["2020-01-01 00:00:00",)', "[-infinity,infinity]"), two_as(micros_of, timestamp_text))
TSTZ_RANGE = ranges(('["2020-01-01 00:00:00+05",)',), two_as(micros_of, lambda m: timestamp_text(m, "+00")))
DATE_RANGE = ranges(("[2020-01-01,2020-01-02]",), two_as(lambda rng: rng.randrange(-30000, 40000), date_text))
PRINTABLE = tuple(a for a in AWKWARD if len(a) <= 60)


def pick(*values):
    return values, lambda rng: rng.choice(values)


def words(rng, least=1):
    return " ".join("".join(rng.choices("abcxyz", k=3)) for _ in range(rng.randrange(least, 5)))


def fixed(length):
    return (tuple(a[:length] for a in AWKWARD), lambda rng: text_of(rng)[:length])


SCALARS = {
    "bool": ("bool", pick("true", "false")), "int2": ("int2", integers(16)), "int4": ("int4", integers(32)),
    "int8": ("int8", integers(64)), "float4": ("float4", floats("<f", 4)), "float8": ("float8", floats("<d", 8)),
    "numeric": ("numeric", numeric()), "numeric_18_4": ("numeric(18,4)", numeric(18, 4)),
    "numeric_38_0": ("numeric(38,0)", numeric(38)), "numeric_38_38": ("numeric(38,38)", numeric(38, 38)),
    "numeric_39_10": ("numeric(39,10)", numeric(39, 10)), "numeric_60_10": ("numeric(60,10)", numeric(60, 10)),
    "numeric_45_40": ("numeric(45,40)", numeric(45, 40)), "numeric_76_50": ("numeric(76,50)", numeric(76, 50)),
    "numeric_76_76": ("numeric(76,76)", numeric(76, 76)), "numeric_76_0": ("numeric(76,0)", numeric(76)),
    "numeric_77_5": ("numeric(77,5)", numeric(77, 5)), "numeric_5_neg2": ("numeric(5,-2)", numeric(5, -2)),
    "numeric_3_5": ("numeric(3,5)", numeric(3, 5)), "numeric_1000_500": ("numeric(1000,500)", numeric(1000, 500)),
    "money": ("money", (("0", "-92233720368547758.08", "92233720368547758.07", "-1234.56"),
                        lambda rng: f"{rng.randrange(-10**9, 10**9)}.{rng.randrange(100):02}")),
    "text": ("text", (AWKWARD, text_of)), "varchar": ("varchar(50)", fixed(50)), "varchar_any": ("varchar", (AWKWARD, text_of)),
    "bpchar": ("char(8)", fixed(8)), "bpchar_1": ("char", fixed(1)),
    "name": ("name", (tuple(a for a in AWKWARD if len(a.encode()) < 64), lambda rng: text_of(rng, 15)[:15])),
    "char": ('"char"', pick("", "a", " ", "\\", '"', ",", "\n", "\u0001")),
    "bytea": ("bytea", (("\\x", "\\x00", "\\x00ff5c0a", "\\x" + "ab" * 300), lambda rng: "\\x" + hexes(rng))),
    "date": ("date", dates()), "time": ("time", times(False)), "timetz": ("timetz", times(True)),
    "time_3": ("time(3)", times(False)), "timestamp": ("timestamp", timestamps("")),
    "timestamptz": ("timestamptz", timestamps("+00")),
    "timestamp_0": ("timestamp(0)", (timestamps("")[0][:1], lambda rng: timestamp_text(rng.randrange(2**50)))),
    "interval": ("interval", intervals()),
    "uuid": ("uuid", (("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                       "00112233-4455-6677-8899-aabbccddeeff"),
                      lambda rng: str(uuid.UUID(bytes=rng.randbytes(16))))),
    "json": ("json", jsons(False)), "jsonb": ("jsonb", jsons(True)),
    "enum": ("oracle.mood", pick("sad", 'it\'s "fine"', "a,b")),
    "inet": ("inet", networks(True)), "cidr": ("cidr", networks(False)),
    "macaddr": ("macaddr", macs(6)), "macaddr8": ("macaddr8", macs(8)),
    "bit": ("bit(3)", bits(3)), "varbit": ("varbit", bits()),
    "xml": ("xml", pick("<a b=\"c\">&amp;</a>", "<!-- c -->", "text", "", "<r><x/>\n</r>")),
    "point": ("point", (("(1.5,-2)", "(NaN,Infinity)", "(-0,0)"), points(1))),
    "lseg": ("lseg", (("[(0,0),(1,1)]",), lambda rng: f"[{points(2)(rng)}]")),
    "line": ("line", (("{1,2,3}", "{1,0,-5.5}"), lambda rng: f"{{1,{rng.random()!r},{rng.random()!r}}}")),
    "box": ("box", (("(1,1),(0,0)",), points(2))), "circle": ("circle", (("<(1,2),3>",), lambda rng: f"<{points(1)(rng)},{rng.random()!r}>")),
    "path": ("path", (("[(0,0),(1,1)]",), lambda rng: f"({points(rng.randrange(1, 5))(rng)})")),
    "polygon": ("polygon", (("((0,0),(1,1),(1,0))",), lambda rng: f"({points(rng.randrange(1, 5))(rng)})")),
    "tsvector": ("tsvector", (("", "'a':1 'fat':2A", "'it''s' 'back\\\\slash'"), words)),
    "tsquery": ("tsquery", (("", "'fat' & 'rat'", "!'a' <2> 'b':AB*"), lambda rng: " & ".join(words(rng).split()))),
    "jsonpath": ("jsonpath", pick("$", "$.a[*] ? (@ > 1)", 'strict $."a b".size()')),
    "oid": ("oid", (("0", "4294967295"), lambda rng: str(rng.getrandbits(32)))),
    "xid": ("xid", (("0", "4294967295"), lambda rng: str(rng.getrandbits(32)))),
    "xid8": ("xid8", (("0", "18446744073709551615"), lambda rng: str(rng.getrandbits(64)))),
    "tid": ("tid", (("(0,1)", "(4294967295,65535)"), lambda rng: f"({rng.getrandbits(32)},{rng.getrandbits(16)})")),
    "regclass": ("regclass", pick("pg_class", "oracle.\"odd \"\"name\"", "-")), "regtype": ("regtype", pick("int4", "oracle.mood", "text[]")),
    "regproc": ("regproc", pick("pg_sleep", "-")), "regprocedure": ("regprocedure", pick("pg_sleep(float8)")),
    "regoper": ("regoper", pick("||/", "|/")), "regoperator": ("regoperator", pick("+(int4,int4)")),
    "regrole": ("regrole", pick("postgres")), "regnamespace": ("regnamespace", pick("pg_catalog", "oracle")),
    "regconfig": ("regconfig", pick("english")), "regdictionary": ("regdictionary", pick("simple")),
    "regcollation": ("regcollation", pick('"C"')),
    "pg_lsn": ("pg_lsn", (("0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"), lambda rng: f"{rng.getrandbits(32):X}/{rng.getrandbits(32):X}")),
    "txid_snapshot": ("txid_snapshot", pick("10:20:10,14", "1:1:")), "pg_snapshot": ("pg_snapshot", pick("10:20:10,14", "1:1:")),
    "int2vector": ("int2vector", pick("", "1 2 3", "-5")), "oidvector": ("oidvector", pick("", "1 2 4294967295")),
    "aclitem": ("aclitem", pick("postgres=r/postgres", "=arwdDxt/postgres")),
    "refcursor": ("refcursor", (AWKWARD, text_of)),
    "hstore": ("public.hstore", (("", "a=>1,b=>NULL", '"a b"=>"c,\\"d"'), lambda rng: f'{words(rng).split()[0]}=>"{rng.random()!r}"')),
    "citext": ("public.citext", (("CiText", *PRINTABLE), text_of)), "ltree": ("public.ltree", (("", "top.sub"), lambda rng: words(rng).replace(" ", "."))),
    "lquery": ("public.lquery", pick("*.a{1,2}.!b", "top.*")),
    "cube": ("public.cube", pick("(1, 2),(3, 4.5)", "(0)")), "seg": ("public.seg", pick("1.0 .. 2.0", "<5")),
    "isbn": ("public.isbn13", pick("978-0-393-04002-9")),
    "int4range": ("int4range", INT_RANGE), "int8range": ("int8range", INT_RANGE), "numrange": ("numrange", NUM_RANGE),
    "tsrange": ("tsrange", TS_RANGE), "tstzrange": ("tstzrange", TSTZ_RANGE), "daterange": ("daterange", DATE_RANGE),
    "textrange": ("oracle.textrange", pick('[a,b)', '["a,b","c\\"d")', "empty")),
    "int4multirange": ("int4multirange", multi(INT_RANGE)), "int8multirange": ("int8multirange", multi(INT_RANGE)),
    "nummultirange": ("nummultirange", multi(NUM_RANGE)), "tsmultirange": ("tsmultirange", multi(TS_RANGE)),
    "tstzmultirange": ("tstzmultirange", multi(TSTZ_RANGE)), "datemultirange": ("datemultirange", multi(DATE_RANGE)),
}

# Arrays of these are weird in PostgreSQL itself.
WITHOUT_ARRAYS = {"int2vector", "oidvector"}


def scalar(name):
    sql, (edges, draw) = SCALARS[name]
    return Type(sql, edges, draw, name)


def array(element: Type, separator=","):
    def draw(rng):
        count = rng.choice((0, 1, 2, 5))
        return quoted([None if rng.random() < 0.15 else element.draw(rng) for _ in range(count)], "{", "}", separator)
    one = element.edges[0]
    flat = (quoted([None, *element.edges[i:i + 6], None], "{", "}", separator) for i in range(0, len(element.edges), 6))
    edges = ("{}", *flat, "[0:0]=" + quoted([one], "{", "}", separator), "[2:3]=" + quoted([one, None], "{", "}", separator),
             "{" + separator.join(quoted(row, "{", "}", separator) for row in ([one, None], [one, one])) + "}")
    return Type(element.sql + "[]", edges, draw, element.base, "array", element.form)


def composite(name, element: Type):
    def draw(rng):
        return quoted([rng.choice((None, element.draw(rng))), rng.choice((None, text_of(rng)))], "(", ")")
    edges = ("(,)", quoted([element.edges[-1], ""], "(", ")"), quoted([element.edges[0], 'a "q", \\'], "(", ")"))
    return Type(f"oracle.pair_{name}", edges, draw, element.base, "composite")


# Domains over other than scalars: the name beneath, and in SQL. One comes after what it is of.
DOMAINS = {
    "ints": ("int4 array", "int4[]"), "texts": ("text array", "text[]"), "dates": ("date array", "date[]"),
    "numbers": ("numeric_18_4 array", "numeric(18,4)[]"), "uuids": ("uuid array", "uuid[]"), "spans": ("interval array", "interval[]"),
    "jsons": ("json array", "json[]"), "one_pair": ("date composite", "oracle.pair_date"),
    "pairs": ("text composite array", "oracle.pair_text[]"), "of_domain": ("timestamptz domain", "oracle.domain_timestamptz"),
    "of_ints": ("int4 array domain", "oracle.ints"), "of_pair": ("date composite domain", "oracle.one_pair"),
}


def all_types() -> dict[str, Type]:
    types = {name: scalar(name) for name in SCALARS}
    for name in SCALARS:
        one = types[name]
        types[f"{name} domain"] = dataclasses.replace(one, sql=f"oracle.domain_{name}")
        if name not in WITHOUT_ARRAYS:
            types[f"{name} array"] = array(one, ";" if name == "box" else ",")
            types[f"{name} composite"] = composite(name, one)
    for name in ("int4", "text", "numeric_18_4", "date", "jsonb", "xml", "int4range"):
        types[f"{name} composite array"] = array(types[f"{name} composite"])
    for name in ("numeric_18_4", "text", "interval"):
        types[f"{name} domain array"] = array(types[f"{name} domain"])
    for name, (of, _) in DOMAINS.items():
        types[f"{of} domain"] = dataclasses.replace(types[of], sql=f"oracle.{name}")
        types[f"{of} domain array"] = array(types[f"{of} domain"])
    types["dropped composite"] = dataclasses.replace(composite("date", types["date"]), sql="oracle.dropped")
    types["dropped composite array"] = array(types["dropped composite"])
    types["nested composite"] = Type("oracle.nested", ("(,)", '("(1,x)","{1,2}")'), lambda rng: '("(1,x)","{1,2}")', "int4", "composite")
    return types


TYPES = all_types()

SETUP = """
DROP SCHEMA IF EXISTS oracle CASCADE; CREATE SCHEMA oracle; SET client_min_messages = warning;
""" + "".join(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public;\n"
              for name in ("hstore", "citext", "ltree", "cube", "seg", "isn")) + """
CREATE TABLE oracle."odd ""name" (); CREATE TYPE oracle.mood AS ENUM ('sad', 'it''s "fine"', 'a,b');
CREATE TYPE oracle.textrange AS RANGE (subtype = text);
""" + "".join(f"CREATE DOMAIN oracle.domain_{name} AS {sql};\n" for name, (sql, _) in SCALARS.items()) + "".join(
    f"CREATE TYPE oracle.pair_{name} AS (a {sql}, b text);\n" for name, (sql, _) in SCALARS.items()
    if name not in WITHOUT_ARRAYS) + """
CREATE TYPE oracle.nested AS (c oracle.pair_int4, d int4[]);
CREATE TYPE oracle.dropped AS (first text, a date, gone numeric, b text, last int4[]);
ALTER TYPE oracle.dropped DROP ATTRIBUTE first, DROP ATTRIBUTE gone, DROP ATTRIBUTE last;
""" + "".join(f"CREATE DOMAIN oracle.{name} AS {sql};\n" for name, (_, sql) in DOMAINS.items())
