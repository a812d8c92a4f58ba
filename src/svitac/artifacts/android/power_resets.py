"""Samsung's log of every switching off and on, with its reason.

`POWER OFF RESET REASON` of a bug report, `/data/log/power_off_reset_reason*.txt` of a full file system or AndroidQF:

    25/02/20 10:07:29                                                 of Android's part, in local time: not read
    reason : no power
    java.lang.Exception: It is not an exception!!
    10:07:32  2025-02-20 10:07:32+0100 | SHUTDOWN | | REASON: no power [39]
    2025-02-20 11:40:46+0100 |    ON    | NP    | A348BXXU7CXK1 [40]

The number in brackets counts the lines: a gap means lost ones. Of a start the cause (`NP`: normal power-on; others are
Samsung's own short names) and the firmware are kept. The clock may be wrong right after a start. Hundreds of lines are
kept, back over months, which no other source of starts does.
Source: published fragments of Samsung Android 14 (IsMyPhonePwned); Samsung documents none of it.
"""

import re
from datetime import datetime

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import whole
from svitac.model import Clock, Covers, File, Problem, Record, Records

LINE = re.compile(r"(?:\d\d:\d\d:\d\d +)?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}) *\|(.*?)(?:\[(\d{1,9})\])?\s*")
REASON = "REASON:"


class PowerReset(Record, frozen=True, kw_only=True):
    time: datetime
    event: str  # "shutdown", "on"
    reason: str | None  # of a shutdown its reason, of a start its cause: "no power", "NP"
    firmware: str | None = None
    count: int | None = None  # of the line in the log

    def says(self) -> str:
        what = "switched on" if self.event == "on" else f"event {self.event}"
        what = "switched off" if self.event == "shutdown" else what
        return f"the phone was {what}" + (f" ({self.reason})" if self.reason else "")


@artifact(
    "android.power_resets",
    paths=["**/power_off_reset_reason*.txt"],
    sections=["POWER OFF RESET REASON"],
    clock=Clock.OFFSET,
    covers=Covers.LOG,
    kept="some hundred lines, months; survives reboots",
)
def parse(file: File) -> Records[PowerReset]:
    for number, line in text.lines(file):
        if "|" not in line:
            continue
        try:
            yield _reset(file, number, line.strip())
        except ValueError as exc:
            yield Problem(where=text.at(file, number), detail=str(exc))


def _reset(file: File, number: int, line: str) -> PowerReset:
    found = LINE.fullmatch(line)
    parts = [part.strip() for part in found[2].split("|")] if found else []
    if not found or len(parts) < 3 or not parts[0]:
        raise ValueError(f"not a line of the power log: {line[:80]!r}")
    event, cause, last = parts[0].lower(), parts[1], parts[2]
    off = last.startswith(REASON)
    return PowerReset(
        where=text.at(file, number),
        time=clock.with_offset(found[1]),
        event=event,
        reason=(last.removeprefix(REASON).strip() if off else cause) or None,
        firmware=None if off else last or None,
        count=whole(found[3]) if found[3] else None,
    )
