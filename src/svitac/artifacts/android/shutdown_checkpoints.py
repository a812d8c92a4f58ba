"""Who asked an Android phone to shut down or restart, and when: its last twenty shutdowns, from a full file system.

`/data/system/shutdown-checkpoints/checkpoints-<milliseconds>`, Android 12 and later, one file per shutdown; each
request is a block of lines:

    Shutdown request from BINDER at 2024-02-21 12:05:00.123 CET (epoch=1708513500123)
    com.android.server.power.PowerManagerService.reboot
     at ...
    From process com.android.shell (pid=4321)

`SYSTEM` is the phone itself (the power menu, a thermal shutdown), `BINDER` another process, `INTENT` an app's intent,
with `Intent:` and `Package:`. `reboot` typed over ADB does not pass here. The time is taken from `epoch`, milliseconds
since 1970; the text before it is in the phone's language.
Source: AOSP `ShutdownCheckPoints`; no file of a real phone was at hand.
"""

import re
from datetime import datetime

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import entries, whole
from svitac.model import Clock, Covers, File, PackageName, Problem, ProcessName, Record, Records

STARTS = "Shutdown request from "
HEAD = re.compile(rf"{STARTS}([A-Z]{{1,20}}) at .{{1,80}} \(epoch=(-?\d{{1,18}})\)", re.ASCII)
PROCESS = re.compile(r"From process (.{1,500}) \(pid=(-?\d{1,9})\)")


class ShutdownRequest(Record, frozen=True, kw_only=True):
    time: datetime | None
    origin: str  # "SYSTEM", "BINDER", "INTENT"
    method: str | None
    process: ProcessName | None
    pid: int | None
    intent: str | None
    package: PackageName | None

    def says(self) -> str:
        who = self.process or self.package or self.method
        return f"shutdown or restart asked for by {who or self.origin}"


@artifact(
    "android.shutdown_checkpoints",
    paths=["**/system/shutdown-checkpoints/checkpoints*"],
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept="the last twenty shutdowns",
)
def parse(file: File) -> Records[ShutdownRequest]:
    for number, entry in entries(text.lines(file), lambda line: line.startswith(STARTS)):
        if not entry.strip():
            continue
        try:
            yield _request(file, number, entry)
        except (ValueError, OverflowError) as exc:
            yield Problem(where=text.at(file, number), detail=str(exc))


def _request(file: File, number: int, entry: str) -> ShutdownRequest:
    first, *rest = entry.split("\n")
    found = HEAD.fullmatch(first.rstrip())
    if not found:
        raise ValueError(f"not a shutdown request: {first[:80]!r}")
    said = {name: value for name, colon, value in (line.partition(": ") for line in rest) if colon}
    process = next((hit for line in rest if (hit := PROCESS.fullmatch(line))), None)
    by_intent = found[1] == "INTENT"
    return ShutdownRequest(
        where=text.at(file, number),
        time=clock.milliseconds(found[2]),
        origin=found[1],
        method=rest[0] if rest and rest[0] and not by_intent else None,
        process=process[1] if process and process[1] != "?" else None,
        pid=whole(process[2]) if process else None,
        intent=said.get("Intent") if by_intent else None,
        package=said.get("Package") if by_intent else None,
    )
