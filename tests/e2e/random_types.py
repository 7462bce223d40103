"""Types that nobody wrote down: numerics, lengths and precisions at random, arrays of those, and enums, domains and
composites of them with names that have to be quoted."""

import dataclasses

import pg_types
from pg_types import AWKWARD, Type, quoted, text_of

NAMES = ('Mixed "Case"', "with space", 'quote"', "it's", "back\\slash", "dot.ted", "SELECT", "é😀", "semi;colon", "tab\there", "a[]", "%s")


def identifier(text):
    return '"' + text.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def numeric(rng):
    precision = rng.choice((rng.randrange(1, 39), rng.randrange(39, 77), rng.randrange(77, 1001)))
    scale = rng.choice((0, precision, rng.randrange(precision + 1), rng.randrange(-1000, 1001), rng.randrange(-20, 90)))
    # A decimal has as many digits as there are places, also those that are always zero.
    places = max(precision, precision - scale, scale)
    return Type(f"numeric({precision},{scale})", *pg_types.numeric(precision, scale), "numeric_x" if places <= 76 else "numeric")


def text(rng):
    length = rng.choice((1, 2, 8, rng.randrange(1, 300)))
    name = rng.choice(("varchar", "bpchar"))
    return Type(f"{name}({length})", tuple(a[:length] for a in AWKWARD), lambda r: text_of(r, length)[:length], name)


def bits(rng):
    length = rng.randrange(1, 200)
    if rng.random() < 0.5:
        return Type(f"bit({length})", *pg_types.bits(length), "bit")
    return Type(f"varbit({length})", ("", "1" * length, "0"), lambda r: "".join(r.choices("01", k=r.randrange(length + 1))), "varbit")


def moment(rng):
    """Rounded, the last moment that there is would be no more."""
    digits = rng.randrange(7)
    base, (edges, draw) = rng.choice((
        ("timestamp", pg_types.timestamps("")), ("timestamptz", pg_types.timestamps("+00")),
        ("time", pg_types.times(False)), ("timetz", pg_types.times(True)), ("interval", pg_types.intervals())))
    last = pg_types.timestamp_text(pg_types.MICROS_MAX)
    edges = tuple(e for e in edges if not e.startswith(last))
    sql = {"timestamptz": f"timestamp({digits}) with time zone", "timetz": f"time({digits}) with time zone"}.get(base, f"{base}({digits})")
    if base == "interval" and rng.random() < 0.3:
        sql = rng.choice(("interval year to month", f"interval day to second({digits})", "interval hour"))
    return Type(sql, edges, draw, base)


def enum(rng, name):
    labels = rng.sample([a for a in AWKWARD if len(a.encode()) < 64], rng.randrange(1, 8))
    return Type(name, tuple(labels), lambda r: r.choice(labels), "enum"), f"CREATE TYPE {name} AS ENUM ({', '.join(map(literal, labels))});"


def composite(rng, name):
    """Of scalars: of an array in it to_json has fewer things to say than of one that is alone."""
    fields = [scalar(rng, f"{name[:-1]} {i}\"") for i in range(rng.randrange(1, 5))]
    names = rng.sample(NAMES, len(fields))

    def draw(r):
        return quoted([None if r.random() < 0.2 else kind.draw(r) for kind, _ in fields], "(", ")")
    edges = tuple(quoted([kind.edges[i % len(kind.edges)] for kind, _ in fields], "(", ")")
                  for i in range(max(len(kind.edges) for kind, _ in fields)))
    members = ", ".join(f"{identifier(n)} {kind.sql}" for n, (kind, _) in zip(names, fields))
    return (Type(name, (quoted([None] * len(fields), "(", ")"), *edges), draw, "composite", "composite"),
            "".join(ddl for _, ddl in fields) + f"CREATE TYPE {name} AS ({members});")


def scalar(rng, name):
    if rng.random() < 0.15:
        return enum(rng, name)
    return rng.choice((numeric, numeric, numeric, text, bits, moment, moment))(rng), ""


def make(rng, number):
    """A type, and the SQL that makes it, its name among all others by `number`."""
    name = f"oracle.{identifier(f'{rng.choice(NAMES)} {number}')}"
    kind, ddl = composite(rng, name) if rng.random() < 0.2 else scalar(rng, name)
    if rng.random() < 0.25:
        name = name[:-1] + ' domain"'
        kind, ddl = dataclasses.replace(kind, sql=name), ddl + f"CREATE DOMAIN {name} AS {kind.sql};"
    if rng.random() < 0.3:
        kind = pg_types.array(kind)
    return kind, ddl
