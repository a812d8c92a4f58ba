"""A value costs the same look-ups whatever the number of indicators. Counted, never timed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from svitac.indicators import patterns
from svitac.indicators.kinds import Tables
from svitac.indicators.load import read_one
from svitac.indicators.match import Matcher
from svitac.indicators.model import Indicator
from svitac.model import Kind
from tests.indicators.made import indicator

SEEN = {
    Kind.DOMAIN: "a.b.c.example.org",
    Kind.URL: "https://a.b.c.example.org/x?y=z",
    Kind.TEXT: "see https://a.b.c.example.org/x or 203.0.113.9, thanks",
    Kind.IP: "203.0.113.9",
    Kind.PATH: "/private/var/mobile/Library/Caches/x.db",
    Kind.FILENAME: "x.db",
    Kind.PROCESS: "/usr/libexec/exampled",
    Kind.PACKAGE: "org.example.app",
    Kind.HASH: "ab" * 32,
    Kind.CERTIFICATE: "ab" * 20,
}


class Counted(dict[Any, Any]):
    """A dictionary that counts how often it is asked, and does not let itself be walked."""

    asked = 0

    def get(self, key: Any, default: Any = None) -> Any:
        Counted.asked += 1
        return super().get(key, default)

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("a table was walked")


def many(count: int) -> Iterator[Indicator]:
    for n in range(count):
        yield indicator(Kind.DOMAIN, f"h{n}.evil.example")
        yield indicator(Kind.URL, f"https://evil{n}.example/x")
        yield indicator(Kind.IP, f"198.18.{n // 256 % 256}.{n % 256}")
        yield indicator(Kind.PATH, f"/private/var/tmp/e{n}/x")
        yield indicator(Kind.PATH, f"Library/e{n}.db")
        yield indicator(Kind.FILENAME, f"e{n}.db")
        yield indicator(Kind.PROCESS, f"evilprocess{n}d")
        yield indicator(Kind.PACKAGE, f"org.evil.app{n}")
        yield indicator(Kind.HASH, f"{n:064x}")
        yield indicator(Kind.CERTIFICATE, f"{n:040x}")


def counting(tables: Tables) -> None:
    for name in tables.__slots__:
        table = getattr(tables, name)
        for part, held in vars(table).items():
            if isinstance(held, dict) and part != "networks":
                setattr(table, part, Counted(held))


def look_ups(count: int, kind: Kind) -> int:
    matcher = Matcher(many(count))
    counting(matcher.tables)
    Counted.asked = 0
    assert matcher.find(kind, SEEN[kind]) == []
    return Counted.asked


@pytest.mark.parametrize("kind", SEEN)
def test_look_ups_do_not_grow_with_the_indicators(kind: Kind) -> None:
    assert look_ups(1, kind) == look_ups(2000, kind) < 40


def test_addresses_are_looked_up_once_per_length_of_network() -> None:
    matcher = Matcher(many(2000))
    assert set(matcher.tables.ip.networks) == {(4, 0)}


def test_nothing_is_a_pattern_that_need_not_be() -> None:
    matcher = Matcher(many(100))
    assert not any(getattr(matcher.tables, name).tests for name in matcher.tables.__slots__)
    assert not matcher.tables.path.globs


def test_a_bundle_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every object of a bundle is asked for its type at most three times, whatever their number."""
    asked = 0

    class Thing(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            nonlocal asked
            asked += key == "type"
            return super().get(key, default)

    def read(count: int) -> float:
        nonlocal asked
        asked = 0
        objects = [{"type": "malware", "id": "malware--1", "name": "Evil"}]
        for n in range(count):
            ends = {"source_ref": f"indicator--{n}", "target_ref": "malware--1", "relationship_type": "indicates"}
            objects.append({"type": "indicator", "id": f"indicator--{n}", "pattern": f"[app:id='org.evil{n}']"})
            objects.append({"type": "relationship", "id": f"relationship--{n}", **ends})
        data = json.dumps({"type": "bundle", "objects": objects}).encode()
        assert len(list(read_one("x.stix2", data))) == count
        return asked / len(objects)

    monkeypatch.setattr("svitac.indicators.load.msgspec.json.decode", lambda data: json.loads(data, object_hook=Thing))
    assert read(10) < 3
    assert read(2000) < 3


@pytest.mark.parametrize(
    ("value", "yes", "no"),
    [
        ("%.evil.example", ["a.evil.example"], ["evil.example", "a.evil.example.com"]),
        ("evil%", ["evil", "evil.example"], ["devil"]),
        ("%a%b%", ["ab", "xaxbx"], ["ba"]),
        ("a_c", ["abc"], ["ac", "abbc"]),
        ("a%a", ["aa", "aba"], ["a"]),
        ("%", ["", "x"], []),
        ("a.c", ["a.c"], ["abc"]),
        ("ab%bc", ["abbc", "abxbc"], ["abc"]),
    ],
)
def test_like(value: str, yes: list[str], no: list[str]) -> None:
    test = patterns.compiled(value, patterns.Pattern.LIKE)
    assert all(map(test, yes))
    assert not any(map(test, no))


def test_like_does_not_backtrack() -> None:
    test = patterns.compiled("%a" * 500 + "%b", patterns.Pattern.LIKE)
    assert not test("a" * 100_000)


@pytest.mark.parametrize(
    "value",
    [
        "(a+)+",
        "(a|aa)*",
        "((a*)b)*",
        "(a?)*",
        r"(a)\1",
        "(?=a)",
        "(?i)a",
        "a*b*c*d*",
        "a?" * 40 + "b",
        "(a|a)" * 30,
        "a{0,32}" * 9,
        "x" * 201,
        "(",
    ],
)
def test_costly_expressions_are_refused(value: str) -> None:
    with pytest.raises(patterns.Refused):
        patterns.compiled(value, patterns.Pattern.REGEX)


@pytest.mark.parametrize(
    "value", [r"^https?://[a-z0-9-]+\.evil\.(com|net)/.*", r"(?:ab)+c", r"[a-z]{1,5}x?", r"(?P<n>a)+"]
)
def test_ordinary_expressions_are_read(value: str) -> None:
    patterns.compiled(value, patterns.Pattern.REGEX)
