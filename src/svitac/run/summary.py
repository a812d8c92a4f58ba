"""What a report says beside the findings: which evidence this is, which phone, which apps deserve a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nsmallest
from pathlib import Path
from typing import Any

from svitac import discover, timeline
from svitac.declare import Artifact, Rule
from svitac.model import Coverage, Finding, Level, Place, Problem, Reason, Where
from svitac.report.data import App, Evidence, Indicators, Input, Report
from svitac.run.plan import Job
from svitac.sources import Tree
from svitac.store import tables
from svitac.store.results import Manifest

HEAVY, LIGHT = 4, 2  # weights of `app_to_look_at`
MOST_EVENTS = 400  # in the report; `svitac timeline` has them all
FACTS = {  # system property -> what a person calls it
    "ro.product.manufacturer": "Manufacturer",
    "ro.product.model": "Model",
    "ro.build.version.release": "Android version",
    "ro.build.version.security_patch": "Security patch",
    "ro.build.fingerprint": "Build",
    "ro.boot.verifiedbootstate": "Verified boot",
    "persist.sys.timezone": "Time zone",
}


def kind_of(tree: Tree, jobs: list[Job]) -> str:
    """What was handed over, in words."""
    names = {leaf.name for leaf in tree} | {path.rpartition("/")[2] for path in tree.nested}
    if "acquisition.json" in names or {"packages.json", "getprop.txt"} <= names or "files.json" in names:
        what = "AndroidQF acquisition"
    elif "main_entry.txt" in names or any(job.dump for job in jobs):
        what = "Android bug report"
    elif any(leaf.path.endswith("data/system/packages.xml") for leaf in tree):
        what = "file system of an Android phone"
    elif "adb backup" in tree.containers.values():
        what = "adb backup"
    else:
        what = "loose files of an Android phone"
    outer = [kind for path, kind in tree.containers.items() if path not in tree.nested and "!/" not in path]
    return f"{what} ({', '.join(outer)})" if outer else what


def foreign(tree: Tree) -> str:
    """Why nothing of the evidence can be read, for the person who handed it over."""
    if tree.problems:
        return "; ".join(f"{p.where}: {p.detail}" for p in tree.problems[:5])
    names = {leaf.name for leaf in tree}
    if "Manifest.db" in names or "Manifest.plist" in names:
        return "this is an iPhone backup, which this version cannot read yet"
    if "sysdiagnose.log" in names or any(name.endswith(".tracev3") for name in names):
        return "this is an iPhone sysdiagnose, which this version cannot read yet"
    some = ", ".join(sorted(tree.leaves)[:3])
    return f"nothing that this version knows is in it ({len(tree.leaves)} files: {some} ...)"


def place(where: Where, reason: Reason, rule: Rule) -> Place:
    """The one place of a reason that rests on no record."""
    return Place(where, reason.says or reason.title, "", reason.stage or rule.stage)


def facts(db: Any) -> list[tuple[str, str]]:
    """Which phone this is, without what names its owner (no serial number, no IMEI)."""
    query = 'SELECT name, any_value(value ORDER BY "where") FROM android_getprop GROUP BY name'
    rows = dict(db.execute(query).fetchall())
    return [(label, rows[name]) for name, label in FACTS.items() if rows.get(name)]


def apps(db: Any) -> list[App]:
    """Installed apps that deserve a look, the most remarkable first. From the view `app_to_look_at`."""
    rows = db.execute("SELECT * FROM app_to_look_at ORDER BY weight DESC, package LIMIT 60").fetchall()
    names = [column[0] for column in db.description]
    return [_app(dict(zip(names, row, strict=True))) for row in rows]


def _app(row: dict[str, Any]) -> App:
    reason = ", ".join(row["reasons"])
    return App(
        package=row["package"],
        reason=reason[:1].upper() + reason[1:],
        installer=row["origin"],
        first_install=f"{row['first_install']:%Y-%m-%d %H:%M}" if row["first_install"] else "",
        level=Level.MEDIUM if row["weight"] >= HEAVY else Level.LOW if row["weight"] >= LIGHT else Level.INFO,
    )


def report(  # noqa: PLR0913 - all that a report says
    manifest: Manifest,
    *,
    findings: list[Finding],
    coverage: list[Coverage],
    problems: list[Problem],
    records: Path,
    device: list[tuple[str, str]],
    looked_at: list[App],
) -> Report:
    """Everything the report says, as values."""
    return Report(
        tool=manifest.tool,
        version=manifest.version,
        evidence=Evidence(
            kind=manifest.kind,
            inputs=tuple(Input(i.name, i.sha256, i.size) for i in manifest.inputs if i.sha256),
            acquired=datetime.fromisoformat(manifest.acquired) if manifest.acquired else None,
            zone=next(iter(sorted(manifest.zones.values())), ""),
        ),
        device=tuple(device),
        findings=tuple(findings),
        coverage=tuple(coverage),
        problems=tuple(problems),
        events=tuple(_near(findings, records)),
        apps=tuple(looked_at),
        indicators=tuple(Indicators(d.name, d.sha256, d.count) for d in manifest.indicators),
        rules_run=len(manifest.rules),
    )


def events(records: Path) -> Iterator[timeline.Event]:
    """Every time in every record, artifact by artifact."""
    for artifact, path in _with_times(records):
        for record in tables.read(artifact.record, path):
            yield from timeline.events(artifact.id, record)


def _with_times(records: Path) -> Iterator[tuple[Artifact[Any], Path]]:
    """The artifacts that gave records with times, and their files."""
    for artifact in discover.artifacts():
        path = records / f"{artifact.id}.parquet"
        if path.exists() and timeline.times_of(artifact.record):
            yield artifact, path


def _near(findings: Iterable[Finding], records: Path) -> list[timeline.Event]:
    """The times of the records that findings rest on, the earliest first."""
    wanted = {place.where for f in findings if f.level.rank >= Level.LOW.rank for place in f.places}
    own = (
        event
        for artifact, path in _with_times(records)
        for record in tables.read_at(artifact.record, path, wanted)
        for event in timeline.events(artifact.id, record)
        if "certificate" not in event.what  # how long a certificate is valid is no event on the phone
    )
    return nsmallest(MOST_EVENTS, own, key=timeline.sort_key)
