"""`svitac check`: evidence in, result folder out. The whole pipeline, at a glance."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import svitac
from svitac import discover, knowledge
from svitac.declare import Artifact
from svitac.indicators import yara
from svitac.indicators.allow import AllowList
from svitac.indicators.match import Matcher
from svitac.indicators.model import Loaded
from svitac.indicators.pack import shipped
from svitac.model import Coverage, Finding, Loss, Problem, Reason, Record, Stage, Unreadable, Where
from svitac.report.data import Report
from svitac.report.html import render
from svitac.rules.android import acquisition_changed
from svitac.rules.any import indicator
from svitac.run import coverage as covering
from svitac.run import integrity, queries, summary, workers
from svitac.run.gather import Gather
from svitac.run.plan import Job, plan
from svitac.run.work import Outcome, Worker
from svitac.sources import Keys, Tree, open_evidence
from svitac.store import observables, tables
from svitac.store.results import FORMAT, Digest, Input, Manifest, ResultFolder
from svitac.store.views import connect

LIBRARIES = ("duckdb", "msgspec", "pyarrow", "pyrage", "tzdata")  # whose version can show in the bytes of a result


@dataclass(frozen=True, slots=True)
class Options:
    """What the analyst chose. `known` are the loaded indicators, `allow` the local allow-list."""

    known: Loaded
    allow: AllowList
    keys: Keys = field(default_factory=Keys)
    zone: str = ""
    at_once: int = 0  # workers; 0 means one for each processor
    today: date | None = None


def options(**given: Any) -> Options:
    """Options with the shipped indicators and no allow-list, unless given otherwise."""
    return Options(**{"known": shipped(), "allow": AllowList(), **given})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller may print."""

    kind: str
    findings: list[Finding]
    coverage: list[Coverage]
    problems: list[Problem]
    report: Report

    @property
    def unread(self) -> int:
        """Problems that cost a whole source, or the rest of one, or that are ours."""
        return sum(p.loss in (Loss.FILE, Loss.SOURCE) or p.bug for p in self.problems)


def check(path: Path, target: Path, options: Options, progress: Callable[[str, int, int], None]) -> Answer:
    """Check evidence and write the result folder `target`. Raises Unreadable when nothing at all can be read.

    Raises FileExistsError when `target` holds something else, or would lie in the evidence, which is never written to.
    """
    if target.resolve().is_relative_to(path.resolve()):
        raise FileExistsError(f"{target} lies inside the evidence, where nothing is written: choose another folder")
    tree = open_evidence(path, options.keys)
    artifacts = discover.artifacts()
    jobs = plan(tree, artifacts, options.zone)
    kind = summary.kind_of(tree, jobs)
    if not jobs:
        raise Unreadable(summary.foreign(tree))
    with ResultFolder(target) as folder:
        outcomes = _read(jobs, folder.path, options, progress)
        records = folder.path / "records"
        _join(outcomes, folder.path, records)
        lost = [*tree.problems, *_problems(outcomes)]
        problems = [*options.known.problems, *yara.check(options.known.yara), *lost]
        gather = Gather()
        for outcome in outcomes:
            for part in outcome.reports:
                gather.extend(part.raised)
        lists = {**knowledge.tables(), "unread": _unread(lost)}
        with connect(records, artifacts, lists, queries.helpers()) as db:
            problems += queries.ask(db, discover.rules(), gather)
            _compare(db, tree, gather)
            observables.write(db, artifacts, folder.path / "observables.parquet")
            facts = summary.facts(db)
            apps = summary.apps(db)
        findings = gather.findings({r.id: r for r in discover.rules()}, options.allow.covers)
        seen = covering.coverage(artifacts, outcomes, problems)
        manifest = _manifest(tree, jobs, kind, options, outcomes)
        folder.json("coverage.json", seen)
        folder.json("findings.json", findings)
        folder.lines("problems.jsonl", problems)
        report = summary.report(
            manifest,
            findings=findings,
            coverage=seen,
            problems=problems,
            records=records,
            device=facts,
            looked_at=apps,
        )
        folder.write("report.html", render(report))
        folder.finish(manifest)
    return Answer(kind, findings, seen, problems, report)


def _read(jobs: list[Job], work: Path, options: Options, progress: Callable[[str, int, int], None]) -> list[Outcome]:
    parts = work / "parts"
    parts.mkdir()
    matcher = Matcher(options.known.indicators)

    def watcher(artifact: Artifact[Any]) -> Callable[[Record], Iterable[Reason]] | None:
        look = matcher.watch(artifact.record)
        return look and (lambda record: [_judged(hit, record.reached(artifact.stage)) for hit in look(record)])

    scanner = yara.compile(options.known.yara)
    if scanner:
        scanner.problems.clear()  # `yara.check` has told them
    do = Worker(
        rules=discover.rules(),
        watchers=watcher,
        folder=parts,
        sift=lambda artifact: matcher.sift(artifact.record),
        zone=options.zone,
        scanner=scanner,
    )
    done = 0

    def one_more(job: Job) -> None:
        nonlocal done
        done += 1
        progress(job.leaf.path, done, len(jobs))

    return workers.run(jobs, do, options.at_once, one_more)


def _judged(hit: Any, stage: Stage) -> Reason:
    match = indicator.Match(value=hit.value, indicator=hit.indicator, stage=stage, truncated=hit.truncated)
    reason = indicator.check.check(match)
    assert reason is not None  # noqa: S101 - a match always has a meaning
    return reason


def _join(outcomes: list[Outcome], work: Path, records: Path) -> None:
    """One Parquet file per artifact, its parts in the order of their files."""
    parts: dict[str, list[Path]] = {}
    for outcome in outcomes:
        for report in outcome.reports:
            if report.part:
                parts.setdefault(report.artifact, []).append(work / "parts" / report.part)
    for artifact, files in sorted(parts.items()):
        tables.join(files, records / f"{artifact}.parquet")
    for folder in sorted((work / "parts").iterdir()):
        folder.rmdir()
    (work / "parts").rmdir()


def _problems(outcomes: list[Outcome]) -> list[Problem]:
    found: list[Problem] = []
    for outcome in outcomes:
        found += [p for p in outcome.problems if p.artifact or p not in found]  # workers share a large file
        for report in outcome.reports:
            found += report.problems
            if report.more_problems:
                detail = f"{report.more_problems} more problems like these"
                found.append(Problem(where=Where(outcome.path), detail=detail, artifact=report.artifact))
    return found


def _unread(problems: list[Problem]) -> list[dict[str, str]]:
    """The artifacts of which something was lost, as a table for rules that rest on what is not there.

    A loss that no artifact owns may concern any of them, but for an adb backup: that holds messages alone.
    """
    grave = [p for p in problems if p.loss in (Loss.FILE, Loss.SOURCE) or p.bug]
    lost = {p.artifact for p in grave if p.artifact or not p.where.path.endswith(".ab")}
    return [{"artifact": name} for name in sorted(lost)] or [{"artifact": "none"}]


def _compare(db: Any, tree: Tree, gather: Gather) -> None:
    rows = db.execute('SELECT path, sha256, "where" FROM android_acquisition_hashes').fetchall()
    listed = [(path, sha256, Where(**where)) for path, sha256, where in rows]
    for compared in integrity.compare(tree, listed):
        rule = acquisition_changed.check
        if reason := rule.check(compared):
            gather.say(rule, reason, (summary.place(compared.where, reason, rule),))


def _manifest(tree: Tree, jobs: list[Job], kind: str, options: Options, outcomes: list[Outcome]) -> Manifest:
    acquired = [o.until for o in outcomes if o.until]
    return Manifest(
        format=FORMAT,
        tool="svitac",
        version=svitac.__version__,
        libraries={name: version_of(name) for name in LIBRARIES} | {"python": platform.python_version()},
        kind=kind,
        inputs=[_input(name, tree, jobs) for name in sorted(tree.inputs)],
        indicators=[Digest(s.name, s.sha256, s.count) for s in options.known.sources],
        rules=[rule.id for rule in discover.rules()],
        options={"timezone": options.zone, "today": options.today.isoformat() if options.today else ""},
        zones={o.path: o.zone for o in outcomes if o.zone},
        acquired=_iso(max(acquired, default=None)),
    )


def _input(name: str, tree: Tree, jobs: list[Job]) -> Input:
    """A file that was handed over. Of a folder only what is read is hashed: a file system can hold terabytes."""
    read = {job.leaf.path.partition("!/")[0] for job in jobs}
    wanted = len(tree.inputs) == 1 or name in read or name in tree.nested
    leaf = tree.leaves.get(name) or tree.nested.get(name)
    size, sha256 = integrity.measure(tree.inputs[name]) if wanted else (leaf.size if leaf else 0, "")
    return Input(name, size, sha256)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
