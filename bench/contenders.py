"""Who is compared: what each format is written by, as command lines."""

import collections
import importlib.util
import pathlib
import sys

# `goals`: {(ours, other): what ours' time may be of the other's, None where it is only printed}
# `limits`: {(ours, other): [Limit]}, which are no matter of the machine
Race = collections.namedtuple("Race", "name file contenders goals limits", defaults=[{}])
# What ours' may be of the other's, of a field of Run; judged from so many rows on.
Limit = collections.namedtuple("Limit", "field what most from_rows")
# MiB of memory that weir may take at its peak. XLSX has none.
CEILINGS = {"text": 48, "parquet": 75, "arrow": 75}
COLUMNS = "id, created_at, name, value, metadata"


def find_extension():
    """The postgres extension that the package duckdb-extension-postgres-scanner brings."""
    spec = importlib.util.find_spec("duckdb_extension_postgres_scanner")
    files = [] if spec is None else list(pathlib.Path(spec.submodule_search_locations[0]).rglob("*.duckdb_extension"))
    if not files:
        sys.exit("bench: no package duckdb-extension-postgres-scanner; run it as `make bench`")
    return str(files[0])


def races(weir, floor, uri, folder):
    """[Race]: the first contender of each is weir."""
    out = folder / "out"
    extension = find_extension()

    def weir_as(name, *options):
        return [weir, "copy", uri, f"{out}.{name}", "--table", "records", "--quiet", "--if-exists", "replace", *options]

    def duckdb_as(name):
        return [sys.executable, str(pathlib.Path(__file__).parent / "duckdb_copy.py"), extension, uri, "records",
                f"{out}.{name}", name]

    def psql(query, name, options=""):
        return ["psql", "-X", "-q", "-A", "-t", "-d", uri, "-c", f"\\copy ({query}) TO '{out}.{name}' {options}"]

    csv = f"SELECT {COLUMNS} FROM records"
    as_it_is = "WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"  # COPY's text would escape the backslashes
    floor_command = [floor, uri, "records", "2"]
    return [
        Race("csv", f"{out}.csv", {
            "weir": weir_as("csv"), "weir --jobs 1": weir_as("csv", "--jobs", "1"),
            "psql COPY csv": psql(csv, "csv", "WITH (FORMAT csv, HEADER)"), "duckdb": duckdb_as("csv"),
            "floor": floor_command}, {("weir", "floor"): 1.3, ("weir", "psql COPY csv"): 0.50, ("weir", "duckdb"): 0.75,
             ("weir --jobs 1", "psql COPY csv"): 0.85}),
        Race("ndjson", f"{out}.ndjson", {
            "weir": weir_as("ndjson"), "psql row_to_json": psql("SELECT row_to_json(r) FROM records r", "ndjson", as_it_is),
            "duckdb": duckdb_as("ndjson"), "floor": floor_command},
            {("weir", "floor"): 1.3, ("weir", "psql row_to_json"): 0.33, ("weir", "duckdb"): 0.70}),
        Race("csv.gz", f"{out}.csv.gz", {
            "weir": weir_as("csv.gz"), "weir --level 6": weir_as("csv.gz", "--level", "6"),  # as small as gzip's
            "psql | gzip": ["bash", "-o", "pipefail", "-c", f"psql -X -q -d '{uri}' -c 'COPY ({csv}) TO STDOUT WITH "
                            f"(FORMAT csv, HEADER)' | gzip > {out}.csv.gz"]},
            {("weir", "psql | gzip"): 0.30, ("weir --level 6", "psql | gzip"): None}),
        Race("parquet", f"{out}.parquet", {"weir": weir_as("parquet"), "duckdb": duckdb_as("parquet")},
             {("weir", "duckdb"): 0.95},
             # What DuckDB takes grows with the rows, up to a million or so.
             {("weir", "duckdb"): [Limit("file_bytes", "file", 1.0, 0), Limit("peak_bytes", "peak", 1 / 3, 1_000_000)]}),
    ]


def ceiling(name, ceilings):
    """Of a format, in bytes, or None."""
    return None if name == "xlsx" else ceilings.get(name, ceilings["text"]) << 20


def weir_alone(weir, uri, folder, name, jobs):
    path = folder / f"out.{name}"
    return [weir, "copy", uri, str(path), "--table", "records", "--jobs", str(jobs), "--quiet", "--if-exists", "replace"], path
