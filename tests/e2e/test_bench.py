"""`make bench` runs: every contender writes every row, and what may not be fails it. Its times are judged by
people, on quiet machines."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMATS = ("csv", "tsv", "ndjson", "json", "xml", "parquet", "arrow", "xlsx", "csv.gz", "csv.zst", "ndjson.gz", "ndjson.zst")


def run_bench(weir, *options, binary=None):
    floor = pathlib.Path(weir.binary).parents[2] / "bench/copy_floor"
    return subprocess.run([sys.executable, ROOT / "bench/run", "--runs", "1", *options, binary or weir.binary, floor],
                          capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def stand_in(tmp_path, weir, copy):
    """A weir that copies as the lines of shell say."""
    path = tmp_path / "weir"
    path.write_text(f'#!/bin/sh\nweir={weir.binary}\ncase "$1 $3" in\n{copy}\nesac\nexec "$weir" "$@"\n')
    path.chmod(0o755)
    return path


def test_bench_runs(weir):
    done = run_bench(weir, "--rows", "200000")
    assert done.returncode == 0, done.stdout + done.stderr
    for contender in ("weir --level 6", "psql COPY csv", "psql row_to_json", "psql | gzip", "duckdb", "floor"):
        assert contender in done.stdout
    alone = done.stdout.partition("weir alone")[2]
    assert [line.split()[0] for line in alone.splitlines()[1:]] == list(FORMATS)


def test_a_peak_or_a_file_above_its_limit_fails_the_bench(weir, tmp_path):
    plain = stand_in(tmp_path, weir, '"copy "*.parquet) set -- "$@" --compression none;;')
    done = run_bench(weir, "--rows", "20000", "--formats", "csv,parquet,arrow", "--ceilings", "text=1,parquet=1", binary=plain)
    assert done.returncode == 1, done.stderr
    assert "arrow" in done.stdout  # all is printed first
    failed = done.stderr.partition("bench: failed:\n")[2].splitlines()
    assert [line.partition(" rows: ")[0] for line in failed] == [f"{what}, 20,000" for what in (
        "csv by weir", "csv by weir --jobs 1", "ndjson by weir", "csv.gz by weir", "csv.gz by weir --level 6",
        "parquet by weir", "parquet by weir", "csv by weir alone", "parquet by weir alone")]
    assert "above 1" in failed[0] and ": file " in failed[6]


def test_a_row_or_a_value_that_differs_ends_the_bench(weir, tmp_path):
    less = 'set -- "$@" --where "id <> 7"'
    query = "SELECT id, created_at, name, value + (id = 7)::int AS value, metadata FROM records"
    other = f'set -- copy "$2" "$3" --if-exists replace --quiet --query "{query}"'
    rows, values = "by weir has rows 4999 where the table has 5000", "by weir has values by id"
    for name, copy, said in (("csv", less, rows), ("csv", other, values), ("parquet", other, values), ("xml", other, values)):
        binary = stand_in(tmp_path, weir, f'"copy "*) {copy};;')
        done = run_bench(weir, "--rows", "5000", "--no-races", "--formats", name, binary=binary)
        assert done.returncode == 1 and said in done.stderr, done.stderr
