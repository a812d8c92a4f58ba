"""Every rule against its cases: hits, its benign twin, and near misses."""

import os
from pathlib import Path

import pytest

from svitac.api import check, options
from svitac.discover import rules
from svitac.indicators.load import load
from svitac.indicators.pack import merged, shipped
from svitac.model import Level
from tests.support import build

CASES = Path(__file__).parent / "rules"
FOLDERS = sorted(p for p in CASES.glob("*/*") if p.is_dir())


def findings(folder, tmp_path):
    """What the rule that the folder is named for says about the case."""
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    build(folder, evidence)
    known = merged([shipped(), load(sorted(folder.glob("given.*")))])
    answer = check(evidence, tmp_path / "result", options(known=known), lambda path, done, of: None)
    assert [p.detail for p in answer.problems if p.bug] == []
    return [f for f in answer.findings if f.rule == folder.parent.name]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f"{f.parent.name}/{f.name}")
def test_a_case_gives_exactly_its_expected_findings(folder, tmp_path):
    found = findings(folder, tmp_path)
    said = "".join(f"{f.level.value} {f.subject}\n" for f in found)
    if os.environ.get("UPDATE"):
        (folder / "expected.txt").write_text(said)
    assert said == (folder / "expected.txt").read_text()
    assert all(f.places for f in found), "a finding rests on at least one place"
    if folder.name.startswith("benign"):
        assert all(f.level.rank <= Level.LOW.rank for f in found), "the benign twin is no alarm"
    if folder.name.startswith("hit"):
        assert found


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.id)
def test_a_rule_keeps_the_house_rules(rule):
    names = {p.name.partition("_")[0] for p in FOLDERS if p.parent.name == rule.id}
    assert names >= {"hit", "benign"}, "it has a hit and a benign twin as cases"
    assert rule.why.endswith("."), "its manual opens with a sentence: why a hit matters"
    assert rule.benign.endswith("."), "it says what honest thing looks the same"
    assert rule.references, "it cites what it rests on"
    assert all(r.startswith("https://") for r in rule.references)
    assert rule.next_steps, "it says what to do next"
    assert rule.check.__module__ == f"svitac.rules.{rule.id}", "its id is its place"
