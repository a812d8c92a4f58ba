"""Wall-clock times that Android prints incompletely: without a year, counted from an anchor, or in other digits.

All give `svitac.model.LocalTime`. A count of elapsed time (`moved`) runs evenly through daylight saving and knows which
of two equal wall-clock times it means; text does not. Android formats some times in the digits of the phone's language
(Arabic, Persian, Bengali ...): `ascii_digits` undoes that.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from svitac.formats import clock
from svitac.model import LocalTime


def moved(anchor: LocalTime, milliseconds: int) -> LocalTime:
    """So long after the anchor (before it, if negative). Raises ValueError when no calendar has that time."""
    step = timedelta(milliseconds=milliseconds)
    zone = clock.known_zone(anchor.zone)
    try:
        if anchor.utc is None or zone is None:
            return LocalTime(anchor.wall + step, anchor.zone)
        utc = anchor.utc + step
        return LocalTime(utc.astimezone(zone).replace(tzinfo=None, fold=0), anchor.zone, utc, anchor.ambiguous)
    except OverflowError as exc:
        raise ValueError(f"a time out of range: {milliseconds} ms after {anchor}") from exc


def yearless(text: str, zone: str, known: datetime) -> LocalTime:
    """`01-08 12:31:04.667` in the year that brings it nearest to `known`, a wall-clock time. Raises ValueError."""
    found = []
    for year in (known.year - 1, known.year, known.year + 1):
        try:
            wall = datetime.fromisoformat(f"{year:04}-{text}")
        except ValueError:  # 29 February, or a year that no calendar has
            continue
        if wall.tzinfo is None:
            found.append(wall)
    if not found:
        raise ValueError(f"not a month, day and time: {text[:40]!r}")
    return clock.in_zone(min(found, key=lambda wall: abs(wall - known)), zone)


def wall_of(utc: datetime, zone: str) -> datetime:
    """What the phone's wall clock showed then; UTC itself when the zone is unknown."""
    return utc.astimezone(clock.known_zone(zone) or utc.tzinfo).replace(tzinfo=None, fold=0)


def ascii_digits(text: str) -> str:
    """The same with every decimal digit of any script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
