"""Times as reports show them: in the phone's zone, with UTC beside."""

from __future__ import annotations

from datetime import UTC, datetime

from svitac.formats.clock import known_zone
from svitac.model import LocalTime
from svitac.timeline import Event

NOT_KNOWN = "not known"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def in_utc(time: datetime | None) -> str:
    """`2024-12-25 13:03:11`; fractions of a second only in the exports."""
    return time.astimezone(UTC).isoformat(" ", "seconds")[:19] if time else ""


def at_phone(time: datetime | None, zone: str) -> str:
    """`2024-12-25 14:03:11 +01:00`, or "" when the phone's zone is unknown."""
    moved = shift(time, zone) if time else None
    text = moved.isoformat(" ", "seconds") if moved else ""
    return f"{text[:19]} {text[19:]}" if text else ""


def shift(time: datetime, zone: str) -> datetime | None:
    """The time in the phone's zone; None when the zone is unknown or the calendar ends."""
    info = known_zone(zone)
    try:
        return time.astimezone(info) if info else None
    except (OverflowError, ValueError):
        return None


def wall(local: LocalTime) -> str:
    """The wall clock as the phone wrote it."""
    return local.wall.isoformat(" ", "seconds")[:19]


def of_event(event: Event, zone: str) -> tuple[str, str]:
    """An event in the phone's time and in UTC, both as text."""
    phone = at_phone(event.utc, zone)
    if not phone and event.local:
        phone = wall(event.local)
    return phone or NOT_KNOWN, in_utc(event.utc) or NOT_KNOWN


def day(time: datetime | None, zone: str = "") -> str:
    """The calendar day at the phone, or in UTC when its zone is unknown."""
    return (shift(time, zone) or time.astimezone(UTC)).date().isoformat() if time else ""


def spoken(time: datetime, zone: str = "") -> str:
    """`14 January 2025`: the day as people say it, whatever the locale of the machine."""
    year, month, number = day(time, zone).split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {year}"
