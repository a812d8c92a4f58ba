"""Every artifact against its cases, against truncation at every stride, and against hostile values in every place."""

import os
import re
from pathlib import Path

import msgspec
import pytest

from svitac.discover import artifacts
from svitac.model import Problem
from svitac.store.tables import Table, read
from tests.support import artifact, build, parsed

CASES = Path(__file__).parent / "artifacts"
FOLDERS = sorted(p for p in CASES.glob("*/*") if p.is_dir())
HOSTILE = [
    b"", b"-1", b"0", b"99999999999999999999999999", b"1e400", b"NaN", b"null", b"{}", b"[[[[", b"\x00",
    b"\xff\xfe\x80", b"\x1b[31mred", "\u202egnp.exe".encode(), b"=cmd|'/c calc'!A0", b"<script>alert(1)</script>",
    b"../../../etc/passwd",
    b"%s%n{0}{x}", b"9999-99-99 99:99:99", b"0000-00-00 00:00:00", b"A" * 70_000,
]  # fmt: skip
TOKEN = re.compile(rb"[A-Za-z0-9_.+/=-]+")


@pytest.fixture(params=FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def case(request, tmp_path):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    return artifact(request.param.parent.name), build(request.param, evidence), request.param


def test_a_case_gives_exactly_its_expected_records(case):
    wanted, evidence, folder = case
    got = b"".join(msgspec.json.encode(item) + b"\n" for item in parsed(evidence, wanted))
    if os.environ.get("UPDATE"):
        (folder / "expected.jsonl").write_bytes(got)
    assert got.decode() == (folder / "expected.jsonl").read_text()


def test_records_survive_storage(case, tmp_path):
    wanted, evidence, _ = case
    before = [item for item in parsed(evidence, wanted) if not isinstance(item, Problem)]
    table = Table(wanted.record, tmp_path / "out.parquet")
    for record in before:
        table.add(record)
    table.close()
    assert before, "a case holds at least one record"
    assert list(read(wanted.record, tmp_path / "out.parquet")) == before


def survives(wanted, evidence, tmp_path):
    """Reading never fails through our own fault, and what was read can be stored."""
    items = list(parsed(evidence, wanted))
    assert [p.detail for p in items if isinstance(p, Problem) and p.bug] == []
    table = Table(wanted.record, tmp_path / "survived.parquet")
    for item in items:
        if not isinstance(item, Problem):
            table.add(item)
    table.close()
    return items


def test_truncated_evidence_costs_a_problem_not_a_crash(case, tmp_path):
    wanted, evidence, _ = case
    for file in [p for p in evidence.rglob("*") if p.is_file()]:
        whole = file.read_bytes()
        before = {msgspec.json.encode(i) for i in parsed(evidence, wanted) if not isinstance(i, Problem)}
        stride = max(1, len(whole) // 150)
        for size in range(0, len(whole), stride):
            file.write_bytes(whole[:size])
            if not any(p.stat().st_size for p in evidence.rglob("*") if p.is_file()):
                continue  # nothing at all was handed over
            items = survives(wanted, evidence, tmp_path)
            new = {msgspec.json.encode(i) for i in items if not isinstance(i, Problem)} - before
            assert len(new) <= 2, "only what was cut may change"
        file.write_bytes(whole)


def test_hostile_values_cost_a_problem_not_a_crash(case, tmp_path):
    wanted, evidence, _ = case
    for file in [p for p in evidence.rglob("*") if p.is_file()]:
        whole = file.read_bytes()
        places = list(TOKEN.finditer(whole))
        for place in places[:: max(1, len(places) // 60)]:
            for value in HOSTILE:
                file.write_bytes(whole[: place.start()] + value + whole[place.end() :])
                survives(wanted, evidence, tmp_path)
        file.write_bytes(whole)


@pytest.mark.parametrize("wanted", artifacts(), ids=lambda a: a.id)
def test_an_artifact_keeps_the_house_rules(wanted):
    assert wanted.title.endswith("."), "its manual opens with a sentence"
    assert wanted.looked_for, "it says what it looks for"
    assert list(CASES.glob(f"{wanted.id}/*/expected.jsonl")), "it has a case"
    assert wanted.parse.__module__.endswith(f".{wanted.id}"), "its id is its place"
    assert wanted.record.__module__ == wanted.parse.__module__, "its record stands beside its parser"
