"""Work that apps have registered with the system: jobs and alarms, which start them again after a boot or in the night.

`dumpsys jobscheduler`, under `Registered N jobs:`, and `dumpsys alarm`:

    JOB #u0a44/-200: 1610cc3 com.example/.IdleService          Android 14: `JOB namespace:u0a44/-200: ...`
      Source: uid=u0a44 user=0 pkg=com.example                 for whom: another app's, when a sync adapter runs
      JobInfo:
        Service: com.example/.IdleService
    RTC_WAKEUP #0: Alarm{9b76855 type 0 when 1578517200000 com.example}
      tag=*walarm*:com.example.ACTION

The tag of an alarm is the action or class it will call, `*walarm*:` when it wakes the phone. An alarm is printed
without its uid. No time is read: jobscheduler prints UTC in `Last screen ON` and elapsed time elsewhere, and a moment
in the future is no event. Most registered work is honest; what counts is who registered it.
Source: AOSP `JobStatus.dump`, `Alarm.toString`; checked on Android 2.3 (alarms) and 10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import absent, component, rows
from svitac.formats.uids import uid
from svitac.model import File, PackageName, Problem, Record, Records, Stage

JOB = re.compile(r"JOB (?:.*?[#:])?(\w+)/-?\d+: (\S+) ?(.*)")
SOURCE = re.compile(r"Source: uid=(\w+) user=\d+ pkg=(\S+)")
ALARM = re.compile(r"[A-Z_]+ #\d+: Alarm\{[0-9a-f]+ type \d+ (?:.* )?(\S+)\}")


class ScheduledWork(Record, frozen=True, kw_only=True):
    kind: str  # "job", "alarm"
    package: PackageName | None
    component: str | None  # package/class of a job as printed, the tag of an alarm
    uid: int | None

    def says(self) -> str:
        return f"{self.package or f'uid {self.uid}'} has registered the {self.kind} {self.component or 'without name'}"


@artifact("android.jobs", services=["jobscheduler", "alarm"], kept="while registered", stage=Stage.PERSISTED)
def parse(file: File) -> Records[ScheduledWork]:
    walk = _Walk(file)
    for number, depth, line in rows(file):
        if walk.kind and depth <= walk.depth:
            yield from walk.close()
        if line.startswith("JOB "):
            yield from walk.job(number, depth, line)
        elif ": Alarm{" in line:
            yield from walk.alarm(number, depth, line)
        elif walk.kind:
            walk.more(line)
    yield from walk.close()


class _Walk:
    """The job or alarm that is open."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.kind = ""
        self.depth = -1
        self._line = 0
        self._uid: int | None = None
        self._package: str | None = None
        self._component: str | None = None

    def job(self, number: int, depth: int, line: str) -> Records[ScheduledWork]:
        yield from self.close()
        found = JOB.fullmatch(line)
        name = found[3] if found else ""
        try:
            self._uid = uid(found[1] if found else "")
        except ValueError as exc:
            yield Problem(where=text.at(self.file, number), detail=f"not a job, or cut ({exc}): {line[:80]!r}")
            return
        who = component(name)
        self.kind, self.depth, self._line = "job", depth, number
        self._component, self._package = name or None, who[0] if who else None

    def alarm(self, number: int, depth: int, line: str) -> Records[ScheduledWork]:
        yield from self.close()
        if found := ALARM.fullmatch(line):
            self.kind, self.depth, self._line, self._package = "alarm", depth, number, found[1]
        elif line[0].isupper() and " #" in line.partition(": Alarm{")[0]:
            yield Problem(where=text.at(self.file, number), detail=f"not an alarm, or cut: {line[:80]!r}")

    def more(self, line: str) -> None:
        if self.kind == "alarm":
            if line.startswith("tag=") and self._component is None:
                self._component = absent(line.removeprefix("tag="))
        elif line.startswith("Service: "):
            self._component = line.removeprefix("Service: ")
        elif line.startswith("Source: uid=") and (found := SOURCE.match(line)):
            self._package = found[2]

    def close(self) -> Iterator[ScheduledWork]:
        if self.kind:
            where = text.at(self.file, self._line)
            yield ScheduledWork(
                where=where, kind=self.kind, package=self._package, component=self._component, uid=self._uid
            )
        self.kind, self._uid, self._package, self._component = "", None, None, None
