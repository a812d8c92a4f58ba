"""Android battery statistics by day: which apps were installed, updated or removed in each of the last ten days.

`dumpsys batterystats`. What changed since the last daily closing stands first, before any `Daily from`:

    Daily stats:
      Current start time: 2020-01-08-02-12-44
        Package changes:
          Update com.example vers=1
          Update com.example vers=0                               0: removed
      Daily from 2020-01-06-01-59-02 to 2020-01-07-02-05-10:
        Package changes:
          Update com.example.other vers=2012

A change happened somewhere between `first` and `last`; `last` is open for the current day. Nothing says when within the
day, in which order, or who did it; lines may repeat (one per user, or per part of an app). Days begin at the first
chance between one and three in the morning. Unlike the battery history it survives full charges. Also in
`/data/system/batterystats-daily.xml` of a full file system.
Source: AOSP `BatteryStats.dumpDailyPackageChanges`; checked on Android 10 and Samsung Android 12 and 13.
"""

import re

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import rows, whole
from svitac.formats.wallclock import ascii_digits
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage

HEADER, CURRENT, CHANGES, UPDATE = "Daily stats:", "Current start time:", "Package changes:", "Update "
DAY = re.compile(r"Daily from (\S{1,40}) to (\S{1,40}):")
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)")
CHANGE = re.compile(r"Update (\S{1,500}) vers=(\S{1,40})")


class DailyChange(Record, frozen=True, kw_only=True):
    package: PackageName
    version: int  # 0 when removed
    uninstalled: bool
    first: LocalTime | None  # not before this
    last: LocalTime | None  # not after this; None: the day was not over

    def says(self) -> str:
        what = "removed" if self.uninstalled else f"installed or updated to version {self.version}"
        return f"{self.package} was {what} between {self.first or '?'} and {self.last or 'the acquisition'}"


@artifact(
    "android.battery_daily",
    services=["batterystats"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="ten days and the current one; survives reboots",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[DailyChange]:
    inside, first, last = False, None, None
    for number, depth, line in rows(file):
        try:
            if depth == 0:
                inside, first, last = line == HEADER, None, None
            elif not inside:
                continue
            elif line.startswith("Daily from "):
                first = last = None  # also when the line cannot be read: what follows is of another day
                first, last = _day(line, file.zone)
            elif line.startswith(CURRENT):
                first = _stamp(line.removeprefix(CURRENT).strip(), file.zone)
            elif line.startswith(UPDATE):
                yield _change(file, number, line, first, last)
        except ValueError as exc:
            yield Problem(where=text.at(file, number), detail=str(exc))


def _change(file: File, number: int, line: str, first: LocalTime | None, last: LocalTime | None) -> DailyChange:
    found = CHANGE.fullmatch(line)
    if not found:
        raise ValueError(f"not a package change: {line[:80]!r}")
    version = whole(found[2])
    return DailyChange(
        where=text.at(file, number), package=found[1], version=version, uninstalled=version == 0, first=first, last=last
    )


def _day(line: str, zone: str) -> tuple[LocalTime, LocalTime]:
    found = DAY.fullmatch(line)
    if not found:
        raise ValueError(f"not the span of a day: {line[:80]!r}")
    return _stamp(found[1], zone), _stamp(found[2], zone)


def _stamp(value: str, zone: str) -> LocalTime:
    found = STAMP.fullmatch(ascii_digits(value))
    if not found:
        raise ValueError(f"not a time: {value[:40]!r}")
    return clock.local(f"{found[1]} {found[2]}:{found[3]}:{found[4]}", zone)
