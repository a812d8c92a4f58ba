"""The `Battery History` of `dumpsys batterystats`: its lines, each with the wall-clock time that the phone believed in.

    Battery History (0% used, 11KB used of 4096KB, 79 strings using 9632):
                        0 (19) RESET:TIME: 2023-07-27-12-34-18
                   +343ms (3) 100 80000024 -wake_lock -screen
          +29h51m04s405ms (12) START
          +29h51m04s667ms (14) TIME: 2023-07-28-18-25-22

Android 5 to 13 count from the first line; `TIME:` and `RESET:TIME:` say what the clock showed then. The count is of
elapsed time and stands still while the phone is off, so what follows `START` has no known time until the next `TIME:`.
`TIME:` is cut to whole seconds: all times may be up to a second early.
Where the clock was wrong (1970 after a flat battery) the times are as wrong, until the next `TIME:` puts it right: a
jump is evidence and is kept; the offset says how much time really passed. A line before any anchor has no time.

Newer phones (`Battery History [Format: 2]`, Android 14 and later) print `07-23 12:08:29.838` instead. The year is that
of the last `TIME:`, or of the acquisition, whichever way the line stands nearest to it.

Source: AOSP `BatteryStats.HistoryPrinter`; offsets checked on Android 10 and Samsung Android 12 and 13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TypeAlias

from svitac.formats import clock, text, wallclock
from svitac.formats.indented import duration
from svitac.model import File, LocalTime, Problem

HEADER = "Battery History"
MOST_HELD = 1_000  # lines between START and the TIME that must follow it at once
_LINE = re.compile(r"\s*(?:([+-][0-9dhms]{1,40}|0) \(\d{1,9}\)|(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}))(?:\s+(.*))?")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)(?:-(\d{3}))?")
_ANCHORS = ("TIME:", "RESET:TIME:")
_DETAILS = ("Details:", "/proc/stat=", ",", "PlatformIdleStat", "SubsystemPowerState")  # what CPU time was spent on


class Row(NamedTuple):
    """One line of the history."""

    number: int
    offset_ms: int | None  # since the first line; None in the newer format
    time: LocalTime | None
    body: str


Rows: TypeAlias = Iterator[Row | Problem]


def history(file: File) -> Rows:
    """Every line of every history in the text, in order. What cannot be read is a problem."""
    walk: _Walk | None = None
    for number, line in text.lines(file):
        if line.startswith(HEADER):
            walk = _Walk(file)
            continue
        if walk is None:
            continue
        found = _LINE.fullmatch(line)
        if found:
            yield from walk.line(number, found[1], found[2], (found[3] or "").strip())
        elif not line.startswith(" ") or not line.strip():
            yield from walk.release()
            walk = None
        elif not line.lstrip().startswith(_DETAILS):
            yield Problem(where=text.at(file, number), detail=f"not a line of the battery history: {line[:80]!r}")
    if walk:
        yield from walk.release()


class _Walk:
    """What is known of the clock so far."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.anchor: tuple[int, LocalTime] | None = None
        self.known: datetime | None = wallclock.wall_of(file.until, file.zone) if file.until else None
        self.held: list[Row] = []  # since START, waiting for TIME

    def line(self, number: int, count: str | None, stamp: str | None, body: str) -> Rows:
        try:
            if stamp is not None:
                yield self._stamped(number, stamp, body)
            else:
                yield from self._counted(number, duration(count or "0"), body)
        except ValueError as exc:
            yield Problem(where=text.at(self.file, number), detail=str(exc))

    def release(self) -> Iterator[Row]:
        """What waited for an anchor, with its time if there is one now."""
        held, self.held = self.held, []
        for row in held:
            yield row._replace(time=self._at(row.offset_ms or 0))

    def _counted(self, number: int, offset: int, body: str) -> Iterator[Row]:
        if body.startswith(_ANCHORS):
            self.anchor = None  # also when the new one cannot be read: the old one holds no longer
            self.anchor = (offset, self._read(body))
            yield from self.release()
        elif body == "START":
            yield from self.release()
            self.anchor = None
        row = Row(number, offset, None, body)
        if self.anchor is None and len(self.held) < MOST_HELD and (self.held or body == "START"):
            self.held.append(row)
        else:
            yield from self.release()
            yield row._replace(time=self._at(offset))

    def _stamped(self, number: int, stamp: str, body: str) -> Row:
        when = None
        if body.startswith(_ANCHORS):
            self.known = self._read(body).wall
        if self.known is not None:
            when = wallclock.yearless(stamp, self.file.zone, self.known)
            self.known = when.wall
        return Row(number, None, when, body)

    def _at(self, offset: int) -> LocalTime | None:
        if self.anchor is None:
            return None
        since, when = self.anchor
        return wallclock.moved(when, offset - since)

    def _read(self, body: str) -> LocalTime:
        found = _STAMP.fullmatch(wallclock.ascii_digits(body.partition("TIME:")[2].strip()))
        if not found:
            raise ValueError(f"not a time: {body[:60]!r}")
        day, hour, minute, second, milli = found.groups()
        return clock.local(f"{day} {hour}:{minute}:{second}.{milli or '0'}", self.file.zone)
