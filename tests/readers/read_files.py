"""Run by check_readers in the virtual environment of one reader: reads every Parquet file of a folder.

    read_files.py ENGINE FOLDER RESULTS

Of each NAME.parquet it leaves NAME.arrow, the rows as an Arrow stream of the reader's own making, or
NAME.refused, what the reader said.
"""

import pathlib
import sys

import pyarrow as pa


def open_pyarrow():
    import pyarrow.parquet as pq
    options = {"page_checksum_verification": True} if int(pa.__version__.split(".")[0]) > 12 else {}
    return lambda path: pq.ParquetFile(path, **options).read()


def open_duckdb():
    import duckdb
    connection = duckdb.connect()
    fetch = "to_arrow_table" if hasattr(connection, "to_arrow_table") else "fetch_arrow_table"
    return lambda path: getattr(connection.execute("SELECT * FROM read_parquet(?)", [str(path)]), fetch)()


def open_polars():
    import polars
    if hasattr(polars.Config, "activate_decimals"):  # doubles before 1.0, unless it is asked not to
        polars.Config.activate_decimals(True)
    return lambda path: polars.read_parquet(path).to_arrow()


def open_spark(vectorised):
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
               .config("spark.sql.session.timeZone", "UTC").config("spark.sql.caseSensitive", "true")
               .config("spark.sql.parquet.enableVectorizedReader", str(vectorised).lower()).getOrCreate())
    session.sparkContext.setLogLevel("OFF")

    def read(path):
        # Its days and microseconds as they are: Python has no dates before the year 1.
        frame = session.read.parquet(str(path))
        batches = frame._collect_as_arrow()
        return pa.Table.from_batches(batches)
    return read


ENGINES = {"pyarrow": open_pyarrow, "duckdb": open_duckdb, "polars": open_polars,
           "spark": lambda: open_spark(True), "spark_rows": lambda: open_spark(False)}


def main():
    engine, folder, results = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    read = ENGINES[engine]()
    for path in sorted(folder.glob("*.parquet")):
        try:
            table = read(path)
        except BaseException as error:  # Polars' panics are not Exceptions
            if isinstance(error, KeyboardInterrupt):
                raise
            (results / f"{path.stem}.refused").write_text(f"{type(error).__name__}: {error}")
            continue
        with pa.OSFile(str(results / f"{path.stem}.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
            out.write_table(table)


if __name__ == "__main__":
    main()
