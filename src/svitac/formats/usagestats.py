"""The text of `dumpsys usagestats`: which user, which block and which interval each of its rows belongs to.

    user=0
      Last 24 hour events (timeRange="1/7/2020, 3:32 PM – 1/8/2020, 3:32 PM" )
        time="2020-01-08 12:37:52" type=KEYGUARD_HIDDEN package=android flags=0x0
      In-memory daily stats
      timeRange="1/8/2020, 3:29 – 3:32 PM"
        packages
          package=com.example totalTimeUsed="00:24" lastTimeUsed="2020-01-08 12:41:38" appLaunchCount=2

        ChooserCounts
          package=com.example

Rows of all other blocks (choosers, configurations, standby buckets) are left out. `timeRange` is in the phone's
language and kept as printed; times may be in its digits. The `-c` form of the check-in section (`time=1578493783430`)
repeats all this and is not read, nor is Android 2.3's service of the same name.
Source: AOSP `UserUsageStatsService.dump`; checked on Android 10.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from svitac.formats import clock
from svitac.formats.indented import rows, whole
from svitac.formats.wallclock import ascii_digits
from svitac.model import File, LocalTime

EVENTS = "events"
_HEAD, _LAST_DAY, _IN_MEMORY, _RANGE, _PACKAGES = "user=", "Last 24 hour events", "In-memory ", "timeRange=", "packages"
_BLOCK, _LIST = 2, 4  # depths


class Row(NamedTuple):
    """One row, and where it belongs."""

    number: int
    user: int | None
    block: str  # EVENTS, or the interval: "daily", "weekly", "monthly", "yearly"
    range: str  # of the interval, as printed
    body: str


def usage(file: File) -> Iterator[Row]:
    """The rows of events and of packages."""
    user, block, span, listed = None, "", "", False
    for number, depth, line in rows(file):
        if depth == 0:
            user, block, listed = _user(line), "", False
        elif depth <= _BLOCK:
            if line.startswith(_RANGE):
                span = line.partition('"')[2].rpartition('"')[0]
            else:
                block, span, listed = _block(line), "", False
        elif block == EVENTS:
            yield Row(number, user, block, "", line)
        elif depth <= _LIST:
            listed = line == _PACKAGES
        elif block and listed:
            yield Row(number, user, block, span, line)


def moment(printed: str, zone: str) -> LocalTime:
    """A time as this service prints it. Raises ValueError."""
    return clock.local(ascii_digits(printed), zone)


def _user(line: str) -> int | None:
    try:
        return whole(line.removeprefix(_HEAD)) if line.startswith(_HEAD) else None
    except ValueError:
        return None


def _block(line: str) -> str:
    if line.startswith(_LAST_DAY):
        return EVENTS
    if line.startswith(_IN_MEMORY) and line.endswith(" stats"):
        return line[len(_IN_MEMORY) : -len(" stats")]
    return ""
