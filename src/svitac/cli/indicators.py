"""`svitac indicators`: which are known, where they come from, and what a value would match."""

from __future__ import annotations

import shutil
import urllib.request
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from svitac.cli import given
from svitac.cli.errors import Unusable

if TYPE_CHECKING:
    from svitac.indicators.model import Loaded

INDEX = "https://raw.githubusercontent.com/mvt-project/mvt-indicators/main/indicators.yaml"
LARGEST = 64 * 2**20


@click.group()
def indicators() -> None:
    """The published traces that Svitac looks for."""


@indicators.command(name="list")
@click.option("-i", "--indicators", "paths", multiple=True, type=click.Path(exists=True, path_type=Path))
def list_(paths: tuple[Path, ...]) -> None:
    """What is known: collections with the number of their indicators, and the files they come from."""
    known = given.indicators(paths, True, None)
    for (collection, kind), count in sorted(Counter((i.collection, i.kind.value) for i in known.indicators).items()):
        click.echo(f"{count:>7}  {kind:<12} {collection}")
    click.echo("")
    for source in known.sources:
        click.echo(f"{source.count:>7}  {source.sha256[:16]}  {source.name}")
    _tell_problems(known)


@indicators.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what was added under this name before.")
def add(path: Path, force: bool) -> None:
    """Keep the indicators of PATH, a file or folder, for every later check. Refused when none can be read."""
    from svitac.indicators.load import load  # noqa: PLC0415

    found = load([path], None)
    if not found.indicators and not found.yara:
        why = "; ".join(f"{p.where}: {p.detail}" for p in found.problems[:3])
        raise Unusable(f"{path}: no indicators in it{': ' + why if why else ''}")
    target = given.home() / path.name
    if target.exists() and not force:
        raise click.UsageError(f"{path.name} was added before; --force replaces it")
    given.home().mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    shutil.copytree(path, target) if path.is_dir() else shutil.copyfile(path, target)
    click.echo(f"added {len(found.indicators)} indicators from {path.name}")
    _tell_problems(found)


@indicators.command()
@click.argument("value")
@click.option("-i", "--indicators", "paths", multiple=True, type=click.Path(exists=True, path_type=Path))
def explain(value: str, paths: tuple[Path, ...]) -> int:
    """Which indicators VALUE would match, as any kind of value, and who published them. Exit code 1 when none."""
    from svitac.indicators.match import Matcher  # noqa: PLC0415
    from svitac.model import Kind  # noqa: PLC0415

    matcher = Matcher(given.indicators(paths, True, None).indicators)
    found = sorted({indicator for kind in Kind for indicator in matcher.find(kind, value)})
    for one in found:
        click.echo(f"{one.kind.value} {one.value}\n    collection: {one.collection}\n    source: {one.source}")
        for label, text in (
            ("publication", one.publication),
            ("published", one.published),
            ("confidence", one.confidence),
            ("note", one.note),
        ):
            if text:
                click.echo(f"    {label}: {text}")
    if not found:
        click.echo("no indicator matches")
    return 0 if found else 1


@indicators.command()
@click.option("--index", default=INDEX, show_default=True, help="The index to follow, as MVT's indicators.yaml.")
@click.option("--yes", is_flag=True, help="Do not ask before using the network.")
def update(index: str, yes: bool) -> None:
    """Download published indicators. THE ONLY COMMAND THAT USES THE NETWORK.

    Fetches the index and each file that it lists, over HTTPS, and keeps them for later checks. Nothing is sent but the
    requests themselves: whoever runs those servers sees your address.
    """
    from svitac.indicators.index import parse  # noqa: PLC0415

    if not yes:
        click.confirm(f"This connects to {index} and to the servers it lists. Go on?", abort=True)
    listed = _fetch(index)
    entries, problems = parse(listed.decode("utf-8", "replace"))
    for problem in problems:
        click.echo(f"{problem.where}: {problem.detail}", err=True)
    if not entries:
        raise Unusable(f"{index}: no indicators are listed there")
    target = given.home() / "index"
    target.mkdir(parents=True, exist_ok=True)
    (target / "indicators.yaml").write_bytes(listed)  # it names the publications
    failed = 0
    for number, entry in enumerate(entries, 1):
        try:
            local = target / (entry.path or f"{number:03}-{entry.url.rpartition('/')[2]}")
            content = _fetch(entry.url)
            local.parent.mkdir(parents=True, exist_ok=True)
            local.write_bytes(content)
            click.echo(f"fetched {entry.name}: {local.name}")
        except Unusable as exc:
            failed += 1
            click.echo(f"FAILED {entry.name}: {exc.message}", err=True)
    if failed:
        raise Unusable(f"{failed} of {len(entries)} files could not be fetched; the others are in {target}")


def _fetch(url: str) -> bytes:
    if not url.startswith("https://"):
        raise Unusable(f"{url}: only https:// is fetched")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - https only
            content: bytes = answer.read(LARGEST + 1)
    except OSError as exc:
        raise Unusable(f"{url}: {exc}") from exc
    if len(content) > LARGEST:
        raise Unusable(f"{url}: more than {LARGEST} bytes")
    return content


def _tell_problems(known: Loaded) -> None:
    for problem in known.problems[:20]:
        click.echo(f"{problem.where}: {problem.detail}", err=True)
    if len(known.problems) > 20:
        click.echo(f"... and {len(known.problems) - 20} more problems", err=True)
