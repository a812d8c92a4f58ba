"""Everything a report says, as plain values, and what it amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from svitac.model import Certainty, Coverage, Finding, IndicatorRef, Level, Loss, Problem, Stage
from svitac.timeline import Event


class Input(Struct, frozen=True):
    """One file that was handed over."""

    name: str
    sha256: str
    size: int


class Evidence(Struct, frozen=True, kw_only=True):
    """What was examined. `kind` in words: `AndroidQF acquisition`; `zone` is the phone's IANA zone or ""."""

    kind: str
    inputs: tuple[Input, ...] = ()
    acquired: datetime | None = None
    zone: str = ""


class App(Struct, frozen=True, kw_only=True):
    """An installed app that deserves a look; `reason` says why, in a sentence."""

    package: str
    reason: str
    installer: str = ""
    first_install: str = ""
    permissions: str = ""
    level: Level = Level.INFO


class Indicators(Struct, frozen=True):
    """One collection of published indicators that was used."""

    name: str
    sha256: str
    count: int


class Report(Struct, frozen=True, kw_only=True):
    """One examination. `events` are those near the findings: the caller has chosen them."""

    tool: str
    version: str
    evidence: Evidence
    device: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    problems: tuple[Problem, ...] = ()
    events: tuple[Event, ...] = ()
    apps: tuple[App, ...] = ()
    indicators: tuple[Indicators, ...] = ()
    rules_run: int = 0


class Verdict(StrEnum):
    """What the findings amount to, the gravest first. A report may hold several."""

    SPYWARE = "spyware"  # it ran, stayed or took data: exactly as a publication gives it
    LIKELY = "likely spyware"  # the same, but an innocent explanation exists
    PHYSICAL = "physical"  # somebody handled the phone
    EXPOSED = "exposed"  # a link, a contact or an attempt
    SUSPECT = "suspect"  # needs an expert before anybody can say
    LOW = "low"  # only what is usually harmless
    NOTHING = "nothing"
    UNREAD = "unread"  # nothing could be read: no answer at all


IMPLANT = frozenset({Stage.EXECUTED, Stage.PERSISTED, Stage.TAKEN})
ATTACKED = frozenset({Verdict.SPYWARE, Verdict.LIKELY, Verdict.PHYSICAL, Verdict.EXPOSED})
REACHED = frozenset({Stage.EXPOSED, Stage.VISITED, Stage.ATTEMPTED})


def verdict_of(finding: Finding) -> Verdict:
    """What one finding amounts to. A bare possibility of spyware is suspect, never "spyware"."""
    if finding.level.rank < Level.MEDIUM.rank:
        return Verdict.LOW
    if finding.stage is Stage.PHYSICAL:
        return Verdict.PHYSICAL
    if finding.stage in REACHED:
        return Verdict.EXPOSED
    if finding.stage not in IMPLANT or finding.level.rank < Level.HIGH.rank:
        return Verdict.SUSPECT
    grades = {Certainty.CERTAIN: Verdict.SPYWARE, Certainty.PROBABLE: Verdict.LIKELY}
    return grades.get(finding.certainty, Verdict.SUSPECT)


def verdicts(report: Report) -> tuple[Verdict, ...]:
    """All that the findings amount to, gravest first. Findings on the local allow-list do not count."""
    found = {verdict_of(f) for f in open_findings(report)}
    if not found:
        return (Verdict.NOTHING if read(report) else Verdict.UNREAD,)
    graver = tuple(v for v in Verdict if v in found and v is not Verdict.LOW)
    return graver or (Verdict.LOW,)


def certainty(findings: Iterable[Finding]) -> Certainty:
    """The best certainty among findings that make one verdict."""
    return max((f.certainty for f in findings), key=lambda c: c.rank, default=Certainty.UNCONFIRMED)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By level, then stage, gravest first; then by certainty and name, so that the order never changes."""

    def key(f: Finding) -> tuple[int, int, int, str, str, str]:
        return (-f.level.rank, -f.stage.rank, -f.certainty.rank, f.rule, f.subject, f.id)

    return tuple(sorted(findings, key=key))


def open_findings(report: Report) -> tuple[Finding, ...]:
    """The findings that nobody has explained yet."""
    return ordered(f for f in report.findings if not f.allowed)


def allowed_findings(report: Report) -> tuple[Finding, ...]:
    """Those that the local allow-list covers."""
    return ordered(f for f in report.findings if f.allowed)


def sources(coverage: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Those that were found first, in the order of their names."""
    return tuple(sorted(coverage, key=lambda c: (not c.found, c.artifact)))


def read(report: Report) -> tuple[Coverage, ...]:
    """The sources that were there and gave records."""
    return sources(c for c in report.coverage if c.found and c.records)


def empty(report: Report) -> tuple[Coverage, ...]:
    """The sources that were there and held nothing."""
    return sources(c for c in report.coverage if c.found and not c.records)


def absent(report: Report) -> tuple[Coverage, ...]:
    """The sources that were not in what was handed over."""
    return sources(c for c in report.coverage if not c.found)


def broken(report: Report) -> tuple[Coverage, ...]:
    """The sources that were there and could not be read whole."""
    return sources(c for c in report.coverage if c.found and (c.unread or c.problems))


def lost(report: Report) -> tuple[Problem, ...]:
    """Problems that cost everything that was handed over."""
    return tuple(p for p in report.problems if p.loss is Loss.SOURCE)


def graded(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The dearest first."""
    dear = (Loss.SOURCE, Loss.FILE, Loss.ITEM, Loss.NONE)
    return tuple(sorted(problems, key=lambda p: (dear.index(p.loss), not p.bug, p.artifact, p.where, p.detail)))


def used(indicators: Iterable[IndicatorRef]) -> tuple[IndicatorRef, ...]:
    """Each indicator once, in order."""
    return tuple(sorted(set(indicators)))
