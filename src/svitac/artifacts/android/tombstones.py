"""Crashes of native code on Android (tombstones): which process died, when, of which signal, and where in its code.

`/data/tombstones/tombstone_NN` is text, `tombstone_NN.pb` (Android 12 and later) the same crash as a protobuf message;
a phone that has both gives two records of one crash, one per file. Exploits that fail, and implants that are badly
made, crash; a crash names the process as it was called, also when its file is gone since.

Text: a line of sixteen `***`, a header of `Name: value` lines, `pid: N, tid: N, name: THREAD  >>> PROCESS <<<`,
`signal N (NAME), code N (NAME), fault addr X`, registers, `backtrace:` and its `#NN pc` lines. After `--- ---` come the
other threads, which look the same and are left out. One file may hold several crashes. `Timestamp:` (Android 9 and
later) is local time with its offset; `Cmdline:` stands there since Android 12 and is split at blanks. The abort message
is chosen by the process and may run over several lines, so a text can be made to show a false crash behind it: where it
matters, look at the `.pb`. Frames read `pc  file (function+offset) (BuildId: ...)` in both forms.

Binary: field numbers of AOSP `debuggerd/proto/tombstone.proto`; zero is not written, so a crash of root has no uid
field. Source: AOSP `debuggerd`; checked on Android 10, 11 and 12 (both forms of one crash give the same facts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from svitac.declare import artifact
from svitac.formats import protobuf, text
from svitac.formats.clock import with_offset
from svitac.model import (
    Clock,
    Covers,
    File,
    FreeText,
    Loss,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
    Unreadable,
    Where,
)

LARGEST = 64 * 2**20  # of a binary one; real ones stay below 1 MiB
TOP = 8  # frames kept in words
LONGEST_MESSAGE = 100  # lines of an abort message
_BEGINS, _OTHER_THREADS = "*** *** ***", "--- --- ---"
_UNKNOWN = ("", "<unknown>", "UNKNOWN")
_MAYBE = ("process", "pid", "tid", "thread", "uid", "signal", "code", "fault_address", "abort", "cause", "fingerprint")
_ABSENT: dict[str, Any] = dict.fromkeys(_MAYBE) | {"command": (), "frames": 0, "top_frames": ()}


class Tombstone(Record, frozen=True, kw_only=True):
    time: datetime | None
    process: ProcessName | None
    command: tuple[str, ...]
    pid: int | None
    tid: int | None
    thread: ProcessName | None
    uid: int | None
    signal: str | None
    code: str | None
    fault_address: str | None
    abort: FreeText | None
    cause: FreeText | None
    fingerprint: str | None
    frames: int
    top_frames: tuple[str, ...]

    def says(self) -> str:
        who = self.process or "a process without name"
        why = self.abort or self.cause or " ".join(t for t in (self.signal, self.code) if t) or "reason unknown"
        return f"{who} crashed{'' if self.uid is None else f' as uid {self.uid}'}: {why}"


@artifact(
    "android.tombstones",
    paths=["**/tombstone_[0-9]*", "**/tombstone_*.pb", "**/tombstone_*.txt"],
    clock=Clock.OFFSET,
    covers=Covers.LOG,
    kept="the last 32 crashes of native code (10 before Android 10)",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[Tombstone]:
    with file.open() as src:
        first = src.read(1)
    if first and first in b"\x08\x12\x1a\x22":  # the tags of the message's first fields
        yield from _binary(file)
    else:
        yield from _text(file)


# --------------------------------------------------------------------------------------------------------------------
# As text


@dataclass(slots=True)
class _Crash:
    """What was read of one crash so far, by the names of the record's fields."""

    started: int
    facts: dict[str, Any] = field(default_factory=dict)
    stamp: str = ""
    causes: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    count: int = 0
    tracing: bool = False  # inside the backtrace of the thread that crashed
    over: bool = False  # that backtrace has ended
    message: list[str] | None = None  # an abort message that has not ended

    def take(self, line: str) -> None:
        if self.message is not None:
            self._go_on(line)
        elif self.tracing:
            self._frame(line)
        elif line.startswith(_OTHER_THREADS):
            self.over = True
        elif line.startswith("backtrace:"):
            self.tracing = True
        else:
            self._header(line)

    def _header(self, line: str) -> None:
        name, colon, value = line.partition(": ")
        if line.startswith("signal "):
            self._signal(line)
        elif not colon:
            return
        elif name == "pid":
            self._process(line)
        elif name == "Timestamp":
            self.stamp = value
        elif name == "Cmdline":
            self.facts["command"] = tuple(value.split()) if value not in _UNKNOWN else ()
        elif name == "uid" and _digits(value):
            self.facts["uid"] = int(value)
        elif name == "Build fingerprint":
            self.facts["fingerprint"] = value.strip("'") or None
        elif name == "Cause":
            self.causes.append(value)
        elif name == "Abort message":
            self.message = []
            self._go_on(value.removeprefix("'"))

    def _process(self, line: str) -> None:
        """`pid: 9850, tid: 9893, name: UsbFfs-worker  >>> /system/bin/adbd <<<`"""
        head, arrows, process = line.partition("  >>> ")
        parts = head.split(", ", 2)
        numbers = [p.partition(": ")[2] for p in parts[:2]]
        if len(parts) == 3 and arrows and process.endswith(" <<<") and all(_digits(n) for n in numbers):
            thread = parts[2].removeprefix("name: ").strip()
            self.facts |= {"pid": int(numbers[0]), "tid": int(numbers[1]), "thread": _known(thread)}
            self.facts["process"] = _known(process.removesuffix(" <<<").strip())

    def _signal(self, line: str) -> None:
        """`signal 6 (SIGABRT), code -1 (SI_QUEUE from pid 1, uid 0), fault addr --------`"""
        signal, _, rest = line.partition(", code ")
        code, _, address = rest.partition(", fault addr ")
        self.facts["signal"] = _in_brackets(signal)
        self.facts["code"] = _in_brackets(code.partition(" from pid ")[0])
        address = address.partition(" ")[0]
        self.facts["fault_address"] = address if address.startswith("0x") else None

    def _go_on(self, line: str) -> None:
        self.message = (self.message or []) + [line]
        if line.endswith("'") or len(self.message) >= LONGEST_MESSAGE:
            self.facts["abort"] = "\n".join(self.message).removesuffix("'") or None
            self.message = None

    def _frame(self, line: str) -> None:
        line = line.strip()
        number, pc, where = line.partition(" pc ")
        if pc and number.startswith("#"):
            self.count += 1
            if len(self.frames) < TOP:
                self.frames.append(where)
        elif not line.startswith(("NOTE: ", "#")):
            self.tracing, self.over = False, True

    def done(self, file: File) -> Iterator[Tombstone | Problem]:
        where = text.at(file, self.started)
        if self.message is not None:
            yield Problem(where=where, detail="the abort message does not end: the text is cut")
        if "pid" not in self.facts:
            yield Problem(where=where, detail="a crash without a whole `pid:` line: the text is cut or not a tombstone")
            return
        last = {"cause": "; ".join(self.causes) or None, "frames": self.count, "top_frames": tuple(self.frames)}
        yield from _record(where, self.facts | last, self.stamp)


def _text(file: File) -> Iterator[Tombstone | Problem]:
    crash: _Crash | None = None
    for number, line in text.lines(file):
        if line.startswith(_BEGINS) and not (crash and crash.message is not None):
            if crash:
                yield from crash.done(file)
            crash = _Crash(number)
        elif crash and not crash.over:
            crash.take(line)
    if crash is None:
        raise Unreadable("not a tombstone: no line of `*** *** ***`")
    yield from crash.done(file)


def _in_brackets(part: str) -> str | None:
    """The name of a signal, or its number when it has none: `11 (SIGSEGV)`, `35 (?)`."""
    number, _, name = part.removeprefix("signal ").partition(" (")
    name = name.removesuffix(")")
    return (name if name not in ("", "?") else number.strip()) or None


def _digits(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 10


def _known(name: str) -> str | None:
    return None if name in _UNKNOWN else name


def _record(where: Where, facts: dict[str, Any], stamp: str) -> Iterator[Tombstone | Problem]:
    try:
        time = with_offset(stamp) if stamp else None
    except (ValueError, OverflowError) as exc:
        time = None
        yield Problem(where=where, detail=f"the time of a crash cannot be read: {exc}", loss=Loss.NONE)
    yield Tombstone(where=where, time=time, **(_ABSENT | facts))


# --------------------------------------------------------------------------------------------------------------------
# As protobuf: numbers of fields in AOSP's tombstone.proto

_ARCH, _FINGERPRINT, _TIMESTAMP, _PID, _TID, _UID, _COMMAND, _SIGNAL, _ABORT, _CAUSES, _THREADS = (
    1, 2, 4, 5, 6, 7, 9, 10, 14, 15, 16,
)  # fmt: skip
_NARROW = (0, 2)  # arm and x86 write addresses with 8 digits, the others with 16
_MOST = 2**32


def _binary(file: File) -> Iterator[Tombstone | Problem]:
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"a tombstone of more than {LARGEST} bytes")
    found, damage = _gather(raw)
    where = Where(file.path)
    if not (found.keys() & {_PID, _TID}) or not (found.keys() & {_FINGERPRINT, _TIMESTAMP, _COMMAND}):
        raise damage or Unreadable("not a tombstone: no process in it")
    digits = 8 if protobuf.number(found.get(_ARCH)) in _NARROW else 16
    signal = _message(found.get(_SIGNAL))
    frames = _frames(found, digits)
    command = tuple(_string([c]) for c in found.get(_COMMAND, ()) if isinstance(c, bytes))
    facts = {
        "command": command,
        "process": _known(command[0]) if command else None,
        "pid": _number(found, _PID),
        "tid": _number(found, _TID),
        "uid": _number(found, _UID),
        "thread": _known(_string(_thread(found).get(2))),
        "signal": _string(signal.get(2)) or (str(protobuf.number(signal.get(1))) if signal else None),
        "code": _string(signal.get(4)) or (str(_signed(protobuf.number(signal.get(3)))) if signal else None),
        "fault_address": f"0x{protobuf.number(signal.get(9)):0{digits}x}" if protobuf.number(signal.get(8)) else None,
        "abort": _string(found.get(_ABORT)) or None,
        "cause": "; ".join(c for v in found.get(_CAUSES, ()) if (c := _string(_message([v]).get(1)))) or None,
        "fingerprint": _string(found.get(_FINGERPRINT)) or None,
        "frames": len(frames),
        "top_frames": tuple(frames[:TOP]),
    }
    yield from _record(where, facts, _string(found.get(_TIMESTAMP)))
    if damage:
        raise damage


def _gather(raw: bytes) -> tuple[dict[int, list[protobuf.Value]], Unreadable | None]:
    """All values by field number, and the damage that ended the message early."""
    found: dict[int, list[protobuf.Value]] = {}
    try:
        for number, value in protobuf.fields(raw):
            found.setdefault(number, []).append(value)
    except Unreadable as exc:
        return found, exc
    return found, None


def _message(values: list[protobuf.Value] | None) -> dict[int, list[protobuf.Value]]:
    value = values[-1] if values else b""
    return _gather(value)[0] if isinstance(value, bytes) else {}


def _number(found: dict[int, list[protobuf.Value]], wanted: int) -> int | None:
    """A number that the phone leaves out when it is 0: known to be 0 once a later field was seen."""
    value = protobuf.number(found.get(wanted))
    if wanted not in found and max(found, default=0) < wanted:
        return None
    return value if value < _MOST else None


def _string(values: list[protobuf.Value] | None) -> str:
    return protobuf.text(values).rstrip("\x00")


def _signed(value: int) -> int:
    return protobuf.signed(value & (2**64 - 1))


def _thread(found: dict[int, list[protobuf.Value]]) -> dict[int, list[protobuf.Value]]:
    """The thread that crashed, from the map of all of them."""
    wanted = protobuf.number(found.get(_TID))
    entries = (_message([entry]) for entry in found.get(_THREADS, ()))
    return next((_message(e.get(2)) for e in entries if protobuf.number(e.get(1)) == wanted), {})


def _frames(found: dict[int, list[protobuf.Value]], digits: int) -> list[str]:
    return [_frame(_message([value]), digits) for value in _thread(found).get(4, ())]


def _frame(frame: dict[int, list[protobuf.Value]], digits: int) -> str:
    """A frame in the words of the text form."""
    words = f"{protobuf.number(frame.get(1)):0{digits}x}  {_string(frame.get(6)) or '<unknown>'}"
    if start := protobuf.number(frame.get(7)):
        words += f" (offset {start:#x})"
    if function := _string(frame.get(4)):
        words += f" ({function}+{protobuf.number(frame.get(5))})"
    return words + (f" (BuildId: {build})" if (build := _string(frame.get(8))) else "")
