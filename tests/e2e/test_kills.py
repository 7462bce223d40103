"""Random kills: whatever dies, at whatever moment, no file under a final name is anything but complete."""

import contextlib
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

import duckdb

SEED = int(os.environ.get("WEIR_KILL_SEED") or random.SystemRandom().randrange(2**32))
KILLS = int(os.environ.get("WEIR_KILLS", "60"))
FORMATS = ["csv", "csv.gz", "ndjson", "parquet", "arrow", "xlsx", "duckdb"]


def session_of(pg, which):
    """The process of one of weir's sessions, oldest first: the snapshot's holder, or a worker's; None without any."""
    pids = pg.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'weir' ORDER BY backend_start, pid").split()
    return pids[int(which * len(pids))] if pids else None


def terminate(pg, which):
    """A worker's session is opened again, and the snapshot's holder has no more to give."""
    pid = session_of(pg, which)
    if pid:
        pg.sql(f"SELECT pg_terminate_backend({pid})")


def terminate_all(pg):
    pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir'")


def kill_backend(pg, which):
    """SIGKILL: the server ends all sessions and begins anew."""
    pid = session_of(pg, which)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
        started = time.monotonic()
        while not pg.sql("SELECT 1 FROM pg_class LIMIT 1", check=False):
            assert time.monotonic() - started < 60
            time.sleep(0.05)


def digest(path):
    """Of the bytes; of a DuckDB file's rows, for its blocks are in no certain order."""
    if path.suffix != ".duckdb":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    with duckdb.connect(path, read_only=True) as database:
        return database.execute("SELECT count(*), sum(hash(records)::hugeint) FROM records").fetchone()


def digests(target):
    """Of what stands under final names."""
    paths = sorted(target.glob("part-*")) if target.is_dir() else [target]
    return {path.name: digest(path) for path in paths}


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def check_finished(weir, target, record, whole):
    """What stands under the final name is complete: by weir's own record, and beside a copy that nobody disturbed."""
    assert digests(target) == whole
    manifest = target / "manifest.json" if target.is_dir() else record
    # A kill between the last rename and the record leaves a complete file that has no record.
    if manifest.exists() and target.suffix != ".duckdb":  # in which there is nothing that verify could read
        done = weir.run("verify", manifest)
        assert done.code == 0, done.err


def check_swept(folder, target, in_parts):
    """A killed copy leaves hidden names, or, between two renames of its end, parts without a manifest: no more."""
    seen = [path for path in names(folder) if not any(part.startswith(".") for part in path.split("/"))]
    assert all(path == target.name or in_parts and re.fullmatch(r"parts/part-\d{5}\..*", path) for path in seen), seen
    assert in_parts or not seen, seen


def remove_all(folder):
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else pathlib.Path(left).unlink()


def test_random_kills(weir, pg, tmp_path):
    print(f"WEIR_KILL_SEED={SEED}")
    pg.sql("DROP TABLE IF EXISTS killed; CREATE TABLE killed AS SELECT g::int8 AS id, md5(g::text) AS name, "
           "repeat(md5((g + 1)::text), 3) AS pad FROM generate_series(1, 400000) g; ANALYZE killed")
    rng = random.Random(SEED)
    ends = {"killed": 0, "failed": 0, "finished": 0}
    whole = {}
    for _ in range(KILLS):
        name, in_parts = rng.choice(FORMATS), rng.random() < 0.4
        in_parts = in_parts and name != "duckdb"
        target = tmp_path / ("parts" if in_parts else f"out.{name}")
        record = tmp_path / "record.json"
        options = ["--record", record, "--jobs", rng.choice((1, 2))]
        if in_parts:
            extension, _, compression = name.partition(".")
            options += ["--format", extension, "--split-bytes", "2MiB", *(["--compression", "gzip"] if compression else [])]
        command = ["copy", pg.uri, f"{target}/" if in_parts else target, "--table", "killed", "--quiet", *options]
        if (target.name, name) not in whole:
            started = time.monotonic()
            weir.ok(*command)
            whole[target.name, name] = digests(target), names(tmp_path), time.monotonic() - started
            remove_all(tmp_path)
        complete, complete_names, seconds = whole[target.name, name]
        process = subprocess.Popen(weir.command(*command), stderr=subprocess.PIPE, text=True)
        which = rng.random()
        time.sleep(rng.random() * seconds)
        rng.choice((process.kill, process.kill, lambda: kill_backend(pg, which), lambda: terminate(pg, which),
                    lambda: terminate_all(pg)))()
        _, err = process.communicate(timeout=60)
        finished = (target / "manifest.json").exists() if in_parts else target.exists()
        if process.returncode == 0:
            ends["finished"] += 1
            assert names(tmp_path) == complete_names
        elif process.returncode == -signal.SIGKILL:
            ends["killed"] += 1
            if not finished:
                check_swept(tmp_path, target, in_parts)
        else:
            ends["failed"] += 1
            assert process.returncode == 1 and "[postgres." in err, err
            assert not names(tmp_path), (err, names(tmp_path))
        if finished:
            check_finished(weir, target, record, complete)
        weir.ok(*command, *(["--if-exists", "replace"] if finished else []))
        assert names(tmp_path) == complete_names
        check_finished(weir, target, record, complete)
        remove_all(tmp_path)
    print(f"{KILLS} kills: {ends}")
