"""YARA rules: kept as text, compiled when wanted, with yara-x.

Every source is compiled on its own, so that one rule that does not compile costs its file and no other. The package is
optional (`pip install svitac[yara]`) and imported only here; without it `compile` gives None and `check` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from msgspec import Struct

from svitac.indicators.model import YaraSource
from svitac.model import Loss, Problem, Where

MAX_SECONDS = 60  # for one piece of data


class YaraHit(Struct, frozen=True):
    """A rule that matched, and what its author says about it."""

    rule: str
    source: str
    meta: dict[str, Any]


class Scanner:
    """Compiled rules. `problems` are the sources that did not compile, and later the scans that did not end."""

    def __init__(self, rules: list[tuple[str, Any]], problems: list[Problem]) -> None:
        self.rules = rules
        self.problems = problems

    def scan(self, data: bytes) -> list[YaraHit]:
        """Every rule that matches, in the order of the sources."""
        hits = []
        for source, scanner in self.rules:
            try:
                found = scanner.scan(data)
            except _yara().ScanError as exc:
                self.problems.append(_problem(source, f"the scan of {len(data)} bytes did not end: {exc}"))
                continue
            hits += [YaraHit(rule.identifier, source, dict(rule.metadata)) for rule in found.matching_rules]
        return hits


def compile(sources: Iterable[YaraSource]) -> Scanner | None:
    """A scanner of the sources that compile; None when there are none, or no yara-x."""
    yara = _yara()
    rules: list[tuple[str, Any]] = []
    problems = []
    for source in sorted(sources) if yara else ():
        try:
            scanner = yara.Scanner(yara.compile(source.text))
        except yara.CompileError as exc:
            problems.append(_problem(source.name, f"does not compile: {_first_line(exc)}"))
        else:
            scanner.set_timeout(MAX_SECONDS)
            rules.append((source.name, scanner))
    return Scanner(rules, problems) if rules else None


def check(sources: Iterable[YaraSource]) -> tuple[Problem, ...]:
    """What keeps these sources from being used."""
    sources = sorted(sources)
    if not sources:
        return ()
    yara = _yara()
    if yara is None:
        detail = f"{len(sources)} files of YARA rules are not used: pip install svitac[yara]"
        return (Problem(where=Where("yara"), detail=detail, loss=Loss.SOURCE),)
    problems = []
    for source in sources:
        try:
            yara.compile(source.text)
        except yara.CompileError as exc:
            problems.append(_problem(source.name, f"does not compile: {_first_line(exc)}"))
    return tuple(problems)


def _problem(name: str, detail: str) -> Problem:
    return Problem(where=Where(name), detail=detail, loss=Loss.FILE)


def _first_line(exc: Exception) -> str:
    return str(exc).partition("\n")[0][:200]


def _yara() -> Any:
    try:
        return import_module("yara_x")
    except ImportError:
        return None
