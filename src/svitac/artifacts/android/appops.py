"""Android app operations: when each app last used the microphone, the camera, the location, SMS, or was refused.

`dumpsys appops`: `Uid u0a103:`, `Package com.example:`, then the operation with its mode, then its events:

    RECORD_AUDIO (allow):
        Access: [fg-s] 2020-01-08 13:02:11.226 (-2h27m56s0ms) duration=+27ms proxy[uid=0, pkg=null]
        Reject: [bg-s]2020-01-08 15:38:17.494 (+6m28s13ms)
        Running start at: +2m1s389ms

Only the last event per operation, process state and way (`fg-s`: in the foreground, by itself; `tp`, `tpd`: through
another app, trusted or not) is kept. Android 11 and later put the events into one block per attribution tag, `null=[`
... `]`. Android 9 prints `Access: fg = 2019-...`, one state per line; Android 8 and earlier one line per operation,
`OP: mode=0; time=+1h2m ago; rejectTime=...; duration=...`, without a wall clock: then only `ago_ms` is known, as it is
for what is still running. Times later than the dump are real (the clock was set back) and are kept; `ago_ms` is then
negative. Modes that hold for a whole uid, watchers and restrictions are not read.
Source: AOSP `AppOpsService.dump`; checked on Android 10 and Samsung Android 10 to 12; 8, 9, 14 from AOSP only.
"""

import re
from collections.abc import Iterator
from typing import Any

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import absent, duration, rows
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage, Where

UID, PACKAGE, OP = 2, 4, 6  # depths
_TIME = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) \(([^)]{1,40})\)"
_REST = r"(?: duration=(\S{1,40}))?(?: proxy\[(.*)\])?"
EVENT = re.compile(rf"(?:(Access|Reject): )?(?:\[([^\]]*)\] ?|([a-z]+) *= ){_TIME}{_REST}")
EVENT_STARTS = ("Access: ", "Reject: ")
RUNNING = "Running start at: "
PROXY_PACKAGE = re.compile(r"(?:^|, )pkg=([^,\]]*)")
OLD = re.compile(r"(\S+): mode=(\w+)(.*)")
MODES = {"0": "allow", "1": "ignore", "2": "deny", "3": "default", "4": "foreground"}  # AppOpsManager.MODE_*
NOISE = ("startNesting=", "Device: ", "duration=")


class AppOp(Record, frozen=True, kw_only=True):
    package: PackageName
    uid: str  # "1000", "u0a103"
    op: str
    mode: str | None  # "allow", "ignore", "deny", "default", "foreground"
    event: str = "none"  # "access", "reject", "running"; "none": no event was kept
    state: str | None = None  # process state and way: "bg-s"
    time: LocalTime | None = None
    ago_ms: int | None = None  # milliseconds before the dump
    duration_ms: int | None = None
    proxy: PackageName | None = None  # the app that used the operation on behalf of this one
    attribution: str | None = None

    def reached(self, usual: Stage) -> Stage:
        return usual if self.event in ("access", "running") else Stage.PERSISTED  # known to the system, no more

    def says(self) -> str:
        happened = {"access": "used", "reject": "was refused", "running": "is using"}.get(self.event, "may ask for")
        return f"{self.package} {happened} {self.op}" + (f" at {self.time}" if self.time else "")


@artifact(
    "android.appops",
    services=["appops"],
    clock=Clock.LOCAL,
    covers=Covers.LAST,
    kept="until overwritten by the next use; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[AppOp]:
    walk = _Walk(file)
    for number, depth, line in rows(file):
        if depth <= OP:
            yield from walk.close()
        if depth <= UID:
            walk.uid = line[4:-1] if depth == UID and line.startswith("Uid ") and line.endswith(":") else ""
            walk.package = ""
        elif depth <= PACKAGE:
            walk.package = line[8:-1] if walk.uid and line.startswith("Package ") and line.endswith(":") else ""
        elif walk.package:
            yield from walk.op(number, line) if depth == OP else walk.event(number, line)
    yield from walk.close()


class _Walk:
    """Where we are: the package and the operation that is open."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.uid = self.package = ""
        self._op: AppOp | None = None
        self._kind = ""  # of the last event, for further states in Android 9
        self._tag: str | None = None
        self._any = False

    def close(self) -> Iterator[AppOp]:
        """The operation itself, when it had no event."""
        if self._op and not self._any:
            yield self._op
        self._op, self._any, self._tag, self._kind = None, False, None, ""

    def op(self, number: int, line: str) -> Records[AppOp]:
        where = text.at(self.file, number)
        name, opens, rest = line.partition(" (")
        if opens and rest.endswith("):"):
            self._op = self._made(where, name, rest[:-2].partition(" / ")[0])
        elif found := OLD.fullmatch(line):
            yield from self._old(where, found)
        else:
            yield Problem(where=where, detail=f"not an operation of {self.package}: {line[:80]!r}")

    def event(self, number: int, line: str) -> Records[AppOp]:
        where = text.at(self.file, number)
        if line.endswith("=[") and self._op:
            self._tag = absent(line[:-2])
        elif line == "]":
            self._tag = None
        elif line.startswith(NOISE):
            return
        else:
            try:
                yield self._event(where, line)
            except ValueError as exc:
                self._any = self._any or line.startswith((*EVENT_STARTS, RUNNING))
                yield Problem(where=where, detail=f"{self.package}: {exc}")

    def _event(self, where: Where, line: str) -> AppOp:
        if self._op is None:
            raise ValueError(f"an event without its operation: {line[:80]!r}")
        op, mode = self._op.op, self._op.mode
        if line.startswith(RUNNING):
            ago = duration(line.removeprefix(RUNNING))
            self._any = True
            return self._made(where, op, mode, event="running", ago_ms=ago, attribution=self._tag)
        found = EVENT.fullmatch(line)
        if not found or not (found[1] or self._kind):
            raise ValueError(f"not an event of {op}: {line[:80]!r}")
        kind, state, old_state, wall, ago_text, lasted, through = found.groups()
        when, ago = clock.local(wall, self.file.zone), -duration(ago_text)
        took = duration(lasted) if lasted else None
        proxied = PROXY_PACKAGE.search(through) if through else None
        self._any, self._kind = True, (kind or self._kind)
        return self._made(
            where, op, mode, event=self._kind.lower(), state=state or old_state, time=when, ago_ms=ago,
            duration_ms=took, proxy=absent(proxied[1]) if proxied else None, attribution=self._tag,
        )  # fmt: skip

    def _old(self, where: Where, found: re.Match[str]) -> Records[AppOp]:
        """Android 8 and earlier: everything of one operation in one line."""
        name, mode = found[1], MODES.get(found[2], found[2])
        parts = dict(part.strip().partition("=")[::2] for part in found[3].split(";"))
        events = 0
        try:
            took = duration(parts["duration"]) if "duration" in parts else None
            for key, event in (("time", "access"), ("rejectTime", "reject")):
                if key in parts:
                    ago = duration(parts[key].removesuffix(" ago"))
                    events += 1
                    took_here = took if event == "access" else None
                    yield self._made(where, name, mode, event=event, ago_ms=ago, duration_ms=took_here)
            if "running" in parts:
                events += 1
                yield self._made(where, name, mode, event="running")
        except ValueError as exc:
            yield Problem(where=where, detail=f"{self.package}, {name}: {exc}")
            return
        if not events:
            yield self._made(where, name, mode)

    def _made(self, where: Where, op: str, mode: str | None, **event: Any) -> AppOp:
        return AppOp(where=where, package=self.package, uid=self.uid, op=op, mode=mode, **event)
