"""Android usage totals: per app when it was last used and for how long, by day, week, month and year.

`dumpsys usagestats`, `In-memory daily stats` and so on; only the current interval of each is printed, the ones before
(10 days, 4 weeks, 6 months, 2 years) are in `/data/system_ce/<user>/usagestats/` of a full file system:

    package=com.example totalTimeUsed="00:24" lastTimeUsed="2020-01-08 12:41:38" totalTimeVisible="00:26" ...

`used`: a screen of the app in the foreground; `visible`: also beside another app. 1970-01-01 in the phone's zone means
never. Totals are `minutes:seconds` or `hours:minutes:seconds`, cut to whole seconds. Android 9 and earlier print
`totalTime=` and `lastTime=`. An app that was removed stays listed until the interval ends: a name here that is not
installed any more is a trace. `lastTimeUsed` later than the interval shows that the clock was set back.
Source: AOSP `UserUsageStatsService.printIntervalStats`; checked on Android 10, 9 and 11 from AOSP only.
"""

import re
from datetime import datetime, timedelta

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.clock import EPOCH
from svitac.formats.indented import whole
from svitac.formats.usagestats import EVENTS, Row, moment, usage
from svitac.formats.wallclock import ascii_digits
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage

PAIR = re.compile(r'(?<!\w)(\w{1,40})=(?:"([^"]*)"|(\S*))')
ELAPSED = re.compile(r"(?:(\d{1,9}):)?(\d{1,9}):(\d\d)")
ZERO, WIDEST, STEP = datetime(1970, 1, 1), timedelta(hours=15), timedelta(minutes=15)  # noqa: DTZ001 - a wall clock


class UsageTotal(Record, frozen=True, kw_only=True):
    interval: str  # "daily", "weekly", "monthly", "yearly"
    range: str  # as printed, in the phone's language
    user: int | None
    package: PackageName
    last_used: LocalTime | None  # None: never
    last_visible: LocalTime | None = None
    last_service: LocalTime | None = None  # a service in the foreground: with a notification, without a screen
    used_seconds: int | None = None
    visible_seconds: int | None = None
    launches: int | None = None

    def says(self) -> str:
        last = self.last_used or self.last_visible or self.last_service
        return f"{self.package} was last used {last}" if last else f"{self.package} was not used ({self.interval})"


@artifact(
    "android.usage_totals",
    services=["usagestats"],
    clock=Clock.LOCAL,
    covers=Covers.LAST,
    kept="the current day, week, month and year; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[UsageTotal]:
    for row in usage(file):
        if row.block != EVENTS:
            try:
                yield _total(file, row)
            except ValueError as exc:
                yield Problem(where=text.at(file, row.number), detail=str(exc))


def _total(file: File, row: Row) -> UsageTotal:
    pairs = {found[1]: found[2] if found[2] is not None else found[3] for found in PAIR.finditer(row.body)}
    used = pairs.get("lastTimeUsed", pairs.get("lastTime"))
    if not row.body.startswith("package=") or not pairs["package"] or used is None:
        raise ValueError(f"not the usage of a package: {row.body[:80]!r}")
    return UsageTotal(
        where=text.at(file, row.number),
        interval=row.block,
        range=row.range,
        user=row.user,
        package=pairs["package"],
        last_used=_last(used, file.zone),
        last_visible=_last(pairs.get("lastTimeVisible"), file.zone),
        last_service=_last(pairs.get("lastTimeFS"), file.zone),
        used_seconds=_seconds(pairs.get("totalTimeUsed", pairs.get("totalTime"))),
        visible_seconds=_seconds(pairs.get("totalTimeVisible")),
        launches=whole(pairs["appLaunchCount"]) if "appLaunchCount" in pairs else None,
    )


def _last(printed: str | None, zone: str) -> LocalTime | None:
    if printed is None:
        return None
    when = moment(printed, zone)
    since = when.wall - ZERO
    return None if when.utc == EPOCH or (abs(since) < WIDEST and not since % STEP) else when


def _seconds(printed: str | None) -> int | None:
    if printed is None:
        return None
    found = ELAPSED.fullmatch(ascii_digits(printed))
    if not found:
        raise ValueError(f"not a length of time: {printed[:40]!r}")
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
