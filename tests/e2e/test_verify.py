"""weir verify finds what was damaged after the copy, and says where."""

import json

import pytest


@pytest.fixture(scope="module")
def sliced(pg):
    pg.sql("CREATE TABLE sliced AS SELECT g::int8 AS id, md5(g::text) || md5((g + 1)::text) AS text "
           "FROM generate_series(1, 300000) g; ANALYZE sliced")
    return pg


@pytest.mark.parametrize("name", ["csv", "ndjson.zst", "csv.gz", "parquet", "arrow", "json", "xml"])
def test_flipped_byte_cut_tail_and_extra_bytes(weir, sliced, tmp_path, name):
    path = tmp_path / f"out.{name}"
    record = tmp_path / f"out.{name}.record.json"
    weir.copy(sliced.uri, path, "--table", "sliced")
    whole = path.read_bytes()
    weir.ok("verify", record)
    places = [len(whole) // 7, len(whole) // 2, len(whole) - 3]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x20
        path.write_bytes(damaged)
        done = weir.run("verify", record)
        assert done.code == 1 and path.name in done.out + done.err
    for damaged in (whole[:-1], whole[:len(whole) // 2], whole + b"x", b""):
        path.write_bytes(damaged)
        assert weir.run("verify", record).code == 1
    path.unlink()
    assert weir.run("verify", record).code == 1
    path.write_bytes(whole)
    weir.ok("verify", record)


def test_damage_is_located_by_slice(weir, sliced, tmp_path):
    path = tmp_path / "out.csv"
    record = weir.copy(sliced.uri, path, "--table", "sliced")
    groups = record["parts"][0]["slices"]
    assert len(groups) >= 2
    target = groups[1]
    damaged = bytearray(path.read_bytes())
    damaged[target["offset"] + target["bytes"] // 2] ^= 1
    path.write_bytes(damaged)
    done = weir.run("verify", str(path) + ".record.json", "--json")
    assert done.code == 1
    assert str(target["firstSlice"]) in done.out


def test_split_parts_swapped_missing_and_extra(weir, sliced, tmp_path):
    out = tmp_path / "parts"
    weir.ok("copy", sliced.uri, str(out) + "/", "--table", "sliced", "--format", "csv",
            "--split-bytes", "4MiB")
    manifest = json.loads((out / "manifest.json").read_text())
    parts = [out / p["path"] for p in manifest["parts"]]
    assert len(parts) > 3 and sum(p["rows"] for p in manifest["parts"]) == 300000
    for part in parts:
        assert part.read_text().startswith("id,text\n")
    weir.ok("verify", out / "manifest.json")
    first, second = parts[0].read_bytes(), parts[1].read_bytes()
    parts[0].write_bytes(second), parts[1].write_bytes(first)
    done = weir.run("verify", out / "manifest.json")
    assert done.code == 1 and parts[0].name in done.out + done.err
    parts[0].write_bytes(first), parts[1].write_bytes(second)
    parts[2].rename(tmp_path / "away")
    assert weir.run("verify", out / "manifest.json").code == 1
