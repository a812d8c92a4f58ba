"""A cut archive gives what stands before the cut, says what is lost, and never makes up a file."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
import zlib

import pytest

from svitac.model import Unreadable
from svitac.sources import Keys, guard, open_evidence, salvage
from tests import make

NOISE = random.Random(7).randbytes(50_000)
FILES = {"a.txt": b"first\n" * 500, "b.bin": NOISE, "logs/c.txt": b"last\n" * 400}


class NoSeek(io.BytesIO):
    """What a streaming writer writes to: sizes follow the bytes."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    def tell(self):
        raise io.UnsupportedOperation


def streamed(files, method=zipfile.ZIP_DEFLATED):
    out = NoSeek()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 21, 12, 5, 0)), content, method)
    return out.getvalue()


def opened(tmp_path, content, name="x.zip", keys=None):
    path = tmp_path / name
    path.write_bytes(content)
    return open_evidence(path, keys)


def read_to_the_end(leaf):
    """All bytes, and how the reading ended."""
    got = b""
    try:
        with leaf.open() as src:
            while block := src.read(7_000):
                got += block
    except Unreadable as exc:
        return got, str(exc)
    return got, ""


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("write", ["sizes before the bytes", "sizes behind the bytes"])
def test_cut_anywhere_it_gives_whole_files_and_the_beginning_of_one(tmp_path, write, method):
    whole = streamed(FILES, method) if "behind" in write else stored_or_deflated(FILES, method)
    listed = whole.index(b"PK\x01\x02")
    for size in range(60, len(whole) - 1, 911):
        tree = opened(tmp_path, whole[:size])
        (problem,) = tree.problems
        assert problem.loss == "file"
        assert "list of files is missing" in problem.detail
        ends = {leaf.path: read_to_the_end(leaf) for leaf in tree}
        for path, (got, ended) in ends.items():
            assert FILES[path].startswith(got)
            assert ended or got == FILES[path]
        cut = [path for path, (_, ended) in ends.items() if ended]
        assert len(cut) <= 1
        assert len(ends) == 3 if size >= listed else True
        assert f"{len(ends) - len(cut)} whole files" in problem.detail
        for path in cut:
            assert repr(path) in problem.detail


def stored_or_deflated(files, method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 21, 12, 5, 0)), content, method)
    return out.getvalue()


def test_what_can_be_read_of_the_cut_file_is_given_before_the_error(tmp_path):
    whole = streamed({"a.txt": b"a", "b.bin": NOISE})
    (_, leaf) = opened(tmp_path, whole[: len(whole) - 20_000])
    with leaf.open() as src:
        got = src.read()
        assert len(got) > 20_000
        assert NOISE.startswith(got)
        with pytest.raises(Unreadable, match="the archive ends inside this file"):
            src.read(1)


def test_a_file_whose_bytes_were_changed_is_not_given_as_whole(tmp_path):
    content = bytearray(stored_or_deflated({"a.txt": NOISE, "b.txt": b"b"}, zipfile.ZIP_STORED)[:-30])
    content[1_000] ^= 1
    a, b = opened(tmp_path, bytes(content))
    assert "checksum" in read_to_the_end(a)[1]
    assert read_to_the_end(b) == (b"b", "")


def test_a_zip_inside_the_lost_zip_does_not_take_its_place(tmp_path):
    """`zipfile` takes the list of the last archive it sees."""
    inner = make.zipped({"main.txt": b"hello"})
    whole = stored_or_deflated({"a.txt": b"a", "bugreport.zip": inner, "z.txt": NOISE}, zipfile.ZIP_STORED)
    tree = opened(tmp_path, whole[: whole.index(b"z.txt") + 50])
    assert [leaf.path for leaf in tree] == ["a.txt", "bugreport.zip!/main.txt", "z.txt"]


def test_a_bug_report_that_was_cut_inside_a_cut_acquisition(tmp_path):
    inner = streamed({"main.txt": b"hello" * 100, "bugreport.txt": NOISE})
    whole = streamed({"getprop.txt": b"[a]: [b]\n", "bugreport.zip": inner})
    tree = opened(tmp_path, whole[:-20_000])
    paths = ["bugreport.zip!/bugreport.txt", "bugreport.zip!/main.txt", "getprop.txt"]
    assert [leaf.path for leaf in tree] == paths
    assert len(tree.problems) == 3
    assert all(p.loss == "file" for p in tree.problems)
    got, ended = read_to_the_end(tree.leaves[paths[0]])
    assert NOISE.startswith(got)
    assert len(got) > 10_000
    assert ended


def test_nothing_to_salvage_is_an_error(tmp_path):
    with pytest.raises(Unreadable, match="truncated"):
        opened(tmp_path, make.zipped(FILES)[:25])


def test_a_bomb_is_refused_while_it_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(salvage, "BOMB_SIZE", 2**20)
    monkeypatch.setattr(guard, "BOMB_SIZE", 2**20)
    tree = opened(tmp_path, streamed({"a.txt": b"a", "x.txt": b"\0" * 20 * 2**20})[:-60])
    assert "bomb" in tree.problems[0].detail
    assert read_to_the_end(tree.leaves["a.txt"]) == (b"a", "")
    assert "bomb" in read_to_the_end(tree.leaves["x.txt"])[1]


def test_zip64_sizes_and_encrypted_entries(tmp_path):
    name, body = b"big.txt", b"hello"
    head = b"PK\x03\x04" + b"\x2d\0" + b"\0\0" + b"\0\0" + b"\0\0\x21\x50" + zlib.crc32(body).to_bytes(4, "little")
    extra = b"\x01\0\x10\0" + (5).to_bytes(8, "little") * 2
    big = head + b"\xff" * 8 + len(name).to_bytes(2, "little") + len(extra).to_bytes(2, "little") + name + extra + body
    secret = bytearray(stored_or_deflated({"secret.txt": b"x"}, zipfile.ZIP_STORED)[:-30])
    secret[6] |= 1
    tree = opened(tmp_path, big + bytes(secret))
    assert read_to_the_end(tree.leaves["big.txt"]) == (b"hello", "")
    with pytest.raises(Unreadable, match="encrypted"):
        tree.leaves["secret.txt"].open()


def test_hostile_headers_never_crash(tmp_path):
    whole = streamed(FILES)
    for at in range(0, 120):
        for value in (0, 0x7F, 0xFF):
            content = bytearray(whole[:-10])
            content[at] = value
            try:
                tree = opened(tmp_path, bytes(content))
            except Unreadable:
                continue
            for leaf in tree:
                read_to_the_end(leaf)


# --------------------------------------------------------------------------------------------------------------------
# age


def test_an_interrupted_encrypted_acquisition_gives_what_was_authenticated(tmp_path):
    files = {f"{n}.bin": NOISE[n:] + bytes([n]) * 9 for n in range(5)}
    sealed, identity = make.for_key(streamed(files))
    tree = opened(tmp_path, sealed[:-70_000], "x.zip.age", Keys((identity,)))
    assert [p.loss for p in tree.problems] == ["file", "file"]
    assert "encrypted file is cut" in tree.problems[0].detail
    assert "whole files were salvaged" in tree.problems[1].detail
    ends = {leaf.path: read_to_the_end(leaf) for leaf in tree}
    whole = [path for path, (got, ended) in ends.items() if not ended]
    assert whole
    assert all(ends[path][0] == files[path] for path in whole)
    assert all(files[path].startswith(got) for path, (got, _) in ends.items())


def test_a_changed_byte_ends_what_is_authenticated(tmp_path):
    sealed, identity = make.for_key(streamed({"a.bin": NOISE, "b.bin": NOISE[1:], "c.bin": NOISE[2:]}))
    content = bytearray(sealed)
    content[100_000] ^= 1
    tree = opened(tmp_path, bytes(content), "x.zip.age", Keys((identity,)))
    assert "65536 bytes could be decrypted" in tree.problems[0].detail
    assert read_to_the_end(tree.leaves["a.bin"]) == (NOISE, "")


@pytest.mark.parametrize("cut", [0, 70_000])
def test_a_wrong_key_is_an_error_and_never_an_empty_salvage(tmp_path, cut):
    sealed, _ = make.for_key(streamed({str(n): NOISE for n in range(4)}))
    with pytest.raises(Unreadable, match="wrong identity"):
        opened(tmp_path, sealed[: len(sealed) - cut], "x.zip.age", Keys((make.for_key(b"")[1],)))


def test_a_cut_acquisition_is_read_and_the_exit_code_says_partly(tmp_path):
    whole = streamed({"getprop.txt": b"[ro.product.model]: [P1]\n", "z.bin": NOISE})
    (tmp_path / "x.zip").write_bytes(whole[:-5_000])
    done = subprocess.run(
        [sys.executable, "-m", "svitac", "check", tmp_path / "x.zip", "--json"],
        capture_output=True,
        check=False,
        env={**os.environ, "SVITAC_HOME": "/nonexistent"},
    )
    said = json.loads(done.stdout)
    assert done.returncode == 3
    assert {row["artifact"]: row["records"] for row in said["coverage"]}["android.getprop"] == 1
    assert ["1 whole files" in p["detail"] for p in said["problems"]] == [True]
