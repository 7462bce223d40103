"""What tells two copies of `records` apart, in any order of rows and in every format: counts, and sums in
which each value is multiplied by its row's id.

    sums.py FILE N

prints the first N of them for a file, one to a line: a program of its own, as the bench must stay small.
"""

import collections
import decimal
import hashlib
import subprocess
import sys
import zipfile

NAMES = ["rows", "ids", "instants", "instants by id", "names", "lengths of names by id", "values", "values by id",
         "metadata", "lengths of metadata by id"]
SUMS = ("count(*), sum(id), count(micros), sum(id * micros), count(name), sum(id * length(name)), count(value), "
        "sum(id * value), count(metadata), sum(id * length(metadata))")
# SQL of DuckDB and of PostgreSQL. Readers of CSV do not tell NULL from '', nor does JSON tell its null from SQL's.
# DuckDB takes 10 us to make a wide decimal of text: an id is a bigint first.
ROWS = """SELECT CAST(CAST(id AS bigint) AS decimal(19, 0)) AS id, CAST({micros} AS decimal(18, 0)) AS micros,
                 nullif(name, '') AS name, CAST(value AS decimal(18, 4)) AS value,
                 nullif(nullif(CAST(metadata AS text), ''), 'null') AS metadata
          FROM {source}"""

# A text format whose rows DuckDB does not read, or not as they stand: what ends a row, the patterns of its columns,
# in which of them characters are escaped, and how one is.
Pieces = collections.namedtuple("Pieces", "end columns escaped escape")
COLUMNS = ("id", "created_at", "name", "value", "metadata")
JSON = Pieces(b"\n", dict(zip(COLUMNS, (
    '"id":([0-9]+)', '"created_at":"([^"]*)"', r'"name":"((?:[^"\\]|\\.)*)"', '"value":(-?[0-9.]+)',
    r'"metadata":(.*)\},?$'))), ["name"], r"\\(?:u[0-9a-f]{4}|.)")
ESCAPES = "&[^;]*;|_x[0-9A-F]{4}_"
XML = Pieces(b"</record>", {name: f"<{name}[^>]*>([^<]*)</" for name in COLUMNS}
             | {"metadata": "<(metadata)(?: type=[^>]*)?>"}, ["name"], ESCAPES)
XLSX = Pieces(b"</row>", {name: f'<c r="{letter}[0-9]+"[^>]*>(?:<v>|<is><t[^>]*>)([^<]*)<' for name, letter in zip(
    COLUMNS, "ABCDE")}, ["name", "metadata"], ESCAPES)
PIECES = {"json": JSON, "ndjson": JSON, "xml": XML, "xlsx": XLSX}


class Table:
    """What the table is, and which files were found to be it: weir writes the same bytes each time."""

    def __init__(self, cluster):
        rows = ROWS.format(micros="extract(epoch FROM created_at) * 1000000", source="records")
        self._sums = cluster.sql(f"SELECT {SUMS} FROM ({rows}) r").split("|")
        self._found = set()

    def check(self, who, path):
        """Ends the bench when a file is not the table. Others than weir may write values otherwise: there the rows
        are counted."""
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        if digest in self._found:
            return
        # XML has metadata as elements, without what JSON has between them.
        count = 1 if not who.startswith("weir") else 9 if path.suffix == ".xml" else len(NAMES)
        done = subprocess.run([sys.executable, __file__, str(path), str(count)], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {path.name} by {who} cannot be read")
        for name, ours, theirs in zip(NAMES[:count], self._sums, done.stdout.split()):
            if ours != theirs:
                sys.exit(f"bench: {path.name} by {who} has {name} {theirs} where the table has {ours}")
        self._found.add(digest)


def read_pieces(path, end):
    """Tables of one column: the rows in 8 MiB of the file, as text."""
    import pyarrow

    zipped = path.endswith(".xlsx")
    stream = zipfile.ZipFile(path).open("xl/worksheets/sheet1.xml") if zipped else pyarrow.input_stream(path)
    rest = b""
    while block := stream.read(8 << 20):
        *whole, rest = (rest + block).split(end)
        yield pyarrow.table({"piece": pyarrow.array([piece.decode() for piece in whole], pyarrow.string())})


def columns_of(pieces):
    """The SQL that takes the columns out of a piece. Names are as long as they were, not as they were."""
    def column(name, pattern):
        text = f"nullif(regexp_extract(piece, '{pattern}', 1), '')"
        return f"regexp_replace({text}, '{pieces.escape}', '.', 'g')" if name in pieces.escaped else text

    columns = ", ".join(f"{column(name, pattern)} AS {name}" for name, pattern in pieces.columns.items())
    return f"(SELECT {columns} FROM part WHERE id SIMILAR TO '[0-9]+')"


def tables_of(path, name):
    """(tables named `part`, or None; where the columns are)"""
    if name in PIECES:
        return read_pieces(path, PIECES[name].end), columns_of(PIECES[name])
    if name == "arrow":
        import pyarrow

        return (pyarrow.Table.from_batches([batch]) for batch in pyarrow.ipc.open_stream(path)), "part"
    if name == "parquet":
        return [None], f"'{path}'"
    options = f"""delim = {"chr(9)" if name == "tsv" else "','"}, quote = '"', escape = '"', parallel = false"""
    return [None], f"read_csv('{path}', header = true, all_varchar = true, {options})"


def main():
    import duckdb

    path, count = sys.argv[1], int(sys.argv[2])
    # DuckDB keeps all of a CSV file that one thread reads.
    engine = duckdb.connect(config={"threads": 2, "preserve_insertion_order": False})
    engine.execute("SET enable_progress_bar = false")
    tables, source = tables_of(path, path.rpartition("/")[2].split(".")[1])
    rows = ROWS.format(micros="epoch_us(CAST(created_at AS timestamptz))", source=source)
    query = f"SELECT {', '.join(SUMS.split(', ')[:count])} FROM ({rows})"
    decimal.getcontext().prec = 50
    sums = [0] * count
    # One query for each table: DuckDB's end with an error would wait for a Python generator that it reads from.
    for table in tables:
        if table is not None:
            engine.register("part", table)
        found = engine.execute(query).fetchone()
        sums = [total + (more or 0) for total, more in zip(sums, found, strict=True)]
    print(*sums, sep="\n")


if __name__ == "__main__":
    main()
