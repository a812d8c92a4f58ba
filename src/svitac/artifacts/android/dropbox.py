"""Android drop box: boots, crashes, errors and kernel logs that the system kept, each with its time.

`dumpsys dropbox` lists entries, with the first 70 characters of a text, its lines joined by `/`:

    2020-01-08 12:31:20 SYSTEM_BOOT (text, 340 bytes)
        Build: google/sailfish/sailfish:10/QP1A.191005.007.A3/eng.23 ...
    2020-01-08 15:29:43 data_app_crash (compressed text, 853 bytes)
        Process: com.example:remote/PID: 21239/UID: 10087/Flags: 0x30 ...

The sections `DROPBOX SYSTEM SERVER CRASHES` and `DROPBOX SYSTEM APP CRASHES` of a bug report print the same grammar
with whole texts, each entry under a line of 40 `=`; there `Process:` and `Package:` are read up to the first blank
line, and the rest, which the app wrote, is not. Tags: SYSTEM_BOOT (a start), SYSTEM_RESTART (of the system server
alone), SYSTEM_LAST_KMSG and SYSTEM_RECOVERY_LOG (after a crash, after an update or reset), SYSTEM_TOMBSTONE,
`<system_server|system_app|data_app>_<crash|anr|wtf|native_crash|strictmode|lowmem|watchdog>`. Entries the phone had no
room for say `(contents lost)`. Times are whole seconds; equal times are moved by the phone a millisecond each.
Source: AOSP `DropBoxManagerService.dump`; checked on Android 2.3 and 10.
"""

import re

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import whole
from svitac.formats.wallclock import ascii_digits
from svitac.model import (
    Clock,
    Covers,
    File,
    LocalTime,
    PackageName,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
)

RULE = "=" * 40
STARTS = re.compile(r"\d{4}-\d\d-\d\d ")
ENTRY = re.compile(
    r"(\S{1,20} \S{1,20}) (\S.{0,200}?) \((?:((?:compressed )?(?:text|data)), (\S{1,30}) bytes|no file|contents lost)\)"
)
PROCESS, PACKAGE = "Process: ", "Package: "


class DropboxEntry(Record, frozen=True, kw_only=True):
    time: LocalTime
    tag: str  # "SYSTEM_BOOT", "data_app_crash" ...
    kind: str | None  # "text", "compressed text", "data", "compressed data"; None: its contents are gone
    size: int | None  # bytes as stored
    lost: bool
    process: ProcessName | None = None
    package: PackageName | None = None

    def says(self) -> str:
        who = self.process or self.package
        return self.tag + (f" of {who}" if who else "") + (", contents lost" if self.lost else "")


@artifact(
    "android.dropbox",
    services=["dropbox"],
    sections=["DROPBOX SYSTEM SERVER CRASHES", "DROPBOX SYSTEM APP CRASHES"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="three days, at most 1,000 entries; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[DropboxEntry]:
    """An entry is held until its text has been seen, because the text may name the process."""
    held: DropboxEntry | None = None
    named: dict[str, str] = {}
    printed = ruled = reading = False  # whole texts are printed; the last line was a rule; the text's head goes on
    for number, line in text.lines(file):
        if STARTS.match(line) and (ruled or not printed):
            if held:
                yield _with(held, named)
            held, named, reading = None, {}, True
            try:
                held = _entry(file, number, line)
            except ValueError as exc:
                yield Problem(where=text.at(file, number), detail=str(exc))
        elif not line:
            reading = False
        elif held and reading:
            named |= _names(line, whole_lines=printed)
        ruled = line == RULE
        printed = printed or ruled
    if held:
        yield _with(held, named)


def _entry(file: File, number: int, line: str) -> DropboxEntry:
    found = ENTRY.fullmatch(line)
    if not found:
        raise ValueError(f"not an entry of the drop box: {line[:80]!r}")
    when, tag, kind, size = found.groups()
    return DropboxEntry(
        where=text.at(file, number),
        time=clock.local(ascii_digits(when), file.zone),
        tag=tag,
        kind=kind,
        size=whole(size) if size else None,
        lost=kind is None,
    )


def _names(line: str, whole_lines: bool) -> dict[str, str]:
    """What a line of an entry's text names. A preview is cut: its last part is not trusted."""
    parts = [line] if whole_lines else line.strip().split("/")[:-1]
    named = {}
    for part in parts:
        if part.startswith(PROCESS):
            named["process"] = part.removeprefix(PROCESS).strip()
        elif part.startswith(PACKAGE):
            named["package"] = part.removeprefix(PACKAGE).partition(" ")[0].strip()
    return {key: value for key, value in named.items() if value and value != "unknown"}


def _with(entry: DropboxEntry, named: dict[str, str]) -> DropboxEntry:
    return DropboxEntry(
        where=entry.where, time=entry.time, tag=entry.tag, kind=entry.kind, size=entry.size, lost=entry.lost,
        process=named.get("process"), package=named.get("package"),
    )  # fmt: skip
