"""Random kills: whatever dies, at whatever moment, no file under a final name is anything but complete."""

import collections
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
KILLS = int(os.environ.get("WEIR_KILLS", "60"))  # SIGKILLs; terminations come on top
ROWS = 150000
TERMINATED = ("session", "all sessions")
VICTIMS = ["weir"] * 5 + ["backend"] * 5 + [*TERMINATED]
FORMATS = ["csv", "csv.gz", "ndjson", "parquet", "arrow", "xlsx", "duckdb"]


def sessions(pg):
    """The processes of weir's sessions, oldest first: the snapshot's holder, then the workers'. Read from the system,
    for a query takes so long that many a copy would be over."""
    server = (pg.data / "postmaster.pid").read_text().split()[0]
    pids = []
    for pid in pathlib.Path(f"/proc/{server}/task/{server}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            if title.startswith(b"postgres: postgres postgres 127.0.0.1("):  # psql's sessions are over by now
                pids.append(int(pid))
    return sorted(pids, key=started)


def started(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]), pid
    return 0, pid


def strike(pg, process, victim, which):
    """Ends weir, one of its sessions, or (by SIGTERM, as pg_terminate_backend does) one or all of them; False when
    there was nothing left to end. A worker's session that is terminated is opened again; the snapshot's holder has
    no more to give."""
    pids = [process.pid] if victim == "weir" else sessions(pg)
    while not pids and process.poll() is None:  # it has not connected yet
        pids = sessions(pg)
    if process.poll() is not None:
        return False
    pids = pids if victim == "all sessions" else pids[int(which * len(pids)):][:1]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM if victim in TERMINATED else signal.SIGKILL)
    if victim == "backend":
        wait_for_restart(pg, pids[0])
    return True


def wait_for_restart(pg, pid):
    """The server ends all sessions and begins anew, from the moment it has seen that this one is dead."""
    began = time.monotonic()
    while pathlib.Path(f"/proc/{pid}").exists() or not pg.sql("SELECT 1 FROM pg_class LIMIT 1", check=False):
        assert time.monotonic() - began < 60
        time.sleep(0.02)


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


def seconds_of(weir, command):
    began = time.monotonic()
    weir.ok(*command)
    return time.monotonic() - began


def choose(rng, tmp_path):
    """A copy at random: its target, whether that is a directory of parts, and the options."""
    name, in_parts = rng.choice(FORMATS), rng.random() < 0.4
    in_parts = in_parts and name != "duckdb"
    options = ["--record", tmp_path / "record.json", "--jobs", rng.choice((1, 2))]
    if in_parts:
        extension, _, compression = name.partition(".")
        options += ["--format", extension, "--split-bytes", "2MiB", *(["--compression", "gzip"] if compression else [])]
    return name, tmp_path / ("parts" if in_parts else f"out.{name}"), in_parts, options


def test_random_kills(weir, pg, tmp_path, say):
    print(f"WEIR_KILL_SEED={SEED}")
    pg.sql(f"DROP TABLE IF EXISTS killed; CREATE TABLE killed AS SELECT g::int8 AS id, md5(g::text) AS name, "
           f"repeat(md5((g + 1)::text), 3) AS pad FROM generate_series(1, {ROWS}) g; ANALYZE killed; CHECKPOINT")
    rng = random.Random(SEED)
    struck, ends, whole, took, late = collections.Counter(), collections.Counter(), {}, {}, 0
    while struck["weir"] + struck["backend"] < KILLS:
        name, target, in_parts, options = choose(rng, tmp_path)
        record = tmp_path / "record.json"
        command = ["copy", pg.uri, f"{target}/" if in_parts else target, "--table", "killed", "--quiet", *options]
        if (target.name, name) not in whole:
            took[target.name, name] = seconds_of(weir, command)
            whole[target.name, name] = digests(target), names(tmp_path)
            remove_all(tmp_path)
        complete, complete_names = whole[target.name, name]
        victim, which, moment = rng.choice(VICTIMS), rng.random(), rng.random()
        process = subprocess.Popen(weir.command(*command), stderr=subprocess.PIPE, text=True)
        time.sleep(moment * took[target.name, name])
        in_time = strike(pg, process, victim, which)
        _, err = process.communicate(timeout=60)
        finished = (target / "manifest.json").exists() if in_parts else target.exists()
        where = f"{victim} {which:.2f} after {moment:.2f} of {command}: exit {process.returncode}: {err}"
        if process.returncode == 0:
            assert names(tmp_path) == complete_names, where
        elif process.returncode == -signal.SIGKILL:
            assert in_time and victim == "weir", where
            if not finished:
                check_swept(tmp_path, target, in_parts)
        else:
            assert in_time and victim != "weir" and process.returncode == 1 and "[postgres." in err, where
            assert not names(tmp_path), (where, names(tmp_path))
        if finished:
            check_finished(weir, target, record, complete)
        if in_time:
            struck[victim] += 1
            ends["finished" if process.returncode == 0 else "killed" if process.returncode < 0 else "failed"] += 1
            again = seconds_of(weir, [*command, *(["--if-exists", "replace"] if finished else [])])
            took[target.name, name] = min(again, took[target.name, name])
            assert names(tmp_path) == complete_names, where
            check_finished(weir, target, record, complete)
        else:
            late += 1
        remove_all(tmp_path)
    say(f"WEIR_KILL_SEED={SEED}: {KILLS} SIGKILLs ({struck['weir']} of weir, {struck['backend']} of backends) and "
        f"{sum(struck[victim] for victim in TERMINATED)} terminations: {ends['killed']} killed, {ends['failed']} failed, "
        f"{ends['finished']} finished; {late} copies were over before")
    # A copy that ends as if nothing had happened has tried nothing: few may. (What a worker loses is read again.)
    assert ends["killed"] > 0 and ends["failed"] > 0
    assert ends["finished"] + late <= ends["killed"] + ends["failed"], (ends, late)
