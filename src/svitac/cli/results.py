"""`svitac timeline` and `svitac records`: what a result folder holds, in forms other tools read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from svitac.cli.errors import Unusable

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("result", type=FOLDER)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl", "timesketch"]), default="csv", show_default=True)
@click.option("--from", "since", type=click.DateTime(), help="Only events from this moment on (UTC).")
@click.option("--to", "until", type=click.DateTime(), help="Only events up to this moment (UTC).")
def timeline(result: Path, form: str, since: Any, until: Any) -> None:
    """Every time in every record of RESULT, in order: a table, JSON lines, or a file for Timesketch."""
    from datetime import UTC  # noqa: PLC0415

    from svitac import timeline as events  # noqa: PLC0415
    from svitac.run.summary import events as every  # noqa: PLC0415

    folder = _open(result)
    first = since.replace(tzinfo=UTC) if since else None
    last = until.replace(tzinfo=UTC) if until else None
    chosen = sorted((e for e in every(folder.path / "records") if _inside(e, first, last)), key=events.sort_key)
    writers = {"csv": events.to_csv, "jsonl": events.to_jsonl, "timesketch": events.to_timesketch}
    for line in writers[form](chosen):
        click.echo(line, nl=not line.endswith("\n"))


def _inside(event: Any, first: Any, last: Any) -> bool:
    if first is None and last is None:
        return True
    return event.utc is not None and (first is None or event.utc >= first) and (last is None or event.utc <= last)


@click.command()
@click.argument("result", type=FOLDER)
@click.argument("artifact", required=False)
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
def records(result: Path, artifact: str | None, form: str) -> None:
    """The records of one ARTIFACT in RESULT; without ARTIFACT, which there are and how many."""
    folder = _open(result)
    if artifact is None:
        for row in folder.coverage():
            click.echo(f"{row.records:>9}  {row.artifact}")
        return
    path = folder.tables().get(artifact)
    if path is None:
        known = artifact in {row.artifact for row in folder.coverage()}
        raise click.UsageError(f"no records of {artifact}" if known else f"no artifact is called {artifact}")
    for line in _jsonl(artifact, path) if form == "jsonl" else _csv(path):
        click.echo(line, nl=not line.endswith("\n"))


def _jsonl(artifact: str, path: Path) -> Iterator[str]:
    import msgspec  # noqa: PLC0415

    from svitac.discover import artifacts  # noqa: PLC0415
    from svitac.store.tables import read  # noqa: PLC0415

    declared = next(a for a in artifacts() if a.id == artifact)
    return (msgspec.json.encode(record).decode() for record in read(declared.record, path))


def _csv(path: Path) -> Iterator[str]:
    """Nested fields as JSON; cells that a spreadsheet would run as a formula get an apostrophe in front."""
    import msgspec  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    from svitac.timeline import defused  # noqa: PLC0415

    def cell(value: Any) -> str:
        if value is None:
            return ""
        plain = value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
        return defused(plain)

    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    yield _row(["path", "spot", *(n for n in names if n != "where")])
    for batch in file.iter_batches(2_000):
        for row in batch.to_pylist():
            where = row.pop("where")
            yield _row([defused(where["path"]), defused(where["spot"]), *(cell(v) for v in row.values())])


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _open(path: Path) -> Any:
    from svitac.store.results import Result  # noqa: PLC0415

    try:
        return Result(path)
    except (FileNotFoundError, ValueError) as exc:
        raise Unusable(str(exc)) from exc
