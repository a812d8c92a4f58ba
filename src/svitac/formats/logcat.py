"""Android's log as `logcat` prints it, in all its shapes: when, which process, which tag, what.

    01-08 12:33:10.101  1000   929   992 I ActivityManager: text      threadtime, with `-v uid` (a number or a name)
    01-08 12:33:10.101   929   992 I ActivityManager: text            threadtime (what AndroidQF and most people make)
    2022-01-02 11:20:07.171997 +1000  9346  9347 E Tag : text         with `-v year`, `-v usec`, `-v zone`
    01-08 12:33:10.101 I/Tag     (  190): text                        time; `( 1080: 1179)` is uid and pid
    1578483190.101   929   992 I Tag: text                            `-v epoch`; a small number is `-v monotonic`
    I/Tag     (  190): text      I(  190) text  (Tag)      I/Tag: text      I(  190:  191) text
    [ 01-08 12:33:10.101  1000:  929:  992 I/Tag ]                    long; the text is on the lines below
    --------- beginning of main       --------- switch to kernel      which buffer what follows is from

Traps. The year is missing unless asked for: it is that of the acquisition, or the year before when the day would be
later than that (a day of grace: the log goes on while a bug report is written). Without a time of acquisition there
is no year, so no time. A phone whose clock was not set starts at 01-01 00:00: such lines stand as they are, nothing
is put in order. `beginning of` is printed once per buffer; without `logcat -D` lines of several buffers then follow
one another unmarked, so `buffer` is the last mark, no proof. Any app can write any tag and text; only uid and pid are
the system's word (not in the kernel buffer, where they are the process that happened to run). A tag may hold blanks
and, in the kernel buffer, be the part of the text before the first colon.

Source: AOSP `system/logging/liblog/logprint.cpp`; checked on Android 2.3, 10 and Samsung fragments of 14 to 16, and
on plaso's collection of forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

from svitac.formats import clock, text
from svitac.model import File, Garbled, LocalTime, Loss, Problem, Where

PATHS = ("**/logcat*.txt", "**/logcat*.log", "**/*_logcat.txt", "**/*_logcat.log")  # as AndroidQF and people call it
SECTIONS = ("SYSTEM LOG", "SYSTEM LOG AFTER DONE", "MAIN LOG", "CRASH LOG", "LAST LOGCAT")  # of a bug report
LEVELS = frozenset("VDIWEFS")
GRACE = timedelta(days=1)
_LONGEST_TAG = 200  # of the rarer shapes; bounds the search for the bracket behind it
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_ID = r"\(\s{0,9}(?:([\w.-]{1,32}):\s{0,9})?(\d{1,9})(?::\s{0,9}(\d{1,9}))?\)"
_BRIEF = re.compile(rf"([VDIWEFS])/(.{{0,{_LONGEST_TAG}}}?){_ID}: ?(.*)", re.DOTALL)
_PROCESS = re.compile(rf"([VDIWEFS]){_ID} (.*)", re.DOTALL)
_TAG = re.compile(rf"([VDIWEFS])/(.{{0,{_LONGEST_TAG}}}?): (.*)", re.DOTALL)
_LONG = re.compile(
    r"\[ (\S.{11,40}?\d)\s{1,9}(?:([\w.-]{1,32}):)?\s{0,9}(\d{1,9}):\s{0,9}(\w{1,9}) ([VDIWEFS])/(.{0,200}?) {0,9}\]"
)
_OFFSET = re.compile(r"[+-]\d{4}")
_NOISE = ("------", "*** ", "[logcat: ")

Split: TypeAlias = tuple[str, str | None, int | None, int | None, str, str, str]


class Entry(NamedTuple):
    """One line of the log. `stamp` is the time as printed, "" for none; see `Times`."""

    number: int
    buffer: str | None
    stamp: str
    uid: str | None  # as printed: 2000 or shell
    pid: int | None
    tid: int | None
    level: str
    tag: str
    message: str


def entries(file: File, wanted: Callable[[str], object] | None = None) -> Iterator[Entry | Problem]:
    """Every line, or those whose raw text is `wanted`; a line in none of the shapes is a problem."""
    buffer: str | None = None
    head: Split | None = None  # the open header of the long form
    for number, line in text.lines(file):
        first = line[:1]
        if first == "-" and line.startswith("--------- "):
            buffer = _buffer(line) or buffer
        elif first == "[" and (found := _long(line)):
            head = found
        elif wanted is None or wanted(line):
            if head:
                if line:
                    yield Entry(number, buffer, *head[:6], line)
            elif found := split(line):
                yield Entry(number, buffer, *found)
            elif line.strip() and not line.startswith(_NOISE):
                yield Problem(where=text.at(file, number), detail=f"not a line of a log: {line[:80]!r}")


def _buffer(line: str) -> str:
    """`--------- beginning of /dev/log/main` on Android 2 to 4."""
    mark, _, name = line.rpartition(" ")
    return name.removeprefix("/dev/log/") if mark.endswith((" beginning of", " switch to")) else ""


def split(line: str) -> Split | None:
    """Stamp, uid, pid, tid, level, tag and message of a line in any shape but the long one; None if it is in none."""
    parts = line.split(None, 5)
    if len(parts) > 4 and line[2:3] == "-" and parts[4] in LEVELS and parts[3].isdecimal():
        return _threadtime(f"{parts[0]} {parts[1]}", None, parts[2:4], parts[4], parts[5] if len(parts) > 5 else "")
    if (
        len(parts) > 5
        and line[2:3] == "-"
        and parts[5][0] in LEVELS
        and parts[5][1:2] == " "
        and parts[2][0] not in "+-"
    ):
        return _threadtime(f"{parts[0]} {parts[1]}", parts[2], parts[3:5], parts[5][0], parts[5][2:])
    return _rarer(line) if parts else None


def _threadtime(stamp: str, uid: str | None, ids: list[str], level: str, rest: str) -> Split | None:
    pid, tid = ids
    if not (pid.isdecimal() and tid.isdecimal() and len(pid) < 10 and len(tid) < 10):
        return None
    tag, colon, message = rest.partition(": ")
    if not colon:
        tag, message = (rest[:-1], "") if rest.endswith(":") else ("", rest)
    return stamp, uid, int(pid), int(tid), level, tag.strip(), message


def _rarer(line: str) -> Split | None:
    """All shapes but the plain threadtime: a stamp of some kind taken off, the rest looked at again."""
    if line[0] == "\x1b":
        line = _COLOUR.sub("", line)
    if line[:1] in LEVELS:
        return _undated(line)
    stamp, rest = _stamp(line)
    if stamp is None or not rest:
        return None
    if rest[0] in LEVELS and rest[1:2] in ("/", "("):
        found = _undated(rest)
        return (stamp, *found[1:]) if found else None
    parts = rest.split(None, 3)
    if len(parts) > 2 and parts[2] in LEVELS:
        return _threadtime(stamp, None, parts[:2], parts[2], parts[3] if len(parts) > 3 else "")
    if len(parts) > 3 and parts[3][0] in LEVELS and parts[3][1:2] in (" ", ""):
        return _threadtime(stamp, parts[0], parts[1:3], parts[3][0], parts[3][2:].lstrip())
    return None


def _stamp(line: str) -> tuple[str | None, str]:
    """The time a line starts with, and what follows it. None for no time, "" for one since the phone started."""
    parts = line.split(None, 3)
    if len(parts) < 2:
        return None, ""
    if parts[0][-3:-2] == "-" and parts[1][2:3] == ":":
        if len(parts) > 3 and _OFFSET.fullmatch(parts[2]):
            return " ".join(parts[:3]), parts[3]
        return f"{parts[0]} {parts[1]}", line.split(None, 2)[2] if len(parts) > 2 else ""
    whole, dot, fraction = parts[0].partition(".")
    if dot and whole.isdecimal() and fraction.isdecimal() and len(whole) < 12:
        return (parts[0] if len(whole) > 8 else ""), line.split(None, 1)[1]
    return None, ""


def _undated(line: str) -> Split | None:
    """The shapes brief, process, thread and tag."""
    if found := _BRIEF.match(line):
        level, tag, uid, pid, tid, message = found.groups()
        return "", uid, int(pid), int(tid) if tid else None, level, tag.strip(), message
    if found := _PROCESS.match(line):
        level, owner, pid, tid, message = found.groups()
        if owner:  # thread: `I(  190:  191) text`
            ids = (int(owner), int(pid)) if owner.isdecimal() and len(owner) < 10 else (None, int(pid))
            return "", None, *ids, level, "", message
        body, space, tag = message.rpartition("  (")
        process = (tag[:-1].strip(), body) if space and tag.endswith(")") else ("", message)
        return "", None, int(pid), int(tid) if tid else None, level, *process
    if found := _TAG.match(line):
        return "", None, None, None, found[1], found[2].strip(), found[3]
    return None


def _long(line: str) -> Split | None:
    found = _LONG.fullmatch(line) if len(line) < 2 * _LONGEST_TAG else None
    if not found:
        return None
    stamp, uid, pid, tid, level, tag = found.groups()
    thread = int(tid) if tid.isdecimal() else int(tid, 16) if re.fullmatch(r"0x[0-9a-f]{1,7}", tid) else None
    return stamp, uid, int(pid), thread, level, tag, ""


class Times:
    """The times of one file, with the year and the zone that its lines leave out."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._undated = False
        self._known: tuple[str, LocalTime | None] = ("", None)  # neighbours share a stamp
        self._latest: datetime | None = None
        if file.until is not None:
            info = clock.known_zone(file.zone)
            self._latest = file.until.astimezone(info or UTC).replace(tzinfo=None) + GRACE

    def of(self, where: Where, stamp: str) -> LocalTime | None:
        """The time that a stamp means; None for "" and where no year can be told. Raises Garbled."""
        if stamp != self._known[0]:
            try:
                self._known = (stamp, self._read(stamp))
            except (ValueError, OverflowError) as exc:
                raise Garbled(where, f"not a time ({exc}): {stamp[:40]!r}") from exc
        return self._known[1]

    def _read(self, stamp: str) -> LocalTime | None:
        wall, offset = (stamp[:-6], stamp[-5:]) if stamp[-6:-4] in (" +", " -") else (stamp, "")
        if wall[2:3] == "-":
            wall = self._with_year(wall)
        elif wall[4:5] != "-":
            moment = clock.seconds(wall)  # `-v epoch`, or no time at all
            return zoned(moment, self._file.zone) if moment else None
        if not wall:
            return None
        return (
            zoned(clock.with_offset(wall + offset), self._file.zone) if offset else clock.local(wall, self._file.zone)
        )

    def _with_year(self, stamp: str) -> str:
        """The stamp with its year, "" when none can be told. Raises ValueError."""
        if self._latest is None:
            clock.local(f"2000-{stamp}", "")  # may still be no time
            self._undated = True
            return ""
        for year in range(self._latest.year, self._latest.year - 9, -1):  # the 29th of February may be years ago
            leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            if (leap or not stamp.startswith("02-29")) and clock.local(f"{year}-{stamp}", "").wall <= self._latest:
                return f"{year}-{stamp}"
        raise ValueError("later than the acquisition")

    def lost(self) -> Iterator[Problem]:
        """At the end of the file: what must be said if no year could be told."""
        if self._undated:
            detail = "the times have no year, and nothing says when this was acquired: they are left out"
            yield Problem(where=Where(self._file.path), detail=detail, loss=Loss.NONE)


def zoned(moment: datetime, zone: str) -> LocalTime:
    """An exact moment as the phone's wall clock showed it."""
    info = clock.known_zone(zone)
    utc = moment.astimezone(UTC)
    return LocalTime(utc.astimezone(info or UTC).replace(tzinfo=None), zone if info else "UTC", utc)
