"""tools/check_layers finds an #include that leaves its room, and weir's own keep to theirs."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def check(root):
    return subprocess.run([ROOT / "tools/check_layers", root], capture_output=True, text=True, check=False)


def test_weir_keeps_to_its_rooms():
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file, line, fault", [
    ("base/a.h", '#include "core/b.h"', "base may not include core"),
    ("core/a.h", '#include "format/csv/b.h"', "core may not include format/csv"),
    ("format/csv/a.h", '#include "format/xml/b.h"', "format/csv may not include format/xml"),
    ("format/text/a.h", '#include "format/json/b.h"', "format/text may not include format/json"),
    ("format/csv/a.h", '#include "db/postgres/b.h"', "format/csv may not include db/postgres"),
    ("io/file/a.cc", '#include "testing/b.h"', "io/file may not include testing"),
    ("builtin/a.cc", '#include "cli/b.h"', "builtin may not include cli"),
    ("cli/a.cc", '#include "db/postgres/b.h"', "cli knows db/postgres only through the registry"),
    ("core/a.cc", "#include <libpq-fe.h>", "<libpq-fe.h> stays in db/postgres"),
    ("db/duckdb/a.cc", "#include <parquet/arrow/writer.h>", "stays in format/parquet"),
    ("core/a.cc", '#include "b.h"', "names no room")])
def test_finds_a_fault(tmp_path, file, line, fault):
    path = tmp_path / "src" / file
    path.parent.mkdir(parents=True)
    path.write_text(f"// one\n{line}\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"src/{file}:2: ")
    assert fault in done.stdout


@pytest.mark.parametrize("file, line", [
    ("core/a.h", '#include "base/b.h"'), ("format/csv/a.h", '#include "format/json/b.h"'),
    ("io/file/a_test.cc", '#include "testing/b.h"'), ("builtin/a.cc", '#include "db/duckdb/b.h"'),
    ("db/postgres/a.cc", "#include <libpq-fe.h>"), ("core/a.h", "#include <arrow/api.h>"),
    ("cli/a.cc", '#include "builtin/b.h"')])
def test_leaves_the_rest_alone(tmp_path, file, line):
    path = tmp_path / "src" / file
    path.parent.mkdir(parents=True)
    path.write_text(line + "\n")
    done = check(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
