"""Broadcasts that apps and the system sent last: app installed, screen on, user unlocked, boot, and apps' own.

`dumpsys activity`, in its broadcast state. The last ones in full, and longer lists in short:

    Historical Broadcast foreground #0:                            `Historical Broadcast #0:` since Android 14
      BroadcastRecord{9b2a4e2 u0 android.intent.action.PACKAGE_ADDED} to user 0
      Intent { act=android.intent.action.PACKAGE_ADDED dat=package:com.example flg=0x10 (has extras) }
      caller=android 929:system/1000 pid=929 uid=1000
      enqueueClockTime=2020-01-08 15:31:00.001 dispatchClockTime=...
    Historical broadcasts summary [foreground]:
    #0: act=android.intent.action.TIME_TICK flg=0x50200010
      enq=2020-01-08 15:31:00.001 disp=... fin=...

The short list begins with those of the full one; they are given once. It names no sender. Times are local; Android 2.3
prints only how long ago. `package` is the sender (None: the system did not say), `about` the app that the broadcast
is about (`dat=package:`). The phone keeps 50 in full and 300 in short per queue, fewer with little memory: minutes to
hours. Extras are an app's own text, and could be made to look like lines of this list.
Source: AOSP `BroadcastRecord.dump`, `BroadcastHistory`; checked on Android 2.3 and 10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import absent, rows, whole
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage

FULL = re.compile(r"Historical Broadcast (?:(\w+) )?#(\d{1,6}):")
SHORT = re.compile(r"Historical broadcasts summary(?: \[(\w+)\])?:")
ITEM = re.compile(r"#(\d{1,6}): (.*)")
ABOUT = re.compile(r"\bdat=package:([\w.]+)")
SENDER = re.compile(r"caller=(\S+) .*\buid=(-?\w{1,12})\b.*")
INTENT, CLOCK = "Intent { ", "enqueueClockTime="


class Broadcast(Record, frozen=True, kw_only=True):
    time: LocalTime | None
    action: str | None
    package: PackageName | None  # the sender
    uid: int | None
    about: PackageName | None

    def says(self) -> str:
        about = f" about {self.about}" if self.about else ""
        sender = self.package or (None if self.uid is None else f"uid {self.uid}")
        return f"broadcast {self.action or 'without action'}{about}{f' sent by {sender}' if sender else ''}"


@artifact(
    "android.broadcasts",
    services=["activity"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="the last 300 of each queue: minutes to hours",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[Broadcast]:
    walk = _Walk(file)
    for number, depth, line in rows(file):
        if line.startswith("Historical "):
            yield from walk.close()
            walk.begin(number, depth, line)
        elif walk.short and line[0] == "#" and depth <= walk.depth + 2:
            yield from walk.close()
            walk.item(number, depth, line)
        elif walk.number:
            if depth <= walk.depth:
                yield from walk.close()
                walk.short = False
            else:
                yield from walk.field(number, line)
        elif walk.short and depth < walk.depth:
            walk.short = False
    yield from walk.close()


class _Walk:
    """The broadcast that is open. `number` is its line, 0 when there is none."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.number = 0
        self.depth = -1
        self.short = False  # whether we are in a short list
        self._queue = ""
        self._full: dict[str, int] = {}  # broadcasts in full, per queue
        self._time: LocalTime | None = None
        self._action: str | None = None
        self._package: str | None = None
        self._uid: int | None = None
        self._about: str | None = None

    def begin(self, number: int, depth: int, line: str) -> None:
        self.short = False
        if found := FULL.fullmatch(line):
            queue = found[1] or ""
            self.number, self.depth = number, depth
            self._full[queue] = max(self._full.get(queue, 0), int(found[2]) + 1)
        elif found := SHORT.fullmatch(line):
            self.short, self.depth, self._queue = True, depth, found[1] or ""

    def item(self, number: int, depth: int, line: str) -> None:
        found = ITEM.fullmatch(line)
        self.depth = depth
        if found and int(found[1]) >= self._full.get(self._queue, 0):
            self.number = number
            self._intent(found[2])

    def field(self, number: int, line: str) -> Iterator[Problem]:
        """The first of each counts: extras come later, or are an app's own text."""
        if line.startswith(INTENT):
            if self._action is None:
                self._intent(line.removeprefix(INTENT))
        elif line.startswith("caller=") and self._uid is None:
            if found := SENDER.fullmatch(line):
                self._package = absent(found[1])
                yield from self._whole(number, found[2])
        elif self._time is None and line.startswith((CLOCK, "enq=")):
            yield from self._clock(number, line)

    def _intent(self, said: str) -> None:
        head, _, _ = said.partition(" ")
        self._action = head.removeprefix("act=") if head.startswith("act=") else None
        self._about = found[1] if (found := ABOUT.search(said)) else None

    def _whole(self, number: int, said: str) -> Iterator[Problem]:
        try:
            self._uid = whole(said)
        except ValueError as exc:
            yield Problem(where=text.at(self.file, number), detail=f"sender of a broadcast: {exc}")

    def _clock(self, number: int, line: str) -> Iterator[Problem]:
        said = line.partition("=")[2].partition(" disp")[0]
        try:
            self._time = clock.local(said, self.file.zone)
        except ValueError as exc:
            yield Problem(where=text.at(self.file, number), detail=f"time of a broadcast: {exc}")

    def close(self) -> Iterator[Broadcast]:
        if self.number:
            yield Broadcast(
                where=text.at(self.file, self.number), time=self._time, action=self._action, package=self._package,
                uid=self._uid, about=self._about,
            )  # fmt: skip
        self.number, self._uid = 0, None
        self._time = self._action = self._package = self._about = None
