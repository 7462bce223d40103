"""The strongest peer: DuckDB with its postgres extension, set as its users would on a small machine.

    duckdb_copy.py EXTENSION CONNECTION TABLE OUTPUT FORMAT
"""

import sys

import duckdb

OPTIONS = {"csv": "FORMAT csv, HEADER", "ndjson": "FORMAT json", "parquet": "FORMAT parquet, COMPRESSION zstd"}


def main():
    extension, connection, table, output, name = sys.argv[1:]
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "512MB", "preserve_insertion_order": False})
    engine.execute(f"LOAD '{extension}'")
    engine.execute(f"ATTACH '{connection}' AS pg (TYPE postgres, READ_ONLY)")
    engine.execute(f"COPY (SELECT * FROM pg.{table}) TO '{output}' ({OPTIONS[name]})")


main()
