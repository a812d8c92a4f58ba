"""What SELinux refused: which process, in which context, wanted to do what to what.

Code that runs where it should not, such as a tool in the kernel's or the shell's context, is refused and leaves

    W falcon  : type=1400 audit(0.0:88): avc: denied { read } for comm="falcon" name="/" dev="dm-2" ino=2
                scontext=u:r:kernel:s0 tcontext=u:object_r:system_data_file:s0 tclass=dir permissive=0

in the kernel's log, in the event log (tag `auditd`) and in the main log, each denial in up to three of them. The main
log makes the name of the process (`comm`, 15 characters) its tag and drops it from the text. dmesg numbers a denial
with its time in UTC, `audit(1578483415.310:88)`; logcat prints `audit(0.0:88)`. Denials of services and properties
(`avc:  denied  { find } for service=... pid=... scontext=...`) name no process. Names that hold blanks are in hex.
`permissive=1` was allowed after all. Every phone has denials; the contexts make the difference. `granted` lines are
left out. Apps can write such lines into a log under any tag.

Source: Linux `security/selinux/avc.c`, AOSP `logd/LogAudit.cpp`; checked on Android 10.
"""

from __future__ import annotations

import re

from svitac.declare import artifact, each
from svitac.formats import clock, kernel, logcat, text
from svitac.formats.text import Line
from svitac.model import (
    Clock,
    Covers,
    File,
    FilePath,
    Garbled,
    LocalTime,
    ProcessName,
    Record,
    Records,
    Stage,
)

LONGEST = 8192  # of the values of one denial: two paths at most
_DENIED = re.compile(r"avc: {1,2}denied {1,2}\{ ([a-z0-9_ ]{1,400}) \} for {1,2}")
_VALUE = re.compile(r'(\w{1,40})=("[^"]*"|\S*)')
_AUDIT = re.compile(r"audit\((\d{9,11}\.\d{1,9}):\d+\)")
_ENCODED = re.compile(r"(?:[0-9A-F]{2}){1,4096}")
_NO_PROCESS = ("auditd", "audit", "type", "SELinux", "servicemanager", "hwservicemanager", "init", "")


class Denial(Record, frozen=True, kw_only=True):
    time: LocalTime | None
    process: ProcessName | None
    pid: int | None
    permissions: tuple[str, ...]
    path: FilePath | None
    name: str | None
    source_context: str | None
    target_context: str | None
    target_class: str | None
    permissive: bool | None

    def says(self) -> str:
        who = self.process or (f"process {self.pid}" if self.pid is not None else "a process")
        what = self.path or self.name or self.target_context or "something"
        verdict = "was seen breaking a rule with" if self.permissive else "was refused"
        return f"{who} ({self.source_context}) {verdict} {', '.join(self.permissions)} on {what} ({self.target_class})"


@artifact(
    "android.selinux_denials",
    paths=[*logcat.PATHS, "**/dmesg*.txt"],
    sections=[*logcat.SECTIONS, "EVENT LOG", "KERNEL LOG", "SEC LOG"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="a ring in memory: minutes to days, lost when the phone restarts",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[Denial]:
    times = logcat.Times(file)
    lines = (line for line in text.lines(file) if "avc:" in line[1] and "denied" in line[1])
    yield from each(lines, lambda line: _denial(file, times, line))
    yield from times.lost()


def _denial(file: File, times: logcat.Times, line: Line) -> Denial:
    number, raw = line
    where, said = text.at(file, number), kernel.message(raw)
    found = _DENIED.search(said.text)
    if not found:
        raise Garbled(where, f"not a denial: {said.text[:120]!r}")
    values = dict(_VALUE.findall(said.text[found.end() : found.end() + LONGEST]))
    pid = values.get("pid", "")
    named = _plain(values.get("comm"), quoted=True) or (None if said.tag in _NO_PROCESS else said.tag)
    return Denial(
        where=where,
        time=times.of(where, said.stamp) or _audited(where, file, said.text),
        process=named,
        pid=int(pid) if pid.isdecimal() and len(pid) < 10 else None,
        permissions=tuple(found[1].split()),
        path=_plain(values.get("path"), quoted=True),
        name=next((_plain(values[key], key == "name") for key in _NAMES if key in values), None),
        source_context=values.get("scontext") or None,
        target_context=values.get("tcontext") or None,
        target_class=values.get("tclass") or None,
        permissive={"0": False, "1": True}.get(values.get("permissive", "")),
    )


_NAMES = ("name", "service", "property", "interface")  # a file, or what stands in its place


def _plain(value: str | None, quoted: bool) -> str | None:
    """The kernel puts a name into quotes, or spells it in hex if it holds a blank or worse."""
    if not value or value == "(null)":
        return None
    if quoted and value[0] != '"' and _ENCODED.fullmatch(value):
        return bytes.fromhex(value).decode("utf-8", "backslashreplace").rstrip("\0") or None
    return value.strip('"') or None


def _audited(where: object, file: File, said: str) -> LocalTime | None:
    """The time in dmesg's `audit(...)`."""
    found = _AUDIT.search(said)
    moment = clock.seconds(found[1]) if found else None
    return logcat.zoned(moment, file.zone) if moment else None
