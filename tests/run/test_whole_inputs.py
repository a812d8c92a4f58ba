"""Whole acquisitions cut at every stride, and spoilt everywhere: only what was cut is lost, and it is said."""

import random

import pytest

from svitac.api import Keys, Unreadable, check, options
from svitac.model import Loss
from tests import make
from tests.support import HERE

SAMPLE = HERE.parent / "samples" / "androidqf-novispy"
STEPS = 25


def run(path, target, keys=None):
    return check(path, target, options(keys=keys or Keys()), lambda path, done, of: None)


def said(answer):
    """Whether the answer tells that something was lost."""
    return answer.unread > 0 or any(p.loss is Loss.SOURCE for p in answer.problems)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    answer = run(SAMPLE, tmp_path_factory.mktemp("whole") / "r")
    return {row.artifact: row.records for row in answer.coverage}, {f.subject for f in answer.findings}


def cut(content, tmp_path, name, whole, keys=None):
    records, subjects = whole
    path = tmp_path / name
    for step in range(1, STEPS):
        path.write_bytes(content[: len(content) * step // STEPS])
        try:
            answer = run(path, tmp_path / "r", keys)
        except Unreadable as exc:
            assert str(exc)
            continue
        assert said(answer), f"cut at {step}/{STEPS} and nothing is said"
        assert all(row.records <= records[row.artifact] for row in answer.coverage), "nothing may appear"
        assert {f.subject for f in answer.findings if f.level.rank > 1} <= subjects


def test_a_zip_cut_anywhere(tmp_path, whole):
    cut(make.zipped(make.contents(SAMPLE)), tmp_path, "x.zip", whole)


def test_an_encrypted_acquisition_cut_anywhere(tmp_path, whole):
    sealed, identity = make.for_key(make.zipped(make.contents(SAMPLE)))
    cut(sealed, tmp_path, "x.zip.age", whole, Keys((identity,)))


def test_a_dump_cut_anywhere(tmp_path, whole):
    cut((SAMPLE / "dumpsys.txt").read_bytes(), tmp_path, "dumpsys.txt", whole)


def test_every_file_of_a_folder_cut_in_the_middle(tmp_path, whole):
    """The acquisition's own hashes tell it too."""
    content = make.contents(SAMPLE)
    for name, data in content.items():
        if name in ("command.log", "hashes.csv", "root_binaries.json", "settings_system.txt"):
            continue  # not parsed, or too short to cut in the middle of something
        folder = make.folder(tmp_path / "e", {**content, name: data[: len(data) // 2]})
        answer = run(folder, tmp_path / "r")
        changed = {f.subject for f in answer.findings if f.rule == "android.acquisition_changed"}
        assert changed == {f"acquired file {name}"}, name


def test_random_bytes_anywhere_never_break_the_run(tmp_path):
    chance = random.Random(11)
    content = make.contents(SAMPLE)
    for number in range(12):
        spoilt = {}
        for name, data in content.items():
            raw = bytearray(data)
            for _ in range(1 + len(raw) // 200):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            spoilt[name] = bytes(raw)
        answer = run(make.folder(tmp_path / str(number), spoilt), tmp_path / "r")
        assert [p.detail for p in answer.problems if p.bug] == []
