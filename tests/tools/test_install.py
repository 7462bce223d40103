"""`make install`: a tree that works where it is put, and `make uninstall` leaves nothing of it."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The tests' own build, installed, then moved: nothing in it may depend on where it was made."""
    binary = pathlib.Path(os.environ["WEIR"])
    build = next(path for path in binary.parents if (path / "CMakeCache.txt").exists())
    made = tmp_path_factory.mktemp("install") / "made"
    (made / "share/man").mkdir(parents=True)  # was there before
    subprocess.run(["cmake", "--install", build, "--prefix", made], check=True, stdout=subprocess.DEVNULL)
    return made.rename(made.with_name("moved"))


def installed(tree):
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if not path.is_dir()}


def test_has_the_pages(tree):
    assert {"bin/weir", "share/man/man1/weir.1", "share/bash-completion/completions/weir",
            "share/zsh/site-functions/_weir", "share/fish/vendor_completions.d/weir.fish",
            "share/doc/weir/LICENSE", "share/doc/weir/docs/errors.md"} <= installed(tree)
    assert (tree / "share/man/man1/weir.1").read_text().startswith((".TH", ".\\\""))


def test_runs_with_the_libraries_beside_it(tree, tmp_path):
    """The fetched libraries are found beside the program, not in the source tree."""
    bundled = {path.name for path in (tree / "lib/weir").glob("*")} if (tree / "lib/weir").exists() else set()
    trace = tmp_path / "loaded"
    subprocess.run([tree / "bin/weir", "generate", "records", "--count", "10", tmp_path / "r.duckdb",
                    "--quiet"], check=True, env={**os.environ, "LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": trace})
    loaded = {line.split("calling init:")[1].strip() for file in tmp_path.glob("loaded.*")
              for line in file.read_text(errors="replace").splitlines() if "calling init:" in line}
    for name in bundled:
        where = [os.path.realpath(path) for path in loaded if path.endswith("/" + name)]
        assert where in ([], [str(tree / "lib/weir" / name)]), f"{name} was loaded from {where}"
    assert any("libduckdb" in path for path in loaded)
    assert (tmp_path / "r.duckdb").stat().st_size > 0


def test_links_between_the_documents_hold(tree):
    documents = list((tree / "share/doc/weir").rglob("*.md"))
    links = [(path, link) for path in documents
             for link in re.findall(r"\]\(([^)#]+)", path.read_text()) if "://" not in link]
    assert len(links) > 10
    assert [(path.name, link) for path, link in links if not (path.parent / link).exists()] == []


def test_uninstall_removes_it(tree):
    """What was there before, and what others have put beside it since, stays."""
    (tree / "share/bash-completion/completions/other").touch()
    uninstall = ["make", "--no-print-directory", "-C", ROOT, "uninstall", f"PREFIX={tree}"]
    run = subprocess.run(uninstall, check=True, capture_output=True, text=True)
    assert run.stdout.splitlines() == [f"removed {tree}/bin/weir, its libraries, documents, man page and completions"]
    assert run.stderr == ""
    assert {path.relative_to(tree).as_posix() for path in tree.rglob("*")} == {
        "share", "share/man", "share/bash-completion", "share/bash-completion/completions",
        "share/bash-completion/completions/other"}
    again = subprocess.run(uninstall, check=True, capture_output=True, text=True)
    assert again.stdout.splitlines() == [f"there is no weir under {tree}"]
