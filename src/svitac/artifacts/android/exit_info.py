"""Android process exits: why and when processes of each app last ended, from crash to removal.

`dumpsys activity`, Android 11 and later; the newest first, up to 16 for each app and user:

    ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
    Last Timestamp of Persistence Into Persistent Storage: 2025-09-25 02:39:26.765
      package: com.example
        Historical Process Exit for uid=10463
            ApplicationExitInfo #0:
              timestamp=2025-09-25 02:41:35.649 pid=10950 realUid=10463 packageUid=10463 definingUid=10463 user=0
              process=com.example reason=16 (PACKAGE UPDATED) subreason=0 (UNKNOWN) status=0
              importance=400 pss=0.00 rss=270MB description=stop com.example due to … state=empty trace=null

Some phones print one `key=value` per line. `status` is the exit code, or the signal for reason 2 (SIGNALED);
`importance` 100 is foreground, 400 cached. A crash loop of a messenger or media process may be an exploit at work; USER
REQUESTED also means "force stop" or removal, PERMISSION CHANGE a permission taken away. The description may hold the
app's words. Written from AOSP `ApplicationExitInfo.dump` and `AppExitInfoTracker` and from published examples; no whole
report of Android 11 or later was at hand.
"""

import re

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import absent, rows, whole
from svitac.formats.wallclock import ascii_digits
from svitac.model import (
    Clock,
    Covers,
    File,
    FreeText,
    LocalTime,
    PackageName,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
)

HEADER = "ACTIVITY MANAGER PROCESS EXIT INFO"
PACKAGE, EXIT = "package: ", "ApplicationExitInfo #"
DESCRIPTION = "description="
KEYS = "timestamp|pid|realUid|packageUid|definingUid|user|process|reason|subreason|status|importance|pss|rss"
PAIR = re.compile(rf"(?:^| )({KEYS})=(.{{0,300}}?)(?= (?:{KEYS})=|$)")
TAIL = re.compile(r" state=(?:empty|\d+ bytes) trace=\S*$")
NAMED = re.compile(r"\d{1,9} \((.*)\)")


class ExitInfo(Record, frozen=True, kw_only=True):
    time: LocalTime
    package: PackageName | None
    process: ProcessName | None
    pid: int | None
    uid: int | None  # that the process ran as
    user: int | None
    reason: str | None  # "CRASH", "CRASH(NATIVE)", "ANR", "USER REQUESTED", "PACKAGE UPDATED" ...
    subreason: str | None = None
    status: int | None = None
    importance: int | None = None
    description: FreeText | None = None

    def says(self) -> str:
        more = f", {self.description}" if self.description else ""
        return f"process {self.process or '?'} of {self.package or '?'} ended: {self.reason or '?'}{more}"


@artifact(
    "android.exit_info",
    services=["activity"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="the last 16 exits of each app; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[ExitInfo]:
    inside, package, start, pairs = False, None, 0, dict[str, str]()
    for number, depth, line in rows(file):
        if depth == 0 and line.startswith(("ACTIVITY MANAGER ", "-----")):
            if inside:
                yield from _exit(file, start, package, pairs)
            inside, package, start = line.startswith(HEADER), None, 0
        elif not inside:
            continue
        elif line.startswith((PACKAGE, EXIT)):
            yield from _exit(file, start, package, pairs)
            start, pairs = (number, {}) if line.startswith(EXIT) else (0, {})
            package = line.removeprefix(PACKAGE) if line.startswith(PACKAGE) else package
        elif start:
            pairs |= _pairs(line)
    if inside:
        yield from _exit(file, start, package, pairs)


def _pairs(line: str) -> dict[str, str]:
    """What a line says. The description is free text and stands last, but for the sizes of state and trace."""
    found = {}
    head, described, rest = line.partition(DESCRIPTION)
    if described and (not head or head.endswith(" ")):
        found["description"] = TAIL.sub("", rest)
    else:
        head = line
    return found | {pair[1]: pair[2] for pair in PAIR.finditer(head.rstrip())}


def _exit(file: File, start: int, package: str | None, pairs: dict[str, str]) -> Records[ExitInfo]:
    """The record of the exit that began at line `start`, if one did."""
    if not start:
        return
    where = text.at(file, start)
    if "timestamp" not in pairs:
        yield Problem(where=where, detail=f"{package}: an exit without its time")
        return
    try:
        numbers = {key: whole(pairs[key]) for key in ("pid", "realUid", "user", "status", "importance") if key in pairs}
        yield ExitInfo(
            where=where,
            time=clock.local(ascii_digits(pairs["timestamp"]), file.zone),
            package=absent(package or ""),
            process=absent(pairs.get("process", "")),
            pid=numbers.get("pid"),
            uid=numbers.get("realUid"),
            user=numbers.get("user"),
            reason=_name(pairs.get("reason")),
            subreason=_name(pairs.get("subreason")),
            status=numbers.get("status"),
            importance=numbers.get("importance"),
            description=absent(pairs.get("description", "")),
        )
    except ValueError as exc:
        yield Problem(where=where, detail=f"{package}: {exc}")


def _name(printed: str | None) -> str | None:
    """`16 (PACKAGE UPDATED)`: the words; the number when there are none."""
    found = NAMED.fullmatch(printed or "")
    return found[1] if found else printed
