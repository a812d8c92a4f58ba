"""The report in a few lines, for the console. The caller prints; nothing in a line can act on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from svitac.model import Finding, Level, Loss
from svitac.report import data, words
from svitac.report.data import Report
from svitac.report.plain import harmless

WIDTH = 160
SMALL = 20  # findings of level low and below that are worth a line


def lines(report: Report) -> list[str]:
    """What it amounts to, the findings, what could be seen, and what went wrong."""
    told = [words.told(v) for v in data.verdicts(report)]
    return [
        told[0].headline,
        *(one.also for one in told[1:]),
        told[0].sure,
        "",
        *_findings(data.open_findings(report)),
        *_allowed(report),
        _coverage(report),
        _problems(report),
    ]


def _findings(findings: Sequence[Finding]) -> list[str]:
    """All that are above low, and the first of the others."""
    grave = [f for f in findings if f.level.rank > Level.LOW.rank]
    others = [f for f in findings if f.level.rank <= Level.LOW.rank]
    more = len(others) - SMALL
    told = [_finding(f) for f in (*grave, *others[:SMALL])]
    return [*told, f"... and {more:,} more that are low or only information: see the report"] if more > 0 else told


def _finding(finding: Finding) -> str:
    count = len(finding.places) + finding.more_places
    places = f"{count:,} {'place' if count == 1 else 'places'}"
    level, stage, sure = words.LEVELS[finding.level], words.STAGES[finding.stage], words.CERTAINTIES[finding.certainty]
    graded = f"{level[0].upper():<11} {stage[0].lower()}, {sure[0].lower()}"
    return f"{graded}: {harmless(finding.title, WIDTH)} ({places}) [{harmless(finding.id, 40)}]"


def _allowed(report: Report) -> list[str]:
    count = len(data.allowed_findings(report))
    return [f"Explained by the local allow-list: {count:,}"] if count else []


def _coverage(report: Report) -> str:
    return (
        f"Coverage: {len(data.read(report)):,} of {len(report.coverage):,} sources gave records, "
        f"{len(data.empty(report)):,} empty, {len(data.absent(report)):,} not found, "
        f"{len(data.broken(report)):,} not read whole"
    )


def _problems(report: Report) -> str:
    files = sum(p.loss in (Loss.FILE, Loss.SOURCE) for p in report.problems)
    bugs = sum(p.bug for p in report.problems)
    return f"Problems: {len(report.problems):,}, files lost: {files:,}, errors of this program: {bugs:,}"
