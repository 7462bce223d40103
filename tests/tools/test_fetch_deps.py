"""tools/fetch_deps, with package files made here: no registry is asked."""

import ctypes
import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBPARQUET = "libparquet.so.2600"
WHEEL = "pyarrow-1-py3-none-any.whl"
ARROW_FILES = {"pyarrow/include/arrow/api.h": "api", "pyarrow/libarrow.so.2600": "arrow",
               "pyarrow/other.py": "not wanted"}
LIBRARY = {"package/libduckdb.so": "duckdb", "package/README.md": "not wanted"}
HEADER = {"package/src/duckdb/src/include/duckdb.h": "header"}
BUNDLED = ("_ZN8simdjson5parseEv", "EVP_bundled")
OWN = "_ZN7parquet6answerEv"


def make_wheel(path, files):
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


def make_tarball(path, files):
    with tarfile.open(path, "w:gz") as tarball:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tarball.addfile(info, io.BytesIO(text.encode()))


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """A library that exports the simdjson and the OpenSSL inside it and uses them, as libparquet does."""
    folder = tmp_path_factory.mktemp("parquet")
    (folder / "parquet.c").write_text(
        f'int parsed(void) __asm__("{BUNDLED[0]}");\nint parsed(void) {{ return 40; }}\n'
        f'int {BUNDLED[1]}(void) {{ return 2; }}\n'
        f'int answer(void) __asm__("{OWN}");\nint answer(void) {{ return parsed() + {BUNDLED[1]}(); }}\n')
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "parquet.so", folder / "parquet.c"], check=True)
    return (folder / "parquet.so").read_bytes()


class Machine:
    """A folder of package files, a lock over them, and a .deps to fill."""

    def __init__(self, folder, parquet):
        self.files, self.deps, self.lock = folder / "files", folder / "deps", folder / "deps.lock"
        self.files.mkdir()
        self.arrow_files = {**ARROW_FILES, "pyarrow/libparquet.so.2600": parquet}
        make_wheel(self.files / WHEEL, self.arrow_files)
        make_tarball(self.files / "lib.tgz", LIBRARY)
        make_tarball(self.files / "header.tgz", HEADER)
        self.write_lock()

    def write_lock(self):
        lines = [("arrow", "x86_64", "pypi", "pyarrow", "1", WHEEL),
                 ("duckdb", "x86_64", "npm", "@duckdb/node-bindings-linux-x64", "1", "lib.tgz"),
                 ("duckdb", "any", "npm", "duckdb", "1", "header.tgz")]
        self.lock.write_text("".join(
            " ".join([*line, hashlib.sha256((self.files / line[-1]).read_bytes()).hexdigest()]) + "\n"
            for line in lines))

    def run(self, *arguments, offline=True, env=None):
        source = ["--from", str(self.files)] if offline else []
        return subprocess.run(
            [sys.executable, ROOT / "tools/fetch_deps", "--lock", self.lock, "--dir", self.deps,
             "--arch", "x86_64", *source, *arguments],
            capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False)

    def unpacked(self):
        """What is there, libparquet apart: it is changed on the way."""
        return {path.relative_to(self.deps).as_posix(): path.read_text()
                for name in ("arrow", "duckdb") for path in (self.deps / name).rglob("*")
                if path.is_file() and path.name not in (".stamp", LIBPARQUET)}


@pytest.fixture
def machine(tmp_path, parquet):
    return Machine(tmp_path, parquet)


WHOLE = {"arrow/include/arrow/api.h": "api", "arrow/lib/libarrow.so.2600": "arrow",
         "duckdb/include/duckdb.h": "header",
         "duckdb/lib/libduckdb.so": "duckdb"}


def test_unpacks_what_the_build_looks_for(machine):
    assert machine.run().returncode == 0
    assert machine.unpacked() == WHOLE


@pytest.mark.parametrize("bundled", BUNDLED)
def test_hides_what_is_bundled_in_libparquet(machine, tmp_path, bundled):
    (tmp_path / "before.so").write_bytes(machine.arrow_files["pyarrow/libparquet.so.2600"])
    assert hasattr(ctypes.CDLL(str(tmp_path / "before.so")), bundled)
    machine.run()
    after = ctypes.CDLL(str(machine.deps / "arrow/lib" / LIBPARQUET))
    assert not hasattr(after, bundled)
    assert getattr(after, OWN)() == 42


def test_second_run_does_nothing(machine):
    machine.run()
    for path in machine.files.iterdir():
        path.unlink()
    done = machine.run()
    assert (done.returncode, done.stderr) == (0, "")


def test_changed_file_is_refused(machine):
    make_tarball(machine.files / "lib.tgz", {"package/libduckdb.so": "changed"})
    done = machine.run()
    assert done.returncode == 1
    assert "lib.tgz is not the file that tools/deps.lock names" in done.stderr
    assert "duckdb/lib/libduckdb.so" not in machine.unpacked()


def test_new_version_replaces_the_old(machine):
    machine.run()
    make_wheel(machine.files / WHEEL, {**machine.arrow_files, "pyarrow/libarrow.so.2600": "newer"})
    machine.write_lock()
    assert machine.run().returncode == 0
    assert machine.unpacked() == {**WHOLE, "arrow/lib/libarrow.so.2600": "newer"}


def test_goes_on_after_a_failure(machine):
    header = (machine.files / "header.tgz").read_bytes()
    (machine.files / "header.tgz").unlink()
    assert machine.run().returncode == 1
    (machine.files / WHEEL).unlink()  # done already
    (machine.files / "lib.tgz").unlink()  # fetched already
    (machine.files / "header.tgz").write_bytes(header)
    assert machine.run().returncode == 0
    assert machine.unpacked() == WHOLE


def test_leftovers_of_a_killed_run_are_no_dependency(machine):
    half = machine.deps / "tmp/arrow/lib"
    half.mkdir(parents=True)
    (half / "libarrow.so.2600").write_text("ar")
    (machine.deps / "cache").mkdir()
    (machine.deps / "cache" / WHEEL).write_text("half a wheel")
    assert machine.run().returncode == 0
    assert machine.unpacked() == WHOLE


def test_missing_member_is_an_error(machine):
    make_tarball(machine.files / "header.tgz", {"package/other.h": "?"})
    machine.write_lock()
    done = machine.run()
    assert done.returncode == 1
    assert "header.tgz has no package/src/duckdb/src/include/duckdb.h" in done.stderr


def test_unreachable_registry_is_said_with_the_way_out(machine):
    nowhere = "http://127.0.0.1:9/"
    done = machine.run(offline=False, env={"PIP_INDEX_URL": nowhere, "PIP_RETRIES": "0",
                                           "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": ""})
    assert done.returncode == 1
    assert "pip could not download pyarrow 1" in done.stderr
    assert "tools/fetch_deps --from DIR" in done.stderr
    assert machine.unpacked() == {}


def test_lock_covers_both_architectures():
    lock = [line.split() for line in (ROOT / "tools/deps.lock").read_text().splitlines()
            if line and not line.startswith("#")]
    for arch in ("x86_64", "aarch64"):
        packages = [line for line in lock if line[1] in (arch, "any")]
        assert sorted(line[0] for line in packages) == ["arrow", "duckdb", "duckdb", "node"]
    assert all(len(bytes.fromhex(line[-1])) == 32 for line in lock)
