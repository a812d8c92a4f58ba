"""The local allow-list: what it covers, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from svitac.indicators import allow
from svitac.model import Certainty, Finding, IndicatorRef, Kind, Level, Stage

LIST = """
- {kind: domain, value: WWW.good.example, reason: our own site, by: ana, date: 2026-01-02}
- {kind: hash, value: "AA:BB", reason: a false positive of the vendor}
- {rule: any.usb, subject: key 1, reason: the lab's computer}
"""


def finding(rule: str = "any.indicator", subject: str = "x", *refs: tuple[Kind, str]) -> Finding:
    return Finding(
        id="1",
        rule=rule,
        subject=subject,
        title="t",
        level=Level.HIGH,
        stage=Stage.VISITED,
        certainty=Certainty.PROBABLE,
        why="w",
        benign="b",
        indicators=tuple(IndicatorRef(kind, value, "Evil", "made") for kind, value in refs),
    )


def test_covers() -> None:
    found = allow.parse(LIST)
    assert not found.problems
    assert found.entries[0].date == "2026-01-02"
    assert found.covers(finding("any.usb", "key 1")) == "the lab's computer"
    assert found.covers(finding("any.usb", "key 2")) == ""
    good, bad = (Kind.DOMAIN, "www.good.example."), (Kind.DOMAIN, "evil.example")
    assert found.covers(finding("r", "s", good)) == "our own site"
    assert found.covers(finding("r", "s", good, (Kind.HASH, "aabb"))) == (
        "our own site; a false positive of the vendor"
    )
    assert found.covers(finding("r", "s", good, bad)) == "", "one indicator is not allowed"
    assert found.covers(finding("r", "s")) == ""


@pytest.mark.parametrize(
    "entry",
    [
        "{kind: domain, value: x.example}",
        "{kind: domain, value: x.example, reason: }",
        "{kind: nonsense, value: x, reason: r}",
        "{kind: domain, reason: r}",
        "{rule: x, reason: r}",
        "{kind: domain, value: x, rule: y, subject: z, reason: r}",
        "{kind: domain, value: x.example, reason: r, whom: me}",
        "just text",
    ],
)
def test_a_bad_entry_is_a_problem_and_covers_nothing(entry: str) -> None:
    found = allow.parse(f"- {entry}\n- {{kind: ip, value: 203.0.113.9, reason: r}}\n", "our.yaml")
    assert len(found.entries) == 1
    assert [str(p.where) for p in found.problems] == ["our.yaml, entry 1"]


@pytest.mark.parametrize(("text", "problems"), [("", 0), ("a: b", 1), ("[", 1), ("- &a x\n- *a", 1)])
def test_what_is_no_list(text: str, problems: int) -> None:
    found: Any = allow.parse(text)
    assert found.entries == ()
    assert len(found.problems) == problems
