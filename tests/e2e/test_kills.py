"""Random kills: whatever dies, at whatever moment, no file under a final name is anything but complete."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

SEED = int(os.environ.get("WEIR_KILL_SEED") or random.SystemRandom().randrange(2**32))
KILLS = int(os.environ.get("WEIR_KILLS", "60"))
FORMATS = ["csv", "csv.gz", "ndjson", "parquet", "arrow", "xlsx"]


def terminate(pg, limit):
    """One of weir's sessions, or all: a worker's is opened again, and the snapshot's holder has no more to give."""
    pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir' "
           f"ORDER BY random() LIMIT {limit}")


def check_finished(weir, target, record):
    """What stands under the final name is complete, by weir's own record of it."""
    manifest = target / "manifest.json" if target.is_dir() else record
    done = weir.run("verify", manifest)
    assert done.code == 0, done.err


def test_random_kills(weir, pg, tmp_path):
    print(f"WEIR_KILL_SEED={SEED}")
    pg.sql("DROP TABLE IF EXISTS killed; CREATE TABLE killed AS SELECT g::int8 AS id, md5(g::text) AS name, "
           "repeat(md5((g + 1)::text), 3) AS pad FROM generate_series(1, 400000) g; ANALYZE killed")
    rng = random.Random(SEED)
    ends = {"killed": 0, "failed": 0, "finished": 0}
    for _ in range(KILLS):
        name, in_parts = rng.choice(FORMATS), rng.random() < 0.4
        target = tmp_path / ("parts" if in_parts else f"out.{name}")
        record = tmp_path / "record.json"
        options = ["--record", record, "--jobs", rng.choice((1, 2))]
        if in_parts:
            extension, _, compression = name.partition(".")
            options += ["--format", extension, "--split-bytes", "2MiB", *(["--compression", "gzip"] if compression else [])]
        command = ["copy", pg.uri, f"{target}/" if in_parts else target, "--table", "killed", "--quiet", *options]
        process = subprocess.Popen(weir.command(*command), stderr=subprocess.PIPE, text=True)
        time.sleep(rng.random() * 0.4)
        rng.choice((process.kill, lambda: terminate(pg, 1), lambda: terminate(pg, "ALL")))()
        _, err = process.communicate(timeout=60)
        finished = (target / "manifest.json").exists() if in_parts else target.exists()
        if process.returncode == 0:
            ends["finished"] += 1
            assert finished
        elif process.returncode == -signal.SIGKILL:
            ends["killed"] += 1
        else:
            ends["failed"] += 1
            assert process.returncode == 1 and "[postgres." in err and not finished, err
            assert not list(tmp_path.rglob(".*.tmp")), err
        # A kill between the last rename and the record leaves a complete file that has no record.
        if finished and (in_parts or record.exists()):
            check_finished(weir, target, record)
        weir.ok(*command, "--if-exists", "replace")
        assert not list(tmp_path.rglob(".*.tmp"))
        check_finished(weir, target, record)
        for left in tmp_path.iterdir():
            shutil.rmtree(left) if left.is_dir() else pathlib.Path(left).unlink()
    print(f"{KILLS} kills: {ends}")
