"""Processes and threads that ran on the phone when it was read.

Three sources: AndroidQF's collector (`processes.json`), `ps -A` where the collector could not run (`processes.txt`,
`ps.txt` in old versions), and the `ps` sections of a bug report. The columns of `ps` differ by version and are read
from its header line; the name may hold blanks (`Jit thread pool`) wherever its column stands. Old toolbox `ps` prints
a state letter that its header does not name; a long WCHAN may be glued to ADDR; PCY may be
blank.

The kernel's own name (`comm`) holds 15 characters: the collector gives it in brackets, `(com.accesibilit)`. `name` is
the last part of the first word of the command line where that looks like a title, else `comm`; a process can choose
both. Threads are listed by `-T` or `-t`, one record each, with `thread` set; old toolbox gives a thread as a process
whose parent is its own process, so `thread` is then unknown. `uid` is taken from `u0_a142` (10142) and `u10_a5`
(1010005) by Android's rule. Checked on Android 2.3, 10, a Samsung fragment of
Android 14 to 16, and `ps.txt` of unknown versions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from svitac.declare import artifact
from svitac.formats import json, text
from svitac.formats.loose import Fields
from svitac.model import File, FilePath, Problem, ProcessName, Record, Records, Stage, Where

NAMES = ("CMD", "NAME", "COMM", "COMMAND", "ARGS", "CMDLINE")
STATE = re.compile(r"[RSDTtZXxIKWPN][<NLsl+]*")
APP = re.compile(r"u(\d{1,3})_a(\d{1,5})")
TITLE = re.compile(r"[!-~]{1,255}")
NOISE = ("------ ", "[ps: ", "***", "USER ", "LABEL ")


class Process(Record, frozen=True, kw_only=True):
    pid: int
    tid: int | None
    ppid: int | None
    uid: int | None
    user: str | None
    name: ProcessName
    comm: ProcessName | None
    command: tuple[str, ...] | None
    executable: FilePath | None
    context: str | None
    thread: bool | None

    def says(self) -> str:
        what = f"thread {self.tid} of process {self.pid}" if self.thread else f"process {self.pid}"
        owner = self.user or (None if self.uid is None else f"uid {self.uid}")
        return f"{what} {self.name} was running{f' as {owner}' if owner else ''}"


@artifact(
    "android.processes",
    paths=["**/processes.json", "**/processes.txt", "**/ps.txt"],
    sections=["PROCESSES AND THREADS", "PROCESSES"],
    kept="until it ends; nothing is left after a restart",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[Process]:
    if not file.path.endswith(".json"):
        yield from _listed(file)
        return
    for item in json.objects(file):
        if isinstance(item, Problem):
            yield item
        else:
            yield from _collected(*item)


def _collected(where: Where, values: dict[str, Any]) -> Iterator[Process | Problem]:
    fields = Fields(values)
    pid, comm = fields.integer("pid"), _unwrapped(fields.text("filename") or "")
    command = fields.strings("command_line")
    title = command[0] if command else ""
    name = _base(title) if TITLE.fullmatch(title) and _base(title) else comm
    if pid is None or not name:
        yield Problem(where=where, detail=f"a process without {'a name' if pid is not None else 'its id'}")
        return
    yield Process(
        where=where,
        pid=pid,
        tid=None,
        ppid=fields.integer("ppid"),
        uid=fields.integer("uid"),
        user=None,
        name=name,
        comm=comm or None,
        command=command,
        executable=fields.text("path") or (title if title.startswith("/") else None),
        context=fields.text("context"),
        thread=False,
    )
    if fields.wrong:
        yield fields.problem(where)


def _unwrapped(name: str) -> str:
    return name[1:-1] if name[:1] + name[-1:] in ("()", "[]") else name


def _base(title: str) -> str:
    """`init` of `/system/bin/init`; `irq/199-batt-wa` is a name as it is."""
    return title.rpartition("/")[2] if title.startswith("/") else _unwrapped(title)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What a header line says: the columns left and right of the name."""

    left: tuple[str, ...]
    name: str
    right: tuple[str, ...]

    def values(self, line: str) -> dict[str, str] | None:
        """The columns of a line, or None if it does not fit."""
        parts = line.split(None, len(self.left))
        state = next((n for n, column in enumerate(self.left) if column in ("S", "STAT", "STATE")), None)
        if state is not None and state < len(parts) and not STATE.fullmatch(parts[state]):
            if not STATE.fullmatch(parts[state - 1]):
                return None
            parts = self._without(state - 1, line)  # ADDR is glued to the column before
        policy = self.left.index("PCY") if "PCY" in self.left else len(parts)
        if policy < len(parts) and ":" in parts[policy]:
            parts = self._without(policy, line)  # blank for a process in no group; this is the TIME
        if len(parts) <= len(self.left):
            return None
        named = parts[-1].rstrip().rsplit(None, len(self.right)) if self.right else [parts[-1].rstrip()]
        if len(named) != len(self.right) + 1:
            return None
        return {self.name: named[0], **dict(zip(self.left + self.right, parts[:-1] + named[1:], strict=True))}

    def _without(self, column: int, line: str) -> list[str]:
        """The columns of a line in which one has no value."""
        parts = line.split(None, len(self.left) - 1)
        return [*parts[:column], "", *parts[column:]]


def _header(line: str) -> _Columns | None:
    columns = line.split()
    if "PID" not in columns or not (found := [n for n, column in enumerate(columns) if column in NAMES]):
        return None
    at = found[-1]
    if "PC" in columns[:at] and not {"S", "STAT"}.intersection(columns):
        columns.insert(columns.index("PC") + 1, "S")  # toolbox, to Android 6
        at += 1
    return _Columns(tuple(columns[:at]), columns[at], tuple(columns[at + 1 :]))


def _listed(file: File) -> Iterator[Process | Problem]:
    columns = None
    for number, line in text.lines(file):
        if columns is None:
            columns = _header(line)
            if columns is None and line.strip() and not line.startswith(NOISE):
                yield Problem(where=text.at(file, number), detail=f"before the header of ps: {line[:80]!r}")
        elif line and not line.isspace() and not line.startswith(NOISE):
            yield _line(text.at(file, number), line, columns)


def _line(where: Where, line: str, columns: _Columns) -> Process | Problem:
    values = columns.values(line)
    pid = _number(values.get("PID")) if values else None
    if values is None or pid is None:
        return Problem(where=where, detail=f"not a line of ps: {line[:100]!r}")
    tid, title, user = _number(values.get("TID")), values[columns.name], values.get("USER")
    arguments = columns.name in ("ARGS", "CMDLINE")
    first = title.split()[0] if arguments else title
    if not _base(first):
        return Problem(where=where, detail=f"a process without a name: {line[:100]!r}")
    return Process(
        where=where,
        pid=pid,
        tid=tid,
        ppid=_number(values.get("PPID")),
        uid=_number(values.get("UID")) if "UID" in values else _uid(user),
        user=user,
        name=_base(first),
        comm=None,
        command=tuple(title.split()) if arguments else None,
        executable=first if first.startswith("/") else None,
        context=values.get("LABEL") if values.get("LABEL") != "-" else None,
        thread=None if tid is None else tid != pid,
    )


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 12 else None


def _uid(user: str | None) -> int | None:
    """The uid that a user name spells. AOSP: user * 100000 + 10000 + app."""
    if user and (found := APP.fullmatch(user)):
        return int(found[1]) * 100_000 + 10_000 + int(found[2])
    return 0 if user == "root" else _number(user)
