"""Android usage events of the last 24 hours: screens shown, the lock screen, the device starting and shutting down.

`dumpsys usagestats`, `Last 24 hour events`, one line per event in the order of time:

    time="2020-01-08 12:41:14" type=ACTIVITY_RESUMED package=com.example class=com.example.Main instanceId=1 flags=0x0
    time="2020-01-08 15:29:48" type=NOTIFICATION_INTERRUPTION package=android channelId=DEVELOPER flags=0x0

ACTIVITY_RESUMED is a screen in the foreground (MOVE_TO_FOREGROUND before Android 10); KEYGUARD_HIDDEN an unlocked
phone, also when there is no lock to pass; DEVICE_SHUTDOWN, DEVICE_STARTUP the phone itself; NOTIFICATION_INTERRUPTION a
notification that was seen or heard, where channel USB means a cable and DEVELOPER a connected debugger. Each user has
its own list. Times are whole seconds. Older events (10 days) are only in a full file system
(`/data/system_ce/<user>/usagestats/`); apps choose class and channel names.
Source: AOSP `UserUsageStatsService.printEvent`; checked on Android 10, Android 9 from AOSP only.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import absent
from svitac.formats.usagestats import EVENTS, Row, moment, usage
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage

EVENT = re.compile(r'time="([^"]{1,60})" type=(\S{1,100}) package=(\S{1,500})(?: class=(\S+))?(.*)')
ROOT = re.compile(r" taskRootPackage=(\S{1,500})")
CHANNEL = re.compile(r" channelId=(.*?)(?: flags=0x[0-9a-f]{1,8})?")


class UsageEvent(Record, frozen=True, kw_only=True):
    time: LocalTime
    user: int | None
    type: str  # "ACTIVITY_RESUMED", "KEYGUARD_HIDDEN" ...
    package: PackageName | None  # `android` for events of the device
    activity: str | None = None
    root: PackageName | None = None  # the app whose task the screen belongs to, when it is another's
    channel: str | None = None  # of a notification

    def says(self) -> str:
        return " ".join(part for part in (self.type, self.package, self.activity, self.channel) if part)


@artifact(
    "android.usage_events",
    services=["usagestats"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="24 hours in this text (ten days on the phone); survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[UsageEvent]:
    for row in usage(file):
        if row.block == EVENTS:
            try:
                yield _event(file, row)
            except ValueError as exc:
                yield Problem(where=text.at(file, row.number), detail=str(exc))


def _event(file: File, row: Row) -> UsageEvent:
    found = EVENT.fullmatch(row.body)
    if not found:
        raise ValueError(f"not a usage event: {row.body[:80]!r}")
    when, kind, package, activity, rest = found.groups()
    root = ROOT.search(rest)
    at = rest.find(" channelId=")
    channel = CHANNEL.fullmatch(rest, at) if at >= 0 else None
    return UsageEvent(
        where=text.at(file, row.number),
        time=moment(when, file.zone),
        user=row.user,
        type=kind,
        package=absent(package),
        activity=activity,
        root=root[1] if root and root[1] != package else None,
        channel=channel[1] if channel else None,
    )
