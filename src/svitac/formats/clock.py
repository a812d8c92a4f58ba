"""Timestamps of phones: aware UTC datetimes, and wall-clock times with the zone they were read in.

Which of these a source needs is declared by its artifact (`svitac.model.Clock`): one bug report mixes several clocks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from svitac.model import LocalTime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)$")


def seconds(value: float | str | None) -> datetime | None:
    """Seconds since 1970. None and "" are None, and so is 0, which phones write for "never". Raises ValueError."""
    number = float(value or 0)
    return EPOCH + timedelta(seconds=number) if number else None


def milliseconds(value: float | str | None) -> datetime | None:
    """Milliseconds since 1970; see `seconds`."""
    number = float(value or 0)
    return EPOCH + timedelta(milliseconds=number) if number else None


def with_offset(text: str) -> datetime:
    """`2023-04-12 12:32:40.518290770+0200` (at most microseconds are kept) or RFC 3339. Raises ValueError."""
    text = text.strip().replace("Z", "+00:00")
    found = _OFFSET.search(text)
    if not found:
        raise ValueError(f"a time without its offset from UTC: {text[:40]!r}")
    minutes = int(found[2]) * 60 + int(found[3])
    zone = timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    return datetime.fromisoformat(_micro(text[: found.start()])).replace(tzinfo=zone).astimezone(UTC)


def local(text: str, zone: str) -> LocalTime:
    """`2020-01-08 13:02:36[.123]` as the phone's wall clock in `zone` (IANA name, "" unknown). Raises ValueError."""
    return in_zone(datetime.fromisoformat(_micro(text.strip())), zone)


def in_zone(wall: datetime, zone: str) -> LocalTime:
    """A naive wall-clock time read in `zone`."""
    info = known_zone(zone)
    if info is None:
        return LocalTime(wall, zone)
    early = wall.replace(tzinfo=info, fold=0)
    late = wall.replace(tzinfo=info, fold=1)
    apart = early.utcoffset() != late.utcoffset()  # true in the repeated hour, and in the hour that is left out
    try:
        return LocalTime(wall, zone, early.astimezone(UTC), apart)
    except OverflowError as exc:
        raise ValueError(f"a time out of range: {wall}") from exc


@lru_cache(maxsize=64)
def known_zone(name: str) -> ZoneInfo | None:
    """The zone of that IANA name, or None. Never a path: the name may come from the evidence.

    Read from the `tzdata` package, not from the machine, so that every machine reads a time alike.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z0-9+_-]+){0,2}", name):
        return None
    file = resources.files("tzdata").joinpath("zoneinfo", *name.split("/"))
    try:
        with file.open("rb") as src:
            return ZoneInfo.from_file(src, key=name)
    except (OSError, ValueError):
        return None


def _micro(text: str) -> str:
    """Cut a fraction of a second to the six digits that a datetime holds."""
    head, dot, fraction = text.partition(".")
    return f"{head}.{fraction[:6].ljust(6, '0')}" if dot else head
