"""What is done to one file: parse it, store its records, watch them for indicators and record rules.

Runs in a worker, so it returns values that can cross a pipe, and writes nothing but its own part files.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

from msgspec import Struct
from msgspec.structs import replace as struct_replace

from svitac.blob import spool
from svitac.declare import Artifact, Rule
from svitac.formats import dumpstate
from svitac.formats.clock import in_zone
from svitac.formats.programs import pieces
from svitac.indicators.yara import Scanner
from svitac.model import Bulk, Covers, File, LocalTime, Loss, Place, Problem, Reason, Record, Stage, Unreadable, Where
from svitac.rules.any import indicator, yara
from svitac.run.gather import Gather, Raised
from svitac.run.plan import Job, zone_in
from svitac.store.schema import strip
from svitac.store.tables import Table

PROGRAMS = "android.programs"  # the artifact whose bytes YARA sees
MOST_PROBLEMS = 1_000  # of one artifact in one file; the rest is counted
_OLDEST = datetime(2008, 1, 1, tzinfo=UTC)  # before the first Android phone: a clock that was not set

Watch = Callable[[Record], Iterable[Reason]]
Sift = Callable[[Mapping[str, Sequence[Any]]], Iterable[int]]


def _every_row(columns: Mapping[str, Sequence[Any]]) -> Iterable[int]:
    return range(len(next(iter(columns.values()))))


class Report(Struct, kw_only=True):
    """What came of one artifact in one file."""

    artifact: str
    found: list[tuple[str, str]]  # path, and the section of it when it is not the whole
    records: int = 0
    problems: list[Problem] = []
    more_problems: int = 0
    first: datetime | None = None
    last: datetime | None = None
    raised: list[Raised] = []
    part: str = ""  # the Parquet file, below the work folder


class Outcome(Struct, kw_only=True):
    """What came of one file."""

    path: str
    reports: list[Report] = []
    problems: list[Problem] = []  # of the file as a whole
    zone: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """The same for every file of a run; made once in the parent, before any fork.

    `watchers` gives, for an artifact, the function that looks at each of its records for indicators, or None; `sift`
    the one that finds, in columns, the rows worth such a look.
    """

    rules: tuple[Rule, ...]
    watchers: Callable[[Artifact[Any]], Watch | None]
    folder: Path
    sift: Callable[[Artifact[Any]], Sift] = lambda artifact: _every_row
    zone: str = ""  # the analyst's override
    scanner: Scanner | None = None  # YARA rules, for programs

    def __call__(self, number: int, job: Job) -> Outcome:
        folder = self.folder / f"{number:06}"
        folder.mkdir(exist_ok=True)
        outcome = Outcome(path=job.leaf.path, zone=job.leaf.zone, until=job.leaf.until)
        for artifact, files in self._views(job, outcome):
            outcome.reports.append(self._read(artifact, files, folder))
        return outcome

    def _singled(
        self, artifact: Artifact[Any], file: File, table: Table, watched: bool, all_of_it: bool
    ) -> Iterator[Record | Problem]:
        """Stores what one parser gives; passes on each record, of bulk only those that somebody must look at."""
        for item in read(artifact, file):
            if isinstance(item, Bulk):
                table.add_bulk(item)
                wanted = range(len(item)) if all_of_it else self.sift(artifact)(item.columns) if watched else ()
                yield from item.rows(wanted)
            else:
                if not isinstance(item, Problem):
                    table.add(item)
                yield item

    def _views(self, job: Job, outcome: Outcome) -> Iterator[tuple[Artifact[Any], list[tuple[str, File]]]]:
        """Each artifact with the stretches of the file that it reads, each with its name for people."""
        for artifact in job.whole:
            yield artifact, [("", job.leaf)]
        if job.service:
            for artifact in job.sections:
                yield artifact, [(f"dumpsys {job.service}", job.leaf)]
        if job.dump:
            try:
                yield from self._sections(job, outcome)
            except Unreadable as exc:
                where = Where(job.leaf.path, exc.spot)
                outcome.problems.append(Problem(where=where, detail=str(exc), loss=Loss.FILE))

    def _sections(self, job: Job, outcome: Outcome) -> Iterator[tuple[Artifact[Any], list[tuple[str, File]]]]:
        with job.leaf.open() as src:
            blob = spool(src)
        index = dumpstate.index(blob)
        whole = self._dated(job, blob.open().read(2**14), _properties(blob, index))
        outcome.zone, outcome.until = whole.zone, whole.until
        for line, what in index.forged:
            detail = f"{what}: text made to look like a section, or an edited report"
            outcome.problems.append(Problem(where=Where(whole.path, f"line {line}"), detail=detail, loss=Loss.NONE))
        for artifact in job.sections:
            files: list[tuple[str, File]] = []
            for section in index.sections:
                wanted = artifact.services if section.service else artifact.sections
                if section.name in wanted:
                    label = f"{'dumpsys ' if section.service else ''}{section.name}"
                    files.append((label, dumpstate.SectionFile(whole, blob, section)))
                    if section.trouble:
                        outcome.problems.append(_incomplete(artifact, whole, section))
            outcome.problems.extend(_not_printed(artifact, whole, index))
            if files:
                yield artifact, files

    def _dated(self, job: Job, head: bytes, properties: bytes) -> File:
        """The text with the zone of its own properties, and its own time when the acquisition has none."""
        zone = self.zone or zone_in(properties) or job.leaf.zone
        until, wall = job.leaf.until, dumpstate.started(head)
        if until is None and wall is not None:
            until = in_zone(wall, zone).utc
        return replace(job.leaf, zone=zone, until=until)

    def _read(self, artifact: Artifact[Any], files: list[tuple[str, File]], folder: Path) -> Report:
        report = Report(
            artifact=artifact.id, found=[(file.path, label) for label, file in files], problems=[], raised=[]
        )
        table = Table(artifact.record, folder / f"{artifact.id}.parquet")
        watch, gather = self.watchers(artifact), Gather()
        checks = [rule for rule in self.rules if rule.reads is artifact.record]
        span = _Span(artifact, next((f.until for _, f in files), None))
        for _, file in files:
            for item in self._singled(artifact, file, table, watch is not None, bool(checks or span.times)):
                if isinstance(item, Problem):
                    _note(report, item)
                    continue
                span.add(item)
                for reason in watch(item) if watch else ():
                    gather.say(indicator.check, reason, (_place(artifact, item, reason),))
                for rule in checks:
                    if (said := _asked(rule, item, report)) is not None:
                        gather.say(rule, said, (_place(artifact, item, said, rule.stage),))
        table.close()
        if self.scanner and artifact.id == PROGRAMS:
            for _, file in files:
                _scan(self.scanner, file, gather, report)
        report.raised = gather.raised()
        report.records, report.first, report.last = table.rows, span.first, span.last
        report.part = f"{folder.name}/{artifact.id}.parquet" if table.rows else ""
        return report


def read(artifact: Artifact[Any], file: File) -> Iterator[Record | Problem | Bulk]:
    """Parse one file. The only broad `except` of the core: whatever a parser does, the run goes on and says so."""
    try:
        for item in artifact.parse(file):
            yield struct_replace(item, artifact=artifact.id) if isinstance(item, Problem) else item
    except Unreadable as exc:
        yield Problem(where=Where(file.path, exc.spot), detail=str(exc), loss=Loss.FILE, artifact=artifact.id)
    except Exception:  # noqa: BLE001 - the blast wall
        detail = traceback.format_exc(limit=-3)
        yield Problem(where=Where(file.path), detail=detail, loss=Loss.FILE, artifact=artifact.id, bug=True)


def _asked(rule: Rule, record: Record, report: Report) -> Reason | None:
    """One record rule on one record. A rule that fails on a record is our bug, told beside the evidence's."""
    try:
        return rule.check(record)
    except Exception:  # noqa: BLE001 - as in `read`
        detail = f"rule {rule.id}: {traceback.format_exc(limit=-3)}"
        _note(report, Problem(where=record.where, detail=detail, artifact=report.artifact, bug=True))
        return None


def _place(artifact: Artifact[Any], record: Record, reason: Reason, stage: Stage = Stage.NONE) -> Place:
    return Place(record.where, reason.says or record.says(), artifact.id, reason.stage or stage)


def _scan(scanner: Scanner, file: File, gather: Gather, report: Report) -> None:
    """YARA on every piece of code of a program."""
    for piece in pieces(file):
        if isinstance(piece, Problem):
            continue  # the artifact has told it
        where, name, content = piece
        for hit in scanner.scan(content):
            description = str(hit.meta.get("description", ""))
            reason = yara.check.check(yara.Matched(name, hit.rule, hit.source, description))
            if reason:
                gather.say(yara.check, reason, (Place(where, reason.says, PROGRAMS, yara.check.stage),))
    report.problems.extend(struct_replace(p, artifact=PROGRAMS) for p in scanner.problems)
    scanner.problems.clear()


def _note(report: Report, problem: Problem) -> None:
    if len(report.problems) < MOST_PROBLEMS or problem.loss is not Loss.ITEM:
        report.problems.append(problem)
    else:
        report.more_problems += 1


def _properties(blob: Any, index: dumpstate.Index) -> bytes:
    for section in index.sections:
        if section.name == "SYSTEM PROPERTIES" and not section.service:
            with blob.open() as src:
                src.seek(section.start)
                return bytes(src.read(min(2**22, section.end - section.start)))
    return b""


def _incomplete(artifact: Artifact[Any], whole: File, section: dumpstate.Section) -> Problem:
    where = Where(whole.path, f"line {section.first_line}")
    return Problem(where=where, detail=f"{section.name}: {section.trouble}", loss=Loss.FILE, artifact=artifact.id)


def _not_printed(artifact: Artifact[Any], whole: File, index: dumpstate.Index) -> Iterator[Problem]:
    """Services that the phone said it runs and that the text does not hold: it was cut."""
    printed = {s.name for s in index.sections if s.service}
    for name in sorted(index.announced.intersection(artifact.services) - printed):
        detail = f"service {name} is announced at the top but its dump is missing: the text is cut"
        yield Problem(where=Where(whole.path), detail=detail, loss=Loss.FILE, artifact=artifact.id)


class _Span:
    """The first and last believable time in any field of the records."""

    def __init__(self, artifact: Artifact[Any], until: datetime | None) -> None:
        hints = get_type_hints(artifact.record).items() if artifact.covers is not Covers.STATE else ()
        self.times = [name for name, hint in hints if strip(hint)[0] in (datetime, LocalTime)]
        self._until = until
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, record: Record) -> None:
        for name in self.times:
            value = getattr(record, name)
            moment = value.utc if isinstance(value, LocalTime) else value
            if moment is None or moment < _OLDEST or (self._until and moment > self._until):
                continue
            if self.first is None or moment < self.first:
                self.first = moment
            if self.last is None or moment > self.last:
                self.last = moment
