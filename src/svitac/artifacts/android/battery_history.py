"""Android battery history: second by second, what was plugged in, on screen, installed, removed, started.

`dumpsys batterystats`; how its lines are timed is told in `svitac.formats.battery`. One record per change:

    +29h52m30s050ms (2) 061 80180004 status=charging plug=usb +plugged +charging
    +30h01m05s549ms (2) 062 c0980021 pkginst=1:"com.example"           version 1 installed or updated
    +30h01m14s097ms (2) 062 c0980021 +top=u0a141:"com.example"         on screen, until `-top`
    +30h15m37s597ms (2) 063 c0980021 pkgunin=0:"com.example"           removed

Read are: START (`boot`), SHUTDOWN, TIME and RESET (`value`: what the clock showed), `*OVERFLOW*` (events were lost);
`status`, `plug`, `phone_state`; on and off of `plugged`, `charging`, `usb_data`, `otg` (Samsung: the phone was USB
host), `screen`, `camera`, `gps`, `video`, `wifi`, `wifi_ap`, `phone_in_call`; `pkginst`, `pkgunin`, and everything
that names a package: `top`, `fg`, `proc`, `job`, `active`, `pkgactive`, `pkginactive`, and wake-ups and alarms whose
tag holds a component (`*walarm*:com.example/.Receiver`); `user` and `userfg`. Not read: radio, wake locks without a
component, brightness, temperature, voltage, and `sync`, which names accounts, not packages.

The history is reset when the phone is unplugged after a full charge (mostly every one to three days; the rule changed
between versions) and at 4 MiB: RESET is the first moment it can speak for. Apps choose tags and job names, and a tag
may be made to look like further changes of the same line. Before Android 8 the version of `pkginst` was printed as a
user id (`u812a43240`); it is turned back. The CHECKIN form of a bug report repeats this history and is not read.
Source: AOSP `BatteryStats.HistoryPrinter`; checked on Android 10 and Samsung Android 12 and 13; the newer format
(`[Format: 2]`) from published descriptions only.
"""

import re
from collections.abc import Iterator
from typing import Any

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.battery import Row, history
from svitac.formats.indented import whole
from svitac.model import Clock, Covers, File, LocalTime, PackageName, Problem, Record, Records, Stage

MOMENTS = {"START": "boot", "SHUTDOWN": "shutdown", "*OVERFLOW*": "overflow"}
ANCHORS = {"TIME:": "time", "RESET:TIME:": "reset"}
RENAMED = {"pkginst": "package_install", "pkgunin": "package_uninstall"}
SWITCHES = frozenset({
    "plugged", "charging", "usb_data", "otg", "screen", "camera", "gps", "video", "wifi", "wifi_ap", "phone_in_call",
})  # fmt: skip
VALUES = frozenset({"status", "plug", "phone_state"})
NAMED = frozenset({"top", "fg", "proc", "job", "active", "pkginst", "pkgunin", "pkgactive", "pkginactive"})
TAGGED = frozenset({"alarm", "wakeupap", "longwake", "wake_lock", "wake_lock_in"})
USERS = frozenset({"user", "userfg"})
COMPONENT = re.compile(r"(?:[*@#][^*@#/]{0,200}[*@#][:/]?)?([A-Za-z]\w*(?:\.\w+)*)(?:[/:].*)?", re.ASCII)
LEVEL = re.compile(r"[0-9]{3}")
USER_ID = re.compile(r"u(\d{1,9})([asi])(\d{1,9})")
APP_IDS = {"s": 0, "a": 10_000, "i": 99_000}  # `UserHandle.formatUid`


class BatteryEvent(Record, frozen=True, kw_only=True):
    time: LocalTime | None  # None: the history does not say when it stood
    offset_ms: int | None  # elapsed since the first line, not counting when the phone was off
    event: str  # "boot", "plug", "usb_data", "top", "package_install" ...
    on: bool | None = None  # of what begins and ends
    value: str | None = None  # "usb", "charging", the job's class
    uid: str | None = None
    package: PackageName | None = None
    version: int | None = None
    level: int | None = None  # battery, per cent

    def says(self) -> str:
        if self.event in RENAMED.values():
            version = f" (version {self.version})" if self.version is not None else ""
            what = "removed" if self.event == "package_uninstall" else "installed or updated"
            return f"{self.package} was {what}{version}"
        ends = {True: " begins", False: " ends", None: ""}[self.on]
        about = " ".join(part for part in (self.package, self.value) if part)
        return f"{self.event}{ends}" + (f": {about}" if about else "")


@artifact(
    "android.battery_history",
    services=["batterystats"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="since the last full charge (mostly 1 to 3 days), at most 4 MiB; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[BatteryEvent]:
    for row in history(file):
        if isinstance(row, Problem):
            yield row
        else:
            yield from _events(file, row)


def _events(file: File, row: Row) -> Records[BatteryEvent]:
    where, body = text.at(file, row.number), row.body
    first, _, rest = body.partition(" ")
    if event := MOMENTS.get(first):
        yield BatteryEvent(where=where, time=row.time, offset_ms=row.offset_ms, event=event)
    elif event := ANCHORS.get(first):
        yield BatteryEvent(where=where, time=row.time, offset_ms=row.offset_ms, event=event, value=rest.strip())
    elif not LEVEL.fullmatch(first):
        yield Problem(where=where, detail=f"not a change of the battery history: {body[:80]!r}")
    else:
        for token in _tokens(rest):
            try:
                if made := _change(token):
                    yield BatteryEvent(where=where, time=row.time, offset_ms=row.offset_ms, level=int(first), **made)
            except ValueError as exc:
                yield Problem(where=where, detail=f"{token[:80]!r}: {exc}")


def _tokens(body: str) -> Iterator[str]:
    """Changes are parted by blanks; a quoted tag may hold some, and ends with `"` and a blank."""
    at, size = 0, len(body)
    while at < size:
        if body[at] == " ":
            at += 1
            continue
        end = body.find(" ", at)
        end = size if end < 0 else end
        quote = body.find(':"', at, end)
        if quote >= 0:
            closing = body.find('" ', quote + 2)
            end = size if closing < 0 else closing + 1
        yield body[at:end]
        at = end


def _change(token: str) -> dict[str, Any] | None:
    """The fields of one change, or None when it is not among those that are read."""
    sign, word = (token[0], token[1:]) if token[0] in "+-" else ("", token)
    name, _, value = word.partition("=")
    on = sign == "+" if sign else None
    if name in SWITCHES:
        return {"event": name, "on": on}
    if name in VALUES:
        return {"event": name, "value": value}
    if name not in NAMED and name not in TAGGED and name not in USERS:
        return None
    uid, quoted, tag = value.partition(':"')
    if not quoted:
        return None  # `+wake_lock` without a tag: more than one is held
    return _tagged(name, on, uid, tag.removesuffix('"'))


def _tagged(name: str, on: bool | None, uid: str, tag: str) -> dict[str, Any] | None:
    found = COMPONENT.fullmatch(tag)
    package = found[1] if found and name not in USERS else None
    if name in TAGGED and (package is None or "/" not in tag or "." not in package):
        return None
    made = {
        "event": RENAMED.get(name, name), "on": on, "package": package, "value": None if tag == package else tag,
    }  # fmt: skip
    if name == "pkginst":
        return made | {"version": _version(uid)}
    return made if name == "pkgunin" else made | {"uid": uid}


def _version(printed: str) -> int:
    """A version code; also one that was printed as a user id."""
    if found := USER_ID.fullmatch(printed):
        return int(found[1]) * 100_000 + APP_IDS[found[2]] + int(found[3])
    return whole(printed)
