"""`svitac check`: the main job."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svitac.cli import given
from svitac.cli.errors import Exit, Unusable
from svitac.model import Level, Unreadable

if TYPE_CHECKING:
    from svitac.run.check import Answer

PATH = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("path", type=PATH)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Result folder; without it, nothing is kept.")
@click.option("-i", "--indicators", multiple=True, type=PATH, help="Indicators: a file or a folder. Repeatable.")
@click.option("--no-shipped", is_flag=True, help="Do not use the indicators that come with Svitac.")
@click.option("--allow", multiple=True, type=PATH, help="Local allow-list (YAML) of known false alarms. Repeatable.")
@click.option("--timezone", default="", help="The phone's zone, such as Europe/Belgrade; default: what the phone says.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Leave out indicators that had expired by this day.")
@click.option("--key", type=PATH, help="File with the age identity of an encrypted acquisition.")
@click.option("--password-file", type=PATH, help="File with the passphrase or backup password in its first line.")
@click.option("--json", "as_json", is_flag=True, help="Findings and coverage as one JSON document on standard output.")
@click.option("--open", "show", is_flag=True, help="Open the report in the web browser; needs -o.")
@click.option("-q", "--quiet", is_flag=True, help="No progress; a summary only when there is something to say.")
@click.option("--jobs", default=0, help="Parallel readers; default: one for each processor.")
def check(path: Path, output: Path | None, as_json: bool, show: bool, quiet: bool, **chosen: Any) -> int:
    """Check what came from a phone: an AndroidQF acquisition, a bug report, a backup, loose dumps.

    PATH is a file or a folder; what it is shows in its content.

    Exit codes: 0 read whole and nothing above low; 1 findings above low; 2 wrong usage; 3 nothing above low, but
    something could not be read; 4 nothing could be read.
    """
    if show and output is None:
        raise click.UsageError("--open needs a result folder: give one with -o")
    with _folder(output) as target:
        answer = _answer(path, target, quiet, chosen)
        code = _code(answer)
        if as_json:
            _print_json(answer)
        elif not quiet or code is not Exit.CLEAN:
            _print_summary(answer, output, path)
    if show and output:
        webbrowser.open((output / "report.html").resolve().as_uri())
    return code


def _answer(path: Path, target: Path, quiet: bool, chosen: dict[str, Any]) -> Answer:
    from svitac.run.check import Options  # noqa: PLC0415 - `--help` must not load the core
    from svitac.run.check import check as run_check  # noqa: PLC0415

    as_of: datetime | None = chosen["as_of"]
    today = as_of.date() if as_of else None
    options = Options(
        known=given.indicators(chosen["indicators"], not chosen["no_shipped"], today),
        allow=given.allow_list(chosen["allow"]),
        keys=given.keys(chosen["key"], chosen["password_file"]),
        zone=given.zone(chosen["timezone"]),
        at_once=chosen["jobs"],
        today=today,
    )
    try:
        with _progress(quiet) as progress:
            return run_check(path, target, options, progress)
    except Unreadable as exc:
        raise Unusable(f"{path}: {exc}" + (f" ({exc.spot})" if exc.spot else "")) from exc
    except FileExistsError as exc:
        raise click.UsageError(str(exc)) from exc


@contextmanager
def _folder(output: Path | None) -> Iterator[Path]:
    """The result folder, or one that is gone afterwards."""
    if output is not None:
        yield output
    else:
        with tempfile.TemporaryDirectory(prefix="svitac-") as folder:
            yield Path(folder, "result")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Says on standard error which file is done: on one line in a terminal, not at all otherwise."""
    shown = not quiet and sys.stderr.isatty()

    def tell(path: str, done: int, of: int) -> None:
        if shown:
            click.echo(f"\r\x1b[Kread {done} of {of} files", nl=False, err=True)

    try:
        yield tell
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _code(answer: Answer) -> Exit:
    if any(f.level.rank > Level.LOW.rank for f in answer.findings):
        return Exit.FINDINGS
    if not any(row.records for row in answer.coverage):
        return Exit.UNREADABLE
    return Exit.PARTLY if answer.unread else Exit.CLEAN


def _print_json(answer: Answer) -> None:
    import msgspec  # noqa: PLC0415

    document = {
        "kind": answer.kind,
        "findings": answer.findings,
        "coverage": answer.coverage,
        "problems": answer.problems,
    }
    click.echo(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())


def _print_summary(answer: Answer, output: Path | None, path: Path) -> None:
    from svitac.report.terminal import lines  # noqa: PLC0415

    for line in lines(answer.report):
        click.echo(line)
    if output is not None:
        click.echo(f"\nReport: {output / 'report.html'}")
    else:
        click.echo(f"\nNothing was kept. For a report: svitac check {path} -o result")
