"""What the analyst gave on the command line, made into values; each mistake is told in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from svitac.cli.errors import Unusable

if TYPE_CHECKING:
    from svitac.indicators.allow import AllowList
    from svitac.indicators.model import Loaded
    from svitac.sources import Keys


def indicators(paths: Iterable[Path], with_shipped: bool, today: date | None) -> Loaded:
    """The shipped indicators, those the analyst added, and those given."""
    from svitac.indicators.load import load  # noqa: PLC0415
    from svitac.indicators.pack import merged, shipped  # noqa: PLC0415

    sets = [shipped()] if with_shipped else []
    for path in [*added(), *paths]:
        sets.append(load([path], today))
    return merged(sets)


def home() -> Path:
    """Where `svitac indicators add` and `update` keep what they bring: `$XDG_DATA_HOME/svitac/indicators`."""
    import os  # noqa: PLC0415

    base = os.environ.get("SVITAC_HOME") or os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "svitac" / "indicators"


def added() -> list[Path]:
    """The folder of added indicators, when there is one."""
    return [home()] if home().is_dir() and any(home().iterdir()) else []


def allow_list(paths: Iterable[Path]) -> AllowList:
    """The local allow-lists, as one. A mistake in one stops us: an entry that is not understood hides nothing."""
    from svitac.indicators.allow import Allowed, AllowList, parse  # noqa: PLC0415

    entries: list[Allowed] = []
    for path in paths:
        read = parse(_text(path), path.name)
        if read.problems:
            raise click.UsageError("; ".join(f"{p.where}: {p.detail}" for p in read.problems[:5]))
        entries += read.entries
    return AllowList(entries=tuple(entries))


def keys(identity: Path | None, password: Path | None) -> Keys:
    """What opens encrypted evidence, from files: a password on the command line could be seen by others."""
    from svitac.sources import Keys  # noqa: PLC0415

    identities: tuple[str, ...] = ()
    if identity:
        lines = _text(identity).splitlines()
        identities = tuple(line.strip() for line in lines if line.strip().upper().startswith("AGE-SECRET-KEY-"))
        if not identities:
            raise Unusable(f"{identity}: no age identity in it (a line that starts with AGE-SECRET-KEY-)")
    first = _text(password).split("\n", 1)[0].rstrip("\r") if password else None
    return Keys(identities, first)


def zone(name: str) -> str:
    """A time zone that exists, or ""."""
    from svitac.formats.clock import known_zone  # noqa: PLC0415

    if name and known_zone(name) is None:
        raise click.BadParameter(f"{name!r} is no time zone; they look like Europe/Belgrade", param_hint="--timezone")
    return name


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise Unusable(f"{path}: cannot be read as text ({exc})") from exc
