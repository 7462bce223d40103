"""Random kills: whatever dies, at whatever moment, no file under a final name is anything but complete."""

import hashlib
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


def kill_backend(pg):
    """SIGKILL: the server ends all sessions and begins anew."""
    pid = pg.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'weir' ORDER BY random() LIMIT 1")
    if pid:
        os.kill(int(pid), signal.SIGKILL)
        started = time.monotonic()
        while not pg.sql("SELECT 1 FROM pg_class LIMIT 1", check=False):
            assert time.monotonic() - started < 60
            time.sleep(0.05)


def digests(target):
    """Of what stands under final names; a workbook has the time of its making in it."""
    paths = sorted(target.glob("part-*")) if target.is_dir() else [target]
    return {} if target.suffix == ".xlsx" or any(path.suffix == ".xlsx" for path in paths) else {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def check_finished(weir, target, record, whole):
    """What stands under the final name is complete: by weir's own record, and beside a copy that nobody disturbed."""
    assert digests(target) == whole
    manifest = target / "manifest.json" if target.is_dir() else record
    # A kill between the last rename and the record leaves a complete file that has no record.
    if manifest.exists():
        done = weir.run("verify", manifest)
        assert done.code == 0, done.err


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
        target = tmp_path / ("parts" if in_parts else f"out.{name}")
        record = tmp_path / "record.json"
        options = ["--record", record, "--jobs", rng.choice((1, 2))]
        if in_parts:
            extension, _, compression = name.partition(".")
            options += ["--format", extension, "--split-bytes", "2MiB", *(["--compression", "gzip"] if compression else [])]
        command = ["copy", pg.uri, f"{target}/" if in_parts else target, "--table", "killed", "--quiet", *options]
        if target.name not in whole or name not in whole[target.name]:
            weir.ok(*command)
            whole.setdefault(target.name, {})[name] = digests(target)
            remove_all(tmp_path)
        complete = whole[target.name][name]
        process = subprocess.Popen(weir.command(*command), stderr=subprocess.PIPE, text=True)
        time.sleep(rng.random() * 0.4)
        rng.choice((process.kill, process.kill, lambda: kill_backend(pg), lambda: terminate(pg, 1),
                    lambda: terminate(pg, "ALL")))()
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
        if finished:
            check_finished(weir, target, record, complete)
        weir.ok(*command, "--if-exists", "replace")
        assert not list(tmp_path.rglob(".*.tmp"))
        check_finished(weir, target, record, complete)
        assert (target / "manifest.json" if in_parts else record).exists()
        remove_all(tmp_path)
    print(f"{KILLS} kills: {ends}")
