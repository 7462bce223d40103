"""Make the n-th operation fail, and the next, until a run is clean: after each, a clear end and nothing
left behind. What has too many operations to try them all is sampled; the seed and the ends are said when all is done."""

import collections
import errno
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys

import duckdb
import pytest

HERE = pathlib.Path(__file__).parent
SEED = int(os.environ.get("WEIR_SWEEP_SEED") or random.SystemRandom().randrange(2**32))
SAMPLES = int(os.environ.get("WEIR_SWEEP_SAMPLES", "40"))
QUERY = ("SELECT g AS id, 'name ' || g AS name, g / 7.0 AS value, date '2000-01-01' + g AS at, "
         "jsonb_build_object('k', g, 'list', jsonb_build_array(g, 'x')) AS doc FROM generate_series(1, {}) g")
# Libraries that do not look at what malloc gives them.
CARELESS = ("libgssapi_krb5", "libkrb5", "libcrypto", "libssl", "libpq", "libxlsxwriter", "libminizip", "libduckdb")
MEMORY = ("malloc", "mmap")
LAST = 60  # allocations: what is done when all has been read
NAMES = {0: "complete", 1: "exit 1", -signal.SIGABRT: "SIGABRT", -signal.SIGSEGV: "SIGSEGV in a careless library"}
FORMATS = ["csv", "ndjson.zst", "csv.gz", "json", "xml", "parquet", "arrow", "xlsx", "parts/"]
ENDS = collections.Counter()  # of the runs of one test in which something failed


@pytest.fixture(autouse=True)
def ends(tally):
    ENDS.clear()
    yield
    tally(f"WEIR_SWEEP_SEED={SEED}", ENDS)


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "fail_nth.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-fexceptions", "-fno-omit-frame-pointer",
                    "-o", library, HERE / "fail_nth.c", "-ldl"], check=True)
    return library


def told(text):
    """A completion record, without times, snapshot and how it ran."""
    record = json.loads(text)
    return {key: record[key] for key in ("source", "format", "rows", "bytes", "columns", "parts")}


def content_of(path):
    """What can be compared with the same copy's on another day."""
    if path.suffix == ".json" and path.name in ("manifest.json", "r.json"):
        return told(path.read_bytes())
    if path.suffix == ".duckdb":  # its blocks are in no certain order
        with duckdb.connect(path, read_only=True) as database:
            return database.execute("DESCRIBE records").fetchall(), database.execute("FROM records ORDER BY 1").fetchall()
    return path.read_bytes()


def is_hidden(path):
    return any(part.startswith(".") for part in pathlib.Path(path).parts)


class Sweep:
    """Runs one copy again and again with another call failing each time."""

    def __init__(self, weir, uri, shim, folder, name, source=(), record=False, replace=False):
        self.weir, self.shim, self.name, self.uri = weir, shim, name, uri
        self.counted, self.home, self.earlier = folder / "count", folder / "home", folder / "earlier"
        in_parts = name.endswith("/")
        target = self.home / (name if in_parts else f"out.{name}")
        self.record = (target if in_parts else self.home) / "r.json" if record else None
        self.command = ["copy", uri, f"{target}/" if in_parts else target, *(["--record", self.record] if record else []),
                        *(["--format", "csv", "--split-bytes", "2KiB"] if in_parts else [])]
        self.source = source or ["--query", QUERY.format(20000 if in_parts else 100)]
        self.home.mkdir()
        self.earlier.mkdir()
        if replace:
            self.weir.ok(*self.command, "--query", "SELECT g AS earlier FROM generate_series(1, 20000) g")
            target.chmod(0o750 if in_parts else 0o640)
            self.earlier.rmdir()
            self.home.rename(self.earlier)
            self.command += ["--if-exists", "replace"]
        self.before = self.reset()
        self.weir.ok(*self.command, *self.source)
        self.whole = self.snapshot()
        assert self.whole != self.before and len(self.whole) == 1 + record or in_parts and len(self.whole) > 4
        self.reset()
        self.ends = collections.Counter()

    def reset(self):
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.earlier, self.home)
        return self.snapshot()

    def paths(self):
        return sorted(path.relative_to(self.home) for path in self.home.rglob("*"))

    def snapshot(self):
        """Everything in the destination's folder: modes, and what is in files that are no temporary ones."""
        found = {}
        for path in self.paths():
            full = self.home / path
            found[str(path)] = (full.stat().st_mode, None if is_hidden(path) or full.is_dir() else content_of(full))
        return found

    def swept(self):
        """Without what the next run removes, or takes for its own: temporary files, a lock, an empty directory."""
        found = {path: what for path, what in self.snapshot().items() if not is_hidden(path)}
        return {path: what for path, what in found.items() if what[1] is not None or path in self.before or
                any(other.startswith(f"{path}/") for other in found)}

    def run(self, call, nth, error=0, how=""):
        """Returns how many calls there were."""
        self.counted.unlink(missing_ok=True)
        environment = {"LD_PRELOAD": str(self.shim), "FAIL_CALL": call, "FAIL_NTH": str(nth),
                       "FAIL_ERRNO": str(error), "FAIL_HOW": how, "FAIL_COUNT": str(self.counted)}
        if call in ("link", "unlink"):
            environment["FAIL_RENAMEAT2"] = "1"  # then a file is published by a link
        if call in MEMORY and "ASAN_OPTIONS" in os.environ:
            environment["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"] + ":handle_segv=0"  # then the shim says where
        done = self.weir.run(*self.command, *self.source, env=environment, timeout=60)
        calls = int(self.counted.read_text() or 0) if self.counted.exists() else 0
        where = f"{call} {nth} of {calls} {how}: exit {done.code}: {done.err}"
        assert done.code == 0 or how != "byte", where
        self.judge(call, done, where)
        self.ends[done.code, 0 < nth <= calls] += 1
        if nth < 0 or 0 < nth <= calls or done.code < 0:  # who is killed has not counted
            ENDS["runs"] += 1
            ENDS[NAMES.get(done.code, f"exit {done.code}")] += 1
        self.reset()
        return calls

    def judge(self, call, done, where):
        """By what is in the folder: all of the copy, or what was there before; nothing else."""
        found = self.snapshot()
        if done.code < 0:
            fell = re.search(r"fail_nth: signal 11 in (\S+)", done.err)
            careless = fell and fell[1].startswith(CARELESS)
            assert call in MEMORY and (-done.code == signal.SIGABRT or -done.code == signal.SIGSEGV and careless), where
        else:
            assert done.code == 0 or done.code == 1 and "weir: " in done.err and "[" in done.err, where
        # What could not be removed is removed by the next run. A database's files are listed for that.
        if call in ("unlink", "rmdir") or done.code < 0 or call in MEMORY and self.name == "duckdb":
            found = self.swept()
        if done.code == 0 or "the copy is complete; saying so: " in done.err:
            expected = [self.whole]  # the failure was survived (another address, a spare attempt), or none was the n-th
        elif done.code != 0 and "the copy is complete; writing its record: " in done.err:
            expected = [self.whole if "is replaced, but may be lost in a crash" in done.err else self.unrecorded()]
        elif done.code != 0 and "is replaced, but may be lost in a crash" in done.err:
            expected = [self.unrecorded()]
        elif done.code > 0:
            expected = [self.before]
        elif call in MEMORY:  # an abort, before the copy got its name
            expected = [self.before]
        elif done.code < 0:  # killed, before or after that
            expected = [self.before, self.whole, self.unrecorded()]
        assert found in expected, f"{where}: {self.paths()}"
        if self.paths() != sorted(map(pathlib.Path, found)):
            replace = [] if "--if-exists" in self.command or found == self.before else ["--if-exists", "replace"]
            self.weir.ok(*self.command, *self.source, *replace)
            assert self.snapshot() == self.whole, f"{where}: {self.paths()}"

    def unrecorded(self):
        """The whole copy with the record that was there before, or none."""
        name = str(self.record.relative_to(self.home)) if self.record else None
        kept = {path: what for path, what in self.whole.items() if path != name}
        return {**kept, name: self.before[name]} if name in self.before else kept

    def sample(self, call, error=0, how="", least=1, samples=SAMPLES, last=0):
        """Some of the calls, or all if they are few, and so many of the last, each in a run of its own."""
        calls = self.run(call, 0, error, how)
        assert calls >= least, calls
        some = random.Random(SEED).sample(range(1, calls + 1), min(calls, samples))
        for nth in sorted({*some, *range(calls - last + 1, calls + 1)}):
            self.run(call, nth, error, how)

    def allocations(self, samples=SAMPLES):
        calls = self.run("malloc", 0, errno.ENOMEM)
        assert calls > 1000
        rng = random.Random(SEED)
        # The last ones report what is published by then.
        for nth in sorted({*(rng.randrange(1, calls + 1) for _ in range(samples)), *range(calls - LAST + 1, calls + 1)}):
            self.run("malloc", nth, errno.ENOMEM)


@pytest.fixture(params=FORMATS)
def sweep(request, weir, pg, shim, tmp_path):
    return Sweep(weir, pg.uri, shim, tmp_path, request.param)


@pytest.fixture(params=[*FORMATS, "duckdb"])
def destination(request, weir, pg, shim, tmp_path):
    return Sweep(weir, pg.uri, shim, tmp_path, request.param)


@pytest.fixture(params=["csv", "parts/"])
def recorded(request, weir, pg, shim, tmp_path):
    """With a completion record beside the file, or in the directory that is made."""
    return Sweep(weir, pg.uri, shim, tmp_path, request.param, record=True)


@pytest.fixture(params=["csv", "parts/", "duckdb"])
def replaced(request, weir, pg, shim, tmp_path):
    """Where another copy stands."""
    return Sweep(weir, pg.uri, shim, tmp_path, request.param, record=True, replace=True)


@pytest.fixture(scope="module")
def tls(pg):
    pg.make_certificate()
    with pg.reconfigured("ssl = on"):
        yield f"{pg.uri}?sslmode=require"


@pytest.fixture(params=["csv", "parquet", "parts/"])
def sealed(request, weir, tls, shim, tmp_path):
    return Sweep(weir, tls, shim, tmp_path, request.param)


FILE_CALLS = [("open", errno.EMFILE), ("write", errno.ENOSPC), ("fsync", errno.EIO), ("close", errno.EIO),
              ("rename", errno.ENOSPC), ("link", errno.EPERM), ("unlink", errno.EIO), ("flock", errno.ENOLCK)]
FOLDER_CALLS = [("mkdir", errno.EACCES), ("rmdir", errno.EBUSY)]


def on_each(names, calls):
    return [(name, call, error) for name in names for call, error in calls]


@pytest.mark.parametrize("destination, call, error", on_each([*FORMATS, "duckdb"], FILE_CALLS), indirect=["destination"])
def test_every_file_operation_fails_once(destination, call, error):
    destination.sample(call, error)


@pytest.mark.parametrize("call, error", FILE_CALLS)
def test_every_file_operation_fails_once_beside_a_record(recorded, call, error):
    recorded.sample(call, error)


@pytest.mark.parametrize("replaced, call, error", on_each(["csv", "parts/", "duckdb"], [*FILE_CALLS[:5], FILE_CALLS[6]]),
                         indirect=["replaced"])
def test_every_file_operation_fails_once_over_an_earlier_copy(replaced, call, error):
    replaced.sample(call, error, least=0 if call == "unlink" else 1)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("call, error", FOLDER_CALLS)
def test_every_operation_on_folders_fails_once(weir, pg, shim, tmp_path, call, error, replace):
    for record in (False, True):
        folder = tmp_path / str(record)
        folder.mkdir()
        Sweep(weir, pg.uri, shim, folder, "parts/", record=record, replace=replace).sample(call, error, least=2)


@pytest.mark.parametrize("name", ["csv", "parquet", "duckdb"])
def test_permissions_cannot_be_kept(weir, pg, shim, tmp_path, name):
    Sweep(weir, pg.uri, shim, tmp_path, name, replace=True).sample("fchmod", errno.EPERM)


def test_reads_from_the_server_fail(destination):
    destination.sample("recv", errno.ECONNRESET, least=6)


@pytest.fixture(scope="module")
def swept(pg):
    """A table of some ten slices, in few bytes."""
    pg.sql("DROP TABLE IF EXISTS swept; CREATE TABLE swept (id int8 PRIMARY KEY, name text) WITH (fillfactor = 10);"
           "INSERT INTO swept SELECT g, md5(g::text) FROM generate_series(1, 20000) g; ANALYZE swept")
    assert int(pg.sql("SELECT pg_relation_size('swept') / 8192 / 256")) >= 5
    return pg


@pytest.fixture(params=["csv", "parts/"])
def shared(request, weir, swept, shim, tmp_path):
    """Read by workers, each with a connection of its own."""
    options = ["--table", "swept", "--jobs", "2"] + (["--order-by", "id"] if request.param == "csv" else [])
    return Sweep(weir, swept.uri, shim, tmp_path, request.param, options)


@pytest.mark.parametrize("error, how", [(errno.ECONNRESET, ""), (0, "end")])
def test_a_slice_is_read_again(shared, error, how):
    shared.sample("recv", error, how, least=20, samples=SAMPLES // 3, last=5)  # the rows come last
    assert shared.ends[0, True] > 0, shared.ends  # what fails a worker does not end the copy


def test_a_thread_of_workers_cannot_be_made(shared):
    shared.sample("pthread_create", errno.EAGAIN, least=6)
    assert shared.ends[1, True] > 0, shared.ends


def test_allocations_of_workers_fail(shared):
    shared.allocations(SAMPLES // 2)


def test_a_thread_cannot_be_made(destination):
    destination.sample("pthread_create", errno.EAGAIN, least=3)


def test_the_server_closes_the_connection(sweep):
    sweep.sample("recv", how="end", least=6)


def test_the_server_closes_the_connection_of_tls(sealed):
    sealed.sample("recv", how="end", least=6)


@pytest.mark.parametrize("call", ["recv", "SSL_read"])
def test_one_byte_arrives(sealed, call):
    sealed.sample(call, how="byte", least=2)


def test_one_byte_arrives_at_a_time(sweep):
    assert sweep.run("recv", -1, how="byte") > 5000


@pytest.mark.parametrize("call", ["recv", "SSL_read"])
def test_one_byte_arrives_at_a_time_of_tls(sealed, call):
    assert sealed.run(call, -1, how="byte") > 5000


@pytest.mark.parametrize("name, query", [
    ("csv", "SELECT g, repeat('x', 300000 * g) AS text FROM generate_series(1, 5) g"), ("parquet", QUERY.format(50000))])
def test_mappings_fail(weir, pg, shim, tmp_path, name, query):
    """Memory for large buffers does not come from malloc."""
    Sweep(weir, pg.uri, shim, tmp_path, name, ["--query", query]).sample("mmap", errno.ENOMEM, least=5)


def test_allocations_fail(destination):
    destination.allocations()


WAL = ("import duckdb, os, sys; d = duckdb.connect(sys.argv[1]); d.execute('CREATE TABLE only_in_the_log AS SELECT 42 AS v');"
       "os.kill(os.getpid(), 9)")


@pytest.mark.parametrize("how", ["", "kill"])
def test_the_log_of_a_replaced_database(weir, pg, shim, tmp_path, how):
    """What is in it only is there again after a failure, also one that ends the process, and gone after a success."""
    path = tmp_path / "out.duckdb"
    command = ["copy", pg.uri, path, "--if-exists", "replace", "--query", "SELECT 1 AS v"]

    def fail(nth, how):
        return weir.run(*command, env={"LD_PRELOAD": str(shim), "FAIL_CALL": "rename", "FAIL_NTH": str(nth),
                                       "FAIL_ERRNO": str(errno.ENOSPC), "FAIL_HOW": how})

    for nth in (1, 2):  # to set the log aside; to replace the file
        path.unlink(missing_ok=True)
        subprocess.run([sys.executable, "-c", WAL, path], check=False)
        assert pathlib.Path(f"{path}.wal").stat().st_size > 0
        assert fail(nth, how).code == (-9 if how else 1)
        if how:  # the next copy to the same file clears up before it does anything
            assert fail(nth, "").code == 1
        assert sorted(tmp_path.iterdir()) == [path, pathlib.Path(f"{path}.wal")]
        with duckdb.connect(path, read_only=True) as database:
            assert database.execute("FROM only_in_the_log").fetchall() == [(42,)]
    weir.ok(*command)
    assert list(tmp_path.iterdir()) == [path]
    with duckdb.connect(path, read_only=True) as database:
        assert database.execute("SHOW TABLES").fetchall() == [("records",)]
