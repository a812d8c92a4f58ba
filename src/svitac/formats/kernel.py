"""What the Linux kernel of a phone logs: its messages in two forms, and the crashes among them.

    01-08 12:33:10.244  root   212   212 I usb 1-1 : New USB device found      `logcat -b kernel`
    <6>[   10.264160] usb 1-1: New USB device found                           dmesg, pstore, last_kmsg
    <6>[   10.264160]  [0:    kworker/0:1:  123] usb 1-1: ...                  Samsung; `[T123]` on newer kernels

Times of the second form are seconds since the phone started, sleep left out on some: they are kept as they are, not
made into dates. The logger turns what stands before the first colon into a tag; here both are put together again.

A crash (oops, panic, KASAN report, warning) begins with a line such as `Unable to handle kernel NULL pointer
dereference`, says which process ran (`PID: 4121 Comm: falcon`), lists functions as `name+0x1c/0x80 [module]`, and
ends with `---[ end trace`. Other processors may print in between. What follows without a trace of its own
(`Internal error: Oops` after `Unable to handle`) belongs to the same crash.

Source: Linux `kernel/printk`, `arch/arm64/kernel/traps.c`; checked on Android 2.3 (dmesg, last_kmsg) and 10 (logcat).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from svitac.formats import logcat

MOST_SYMBOLS = 200  # of one crash
LONGEST = 400  # lines of one crash
LONGEST_LINE = 4096  # looked at; the kernel's own are below 1 KiB
_DMESG = re.compile(r"(?:<\d{1,3}>)?\[ {0,12}(\d{1,11})\.(\d{6})(?:,\d{1,3})?\] ?")
_CONTEXT = re.compile(r" *\[(?: *\d{1,3}: *[^\]:]{1,20}[^\]]{0,20}: *\d{1,9}| *[TC]\d{1,9})\] ?")
_SYMBOL = re.compile(r"([A-Za-z_][\w.$]{0,200})\+0x[0-9a-f]{1,16}/0x[0-9a-f]{1,16}(?: \[([\w-]{1,80})\])?")
_COMM = re.compile(
    r"(?:PID: {0,9}(\d{1,9}) Comm: (.{1,20}?) (?:Not tainted|Tainted|\S*#)|Process (.{1,20}?) \(pid: (\d{1,9}))"
)
_MODULE = re.compile(r"[A-Za-z_][\w-]{0,80}")
_STARTS = (
    ("Unable to handle kernel", "oops"),
    ("BUG: unable to handle", "oops"),
    ("Unhandled fault", "oops"),
    ("Internal error", "oops"),
    ("Oops", "oops"),
    ("general protection fault", "oops"),
    ("BUG: KASAN", "KASAN"),
    ("KASAN: ", "KASAN"),
    ("BUG: KFENCE", "KFENCE"),
    ("BUG: soft lockup", "bug"),
    ("BUG: spinlock", "bug"),
    ("BUG: scheduling while", "bug"),
    ("BUG: sleeping function", "bug"),
    ("BUG: Bad page", "bug"),
    ("kernel BUG at", "bug"),
    ("Kernel BUG at", "bug"),
    ("Kernel panic", "panic"),
    ("WARNING: CPU:", "warning"),
    ("WARNING: at ", "warning"),
)
_ENDS = ("end trace", "end Kernel panic")


class Message(NamedTuple):
    """One message. `stamp` is its time as logcat prints it, "" if it has none."""

    stamp: str
    uptime_ms: int | None
    text: str
    tag: str  # "" in dmesg


def message(line: str) -> Message:
    """A line in either form; one in neither is a text without a time."""
    if found := _DMESG.match(line):
        body = line[found.end() :]
        context = _CONTEXT.match(body)
        uptime = int(found[1]) * 1000 + int(found[2]) // 1000
        return Message("", uptime, body[context.end() :] if context else body, "")
    if entry := logcat.split(line):
        stamp, _, _, _, _, tag, said = entry
        return Message(stamp, None, f"{tag}: {said}" if tag else said, tag)
    return Message("", None, line, "")


@dataclass(slots=True)
class Crash:
    """One crash, from the line it begins with to the end of its trace."""

    number: int
    kind: str
    first: Message
    symbols: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    process: str | None = None
    traced: bool = False
    lines: int = 0

    def take(self, line: str) -> None:
        """One more line of it."""
        self.lines += 1
        line = line[:LONGEST_LINE]
        for name, module in _SYMBOL.findall(line) if "+0x" in line else ():
            self.traced = True
            if len(self.symbols) < MOST_SYMBOLS and name not in self.symbols:
                self.symbols.append(name)
            if module:
                self._module(module)
        if "Modules linked in:" in line:
            for word in line.partition("Modules linked in:")[2][:10_000].split():
                self._module(word.partition("(")[0])  # `wlan(O)`: the letters tell how it was built
        elif self.process is None and ("omm: " in line or "Process " in line) and (found := _COMM.search(line)):
            self.process = found[2] or found[3]

    def _module(self, name: str) -> None:
        if len(self.modules) < MOST_SYMBOLS and _MODULE.fullmatch(name) and name not in self.modules:
            self.modules.append(name)


class Crashes:
    """Finds crashes in a log, one line at a time: `if crashes.want(line): yield from crashes.take(number, line)`."""

    def __init__(self) -> None:
        self._open: Crash | None = None

    def want(self, line: str) -> bool:
        """Whether a line must be taken; said by a few searches, for the millions that need not."""
        return self._open is not None or (
            "nable to handle" in line
            or "anic" in line
            or "BUG" in line
            or "ternal error" in line
            or "KASAN" in line
            or "WARNING: " in line
            or "Oops" in line
            or "on fault" in line
            or "nhandled fault" in line
        )

    def take(self, number: int, line: str) -> Iterator[Crash]:
        """The crash that this line brings to its end, if it does."""
        here = self._open
        found = _begun(number, line)
        if found and (here is None or here.traced):
            if here:
                yield here
            self._open = here = found
        elif found and here and here.kind == "warning":
            here.kind = found.kind
        if here is None:
            return
        here.take(line)
        if here.lines >= LONGEST or any(end in line for end in _ENDS):
            self._open = None
            yield here

    def rest(self) -> Iterator[Crash]:
        """What was open when the log ended."""
        if self._open:
            yield self._open
        self._open = None


def _begun(number: int, line: str) -> Crash | None:
    said = message(line)
    body = said.text.lstrip()
    kind = next((kind for start, kind in _STARTS if body.startswith(start)), "")
    return Crash(number, kind, said) if kind else None
