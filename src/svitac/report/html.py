"""The report as one HTML file: no scripts, nothing loaded from anywhere, readable by ear, on paper and in the dark.

The content security policy allows the inline stylesheet by its digest and nothing else, so that even evidence that got
past the escaping could neither run nor call home. Evidence text is escaped, made visible (`plain.harmless`) and wrapped
in `<bdi>`, so that letters of another direction cannot turn round the words beside them.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from svitac.formats.clock import known_zone
from svitac.model import Finding, Stage, Where
from svitac.report import data, plain, svg, when, words
from svitac.report.data import Report
from svitac.timeline import sort_key

PLACES = 300  # of one finding
ROWS = 2_000  # of a table
SHOWN = 5  # places that are not folded away

_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[^\s\"'<>]*)?", re.ASCII)


def render(report: Report) -> str:
    """The whole page."""
    style = Markup(_environment().get_template("style.css").render())  # noqa: S704  (ours: no value goes into it)
    page = _environment().get_template("page.html").render(style=style, digest=digest(style), **_values(report))
    return page if page.endswith("\n") else page + "\n"


def digest(style: str) -> str:
    """The name under which the policy allows the stylesheet."""
    return "sha256-" + b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _values(report: Report) -> dict[str, Any]:
    """Everything the templates name."""
    findings = data.open_findings(report)
    numbers = _numbers(findings[:ROWS])
    events = sorted(report.events, key=sort_key)
    verdicts = data.verdicts(report)
    zone = report.evidence.zone if known_zone(report.evidence.zone) else ""
    return {
        "report": report,
        "zone": zone,
        "findings": findings,
        "allowed": data.allowed_findings(report),
        "verdicts": verdicts,
        "told": [words.told(v) for v in verdicts],
        "attacked": bool(data.ATTACKED.intersection(verdicts)),
        "grave": _grave(findings, verdicts),
        "sure": data.certainty(f for f in findings if data.verdict_of(f) is verdicts[0]),
        "read": data.read(report),
        "empty": data.empty(report),
        "absent": data.absent(report),
        "broken": data.broken(report),
        "coverage": data.sources(report.coverage),
        "problems": data.graded(report.problems),
        "events": events,
        "numbers": numbers,
        "picture": Markup(svg.timeline(events, numbers, zone)),  # noqa: S704  (escapes what it is given)
        "apps": sorted(report.apps, key=lambda a: (-a.level.rank, a.package)),
    }


def _numbers(findings: Iterable[Finding]) -> Mapping[Where, int]:
    """The number of the first finding that rests on each place."""
    numbers: dict[Where, int] = {}
    for number, finding in enumerate(findings, 1):
        for place in finding.places:
            numbers.setdefault(place.where, number)
    return numbers


def _grave(findings: Iterable[Finding], verdicts: Iterable[data.Verdict]) -> list[tuple[int, Finding]]:
    """The findings that the summary names, with their numbers: those that make one of the verdicts."""
    wanted = frozenset(verdicts)
    return [(n, f) for n, f in enumerate(findings, 1) if data.verdict_of(f) in wanted]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("svitac.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        said=_said,
        link=_link,
        plain=plain.harmless,
        number=lambda n: f"{n:,}",
        size=_size,
        spoken=when.spoken,
        phone=when.at_phone,
        utc=when.in_utc,
        event_times=when.of_event,
        absence=words.absence,
    )
    made.globals.update(
        words=words, Stage=Stage, indicators_of=data.used, PLACES=PLACES, ROWS=ROWS, SHOWN=SHOWN, plural=_plural
    )
    return made


def _said(value: object, limit: int = plain.LIMIT) -> Markup:
    """Evidence text, isolated from the words around it."""
    return Markup("<bdi>{}</bdi>").format(plain.harmless(str(value), limit))


def _link(url: str) -> Markup:
    """A reference of a publication as a link if it is an address on the web, else as text."""
    if not _WEB.fullmatch(url):
        return _said(url)
    return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(url)


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _size(count: int) -> Markup:
    """`1,234,567 bytes`: exact, because it is compared."""
    return escape(_plural(count, "byte", "bytes"))
