"""What was looked for, found and read, artifact by artifact: the first page of every report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from svitac.declare import Artifact
from svitac.model import Coverage, Covers, Loss, Problem
from svitac.run.work import Outcome, Report


def coverage(artifacts: Iterable[Artifact[Any]], outcomes: list[Outcome], problems: list[Problem]) -> list[Coverage]:
    """A row for every artifact there is, found or not."""
    count = Counter(p.artifact for p in problems)
    unread = Counter(p.artifact for p in problems if p.loss is Loss.FILE or p.bug)
    by_artifact: dict[str, list[tuple[Outcome, Report]]] = {}
    for outcome in outcomes:
        for report in outcome.reports:
            by_artifact.setdefault(report.artifact, []).append((outcome, report))
    return [_row(a, by_artifact.get(a.id, []), count[a.id], unread[a.id]) for a in artifacts]


def _row(artifact: Artifact[Any], reports: list[tuple[Outcome, Report]], problems: int, unread: int) -> Coverage:
    first, last = _span(artifact, reports)
    return Coverage(
        artifact=artifact.id,
        title=artifact.title,
        looked_for=artifact.looked_for,
        found=_found([place for _, report in reports for place in report.found]),
        records=sum(report.records for _, report in reports),
        problems=problems,
        unread=unread,
        covers=artifact.covers,
        first=first,
        last=last,
        kept=artifact.kept,
    )


def _found(places: list[tuple[str, str]]) -> tuple[str, ...]:
    """Each file once, with the sections of it that were read."""
    by_file: dict[str, list[str]] = {}
    for path, section in places:
        sections = by_file.setdefault(path, [])
        if section and section not in sections:
            sections.append(section)
    return tuple(f"{path}: {', '.join(sections)}" if sections else path for path, sections in by_file.items())


def _span(artifact: Artifact[Any], reports: list[tuple[Outcome, Report]]) -> tuple[datetime | None, datetime | None]:
    """The time the records can speak for: a state speaks for the moment it was read, a log for all it holds."""
    if artifact.covers is Covers.STATE:
        moments = [outcome.until for outcome, report in reports if report.records and outcome.until]
        return (min(moments), max(moments)) if moments else (None, None)
    firsts = [report.first for _, report in reports if report.first]
    lasts = [report.last for _, report in reports if report.last]
    return min(firsts, default=None), max(lasts, default=None)
