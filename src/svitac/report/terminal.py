"""The report in a few lines, for the console. The caller prints; nothing in a line can act on the terminal."""

from __future__ import annotations

from svitac.model import Finding, Loss
from svitac.report import data, words
from svitac.report.data import Report
from svitac.report.plain import harmless

WIDTH = 160


def lines(report: Report) -> list[str]:
    """What it amounts to, the findings, what could be seen, and what went wrong."""
    told = [words.told(v) for v in data.verdicts(report)]
    return [
        told[0].headline,
        *(one.also for one in told[1:]),
        told[0].sure,
        "",
        *(_finding(f) for f in data.open_findings(report)),
        *_allowed(report),
        _coverage(report),
        _problems(report),
    ]


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
