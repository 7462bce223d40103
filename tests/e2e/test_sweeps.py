"""Make the n-th operation fail, and the next, until a run is clean: after each, a clear end and nothing
left behind. What has too many operations to try them all is sampled; the seed is printed."""

import errno
import os
import pathlib
import random
import signal
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SEED = int(os.environ.get("WEIR_SWEEP_SEED") or random.SystemRandom().randrange(2**32))
SAMPLES = int(os.environ.get("WEIR_SWEEP_SAMPLES", "60"))
QUERY = ("SELECT g AS id, 'name ' || g AS name, g / 7.0 AS value, date '2000-01-01' + g AS at, "
         "jsonb_build_object('k', g, 'list', jsonb_build_array(g, 'x')) AS doc FROM generate_series(1, {}) g")
MEMORY = ("malloc", "mmap")
FORMATS = ["csv", "ndjson.zst", "csv.gz", "json", "xml", "parquet", "arrow", "xlsx", "parts/"]


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "fail_nth.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-fexceptions", "-fno-omit-frame-pointer",
                    "-o", library, HERE / "fail_nth.c", "-ldl"], check=True)
    return library


class Sweep:
    """Runs one copy again and again with another call failing each time."""

    def __init__(self, weir, uri, shim, folder, name, query=None):
        self.weir, self.shim, self.folder = weir, shim, folder
        self.target = folder / (name if name.endswith("/") else f"out.{name}")
        self.name = name
        self.options = ["--format", "csv", "--split-bytes", "2KiB"] if name.endswith("/") else []
        self.arguments = ["copy", uri, f"{self.target}/" if self.options else self.target, "--query",
                          query or QUERY.format(20000 if self.options else 100)]
        self.weir.ok(*self.arguments, *self.options)
        self.whole = self.contents()
        assert len(self.whole) == 1 or self.options and len(self.whole) > 3
        self.remove()

    def remove(self):
        subprocess.run(["rm", "-rf", self.target], check=True)

    def contents(self):
        """Of what was published; a manifest tells times, too."""
        paths = sorted(self.target.glob("part-*")) if self.options else [self.target]
        return [path.read_bytes() for path in paths]

    def published(self):
        return (self.target / "manifest.json").exists() if self.options else self.target.exists()

    def litter(self):
        return [str(path) for path in self.folder.rglob(".*.tmp")]

    def run(self, call, nth, error=0, how=""):
        """Returns how many calls there were."""
        count = self.folder / "count"
        count.unlink(missing_ok=True)
        environment = {"LD_PRELOAD": str(self.shim), "FAIL_CALL": call, "FAIL_NTH": str(nth),
                       "FAIL_ERRNO": str(error), "FAIL_HOW": how, "FAIL_COUNT": str(count)}
        if call in ("link", "unlink"):
            environment["FAIL_RENAMEAT2"] = "1"  # then a file is published by a link
        if call == "malloc" and self.name == "xlsx" and "ASAN_OPTIONS" in os.environ:
            # libxlsxwriter does not look at what it is given; without a sanitizer that is a signal, too.
            environment["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"] + ":handle_segv=0"
        done = self.weir.run(*self.arguments, *self.options, env=environment, timeout=60)
        calls = int(count.read_text() or 0) if count.exists() else 0
        count.unlink(missing_ok=True)
        where = f"{call} {nth} of {calls} {how}: exit {done.code}: {done.err}"
        assert done.code == 0 or how != "byte", where
        if done.code == 0:
            # The failure was survived (another address, a spare attempt), or no call was the n-th.
            assert self.published() and self.contents() == self.whole, where
        else:
            # The last allocations are those that report what is published by then.
            assert not self.published() or (call in MEMORY and self.contents() == self.whole), where
            if done.code < 0:  # libxlsxwriter does not look at what it is given
                signals = {signal.SIGABRT, signal.SIGSEGV} if self.name == "xlsx" else {signal.SIGABRT}
                assert call in MEMORY and -done.code in signals, where
            else:
                assert done.code == 1 and "weir: " in done.err and "[" in done.err, where
                # What could not be removed because removing failed is swept by the next run.
                assert call == "unlink" or not self.litter(), f"{where}: {self.litter()}"
        self.remove()
        return calls

    def sample(self, call, error=0, how="", least=1):
        """Some of the calls, or all if they are few, each in a run of its own."""
        calls = self.run(call, 0, error, how)
        assert calls >= least, calls
        print(f"WEIR_SWEEP_SEED={SEED}")
        for nth in sorted(random.Random(SEED).sample(range(1, calls + 1), min(calls, SAMPLES))):
            self.run(call, nth, error, how)
        self.finish()

    def finish(self):
        """The next run leaves no litter of the earlier ones, and is complete."""
        self.weir.ok(*self.arguments, *self.options)
        assert not self.litter()


@pytest.fixture(params=FORMATS)
def sweep(request, weir, pg, shim, tmp_path):
    return Sweep(weir, pg.uri, shim, tmp_path, request.param)


@pytest.fixture(scope="module")
def tls(pg):
    pg.make_certificate()
    with pg.reconfigured("ssl = on"):
        yield f"{pg.uri}?sslmode=require"


@pytest.fixture(params=["csv", "parquet", "parts/"])
def sealed(request, weir, tls, shim, tmp_path):
    return Sweep(weir, tls, shim, tmp_path, request.param)


@pytest.mark.parametrize("call, error", [
    ("open", errno.EMFILE), ("write", errno.ENOSPC), ("fsync", errno.EIO), ("close", errno.EIO),
    ("rename", errno.ENOSPC), ("link", errno.EPERM), ("unlink", errno.EIO)])
def test_every_file_operation_fails_once(sweep, call, error):
    sweep.sample(call, error)


def test_reads_from_the_server_fail(sweep):
    calls = sweep.run("recv", 0, errno.ECONNRESET)
    assert calls > 5
    for nth in range(1, calls + 1):
        sweep.run("recv", nth, errno.ECONNRESET)
    sweep.finish()


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
    Sweep(weir, pg.uri, shim, tmp_path, name, query).sample("mmap", errno.ENOMEM, least=5)


def test_allocations_fail(sweep):
    print(f"WEIR_SWEEP_SEED={SEED}")
    calls = sweep.run("malloc", 0, errno.ENOMEM)
    assert calls > 1000
    rng = random.Random(SEED)
    for nth in sorted({rng.randrange(1, calls + 1) for _ in range(SAMPLES)}):
        sweep.run("malloc", nth, errno.ENOMEM)
    sweep.finish()
