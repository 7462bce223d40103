"""Who is compared: what each format is written by, as command lines."""

import collections
import importlib.util
import pathlib
import sys

# `goals`: {(ours, other): what ours' time may be of the other's}
Race = collections.namedtuple("Race", "name file contenders goals")
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
            "weir": weir_as("csv.gz"),
            "psql | gzip": ["bash", "-o", "pipefail", "-c", f"psql -X -q -d '{uri}' -c 'COPY ({csv}) TO STDOUT WITH "
                            f"(FORMAT csv, HEADER)' | gzip > {out}.csv.gz"]},
            {("weir", "psql | gzip"): 0.30}),
        Race("parquet", f"{out}.parquet", {"weir": weir_as("parquet"), "duckdb": duckdb_as("parquet")},
             {("weir", "duckdb"): 0.95}),
    ]


def weir_alone(weir, uri, folder, name, jobs):
    path = folder / f"out.{name}"
    return [weir, "copy", uri, str(path), "--table", "records", "--jobs", str(jobs), "--quiet", "--if-exists", "replace"], path
