"""The text of a bug report (`dumpstate`) or of `dumpsys` for all services: an index of its sections, in one pass.

    ------ NETSTAT (netstat -nW) ------                                    a section
    -------------------------------------------------------------------------------   (79 dashes)
    DUMP OF SERVICE [CRITICAL |HIGH ]package:                              a service, only after the dashes
    --------- 0.053s was the duration of dumpsys package, ending at: ...   its end (Android 8 and later)
    ------ 0.622s was the duration of 'NETSTAT' ------                     may stand in the middle of the next section

Apps choose some of the text in here (labels, notifications), so a header can be forged. A service that opens inside
another and lets the outer one go on afterwards cannot be real; its lines stay with the outer service and it is
reported. One service may honestly appear twice (a short CRITICAL dump, a long one later): both are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from svitac.blob import Blob, cut
from svitac.model import File, LocalTime

BLOCK = 2**20
LONGEST = 512  # no header line is longer
_DASHES = b"-" * 79
_SERVICE = re.compile(rb"DUMP OF SERVICE (?:CRITICAL |HIGH )?([^\s:]+):")
_SERVICE_END = re.compile(rb"-{9} [\d.]+s was the duration of dumpsys ([^\s,]+)")
_SECTION = re.compile(rb"-{6} ([^a-z(][^(]*?)(?: \((.*)\)?)? -{6}$")
_SECTION_END = re.compile(rb"-{6} [\d.]+s was the duration of '(.+?)'")
_TIMEOUT = re.compile(rb"\*\*\* SERVICE '([^']+)' DUMP TIMEOUT \((\w+)\) EXPIRED")
_STARTED = re.compile(rb"^== dumpstate: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_ANNOUNCED = b"Currently running services:"


@dataclass(slots=True)
class Section:
    """One stretch of the text. `service` sections are dumpsys services, the others dumpstate sections."""

    name: str
    service: bool
    start: int  # byte offset of the first line after the header
    first_line: int
    end: int = -1
    trouble: str = ""  # why it is not whole: cut off, timed out


@dataclass(slots=True)
class Index:
    """What stands where in one text."""

    sections: list[Section] = field(default_factory=list)
    announced: frozenset[str] = frozenset()  # services that the phone said it runs
    forged: list[tuple[int, str]] = field(default_factory=list)  # line number, what was seen there


def looks_like_one(head: bytes) -> bool:
    """Whether a text that begins so is worth an index."""
    return (
        _STARTED.search(head) is not None
        or head.lstrip().startswith(_ANNOUNCED)
        or b"\nDUMP OF SERVICE " in b"\n" + head
        or any(_SECTION.match(line.rstrip(b"\r")) for line in head.split(b"\n", 400) if line.startswith(b"------ "))
    )


def started(head: bytes) -> datetime | None:
    """The wall-clock time in the header: when the phone began to write the report."""
    found = _STARTED.search(head)
    try:
        return datetime.fromisoformat(found[1].decode()) if found else None
    except ValueError:
        return None


def index(blob: Blob) -> Index:
    """Find every section. Reads the text once, in blocks; memory does not grow with its size."""
    walk = _Walk()
    for offset, number, line, after in _marks(blob):
        walk.mark(offset, number, line, after)
    return walk.done(blob.size, _announced(blob))


class _Walk:
    """The state of one pass: which section and which service are open."""

    def __init__(self) -> None:
        self.index = Index()
        self.open: Section | None = None
        self.suspect: Section | None = None  # a service that opened before the one in `open` had ended
        self.closes = False  # whether this phone prints the end of services
        self.ended: set[str] = set()

    def mark(self, offset: int, number: int, line: bytes, after: int) -> None:
        if found := _SERVICE.match(line):
            self._service(found[1].decode("utf-8", "backslashreplace"), offset, number, after)
        elif found := _SERVICE_END.match(line):
            self.closes = True
            self._service_end(found[1].decode("utf-8", "backslashreplace"), offset, number)
        elif found := _TIMEOUT.match(line):
            if self.open:
                self.open.trouble = f"the phone stopped printing it after {found[2].decode()}"
        elif _SECTION_END.match(line):
            self._section_end(line, offset)
        elif (found := _SECTION.match(line)) and not self._inside_service(number, line):
            self._start(Section(found[1].decode("utf-8", "backslashreplace"), False, after, number + 1), offset)

    def _service(self, name: str, offset: int, number: int, after: int) -> None:
        section = Section(name, True, after, number + 1)
        if self.open and self.open.service and self.closes and not self.suspect:
            self.suspect = self.open  # decided when we see which of the two ends first
            self.open.end = offset
        elif self.open and self.open.end < 0:
            self.open.end = offset
        self.open = section
        self.index.sections.append(section)

    def _service_end(self, name: str, offset: int, number: int) -> None:
        if self.suspect and name == self.suspect.name and self.open is not self.suspect:
            self._forged(number, offset)
        elif self.open and self.open.service and name == self.open.name:
            self.open.end = offset
            self.ended.add(name)
            self.open = None
        elif name in self.ended:
            self.index.forged.append((number, f"service {name} ends twice"))

    def _forged(self, number: int, offset: int) -> None:
        """The outer service goes on after an inner one: everything since belongs to the outer."""
        outer = self.suspect
        assert outer is not None  # noqa: S101 - the caller looked
        while self.index.sections[-1] is not outer:
            inner = self.index.sections.pop()
            self.index.forged.append((inner.first_line - 1, f"{inner.name} begins inside service {outer.name}"))
        outer.end, outer.trouble = offset, ""
        self.ended.add(outer.name)
        self.open = self.suspect = None

    def _inside_service(self, number: int, line: bytes) -> bool:
        """A section header while a service is still open is text of that service, once we know services end."""
        inside = bool(self.closes and self.open and self.open.service)
        if inside and self.open:
            text = line.decode("utf-8", "backslashreplace")[:80]
            self.index.forged.append((number, f"{text!r} stands inside service {self.open.name}"))
        return inside

    def _start(self, section: Section, offset: int) -> None:
        if self.open and self.open.end < 0:
            self.open.end = offset
        self.open, self.suspect = section, None
        self.index.sections.append(section)

    def _section_end(self, line: bytes, offset: int) -> None:
        found = _SECTION_END.match(line)
        if found and self.open and not self.open.service and found[1].decode("utf-8", "replace") == self.open.name:
            self.open.end = offset
            self.open = None

    def done(self, size: int, announced: frozenset[str]) -> Index:
        if self.open and self.open.end < 0:
            self.open.end = size
            if self.closes and self.open.service:
                self.open.trouble = "the text ends in the middle of it"
        for section in self.index.sections:
            if section.service and section.trouble == "" and self.closes and section is self.suspect:
                section.trouble = "its end is missing"
        self.index.announced = announced
        return self.index


def _marks(blob: Blob) -> Iterator[tuple[int, int, bytes, int]]:
    """Offset, line number, text of every line that may be a header, and the offset after it.

    Every header starts with six dashes, or stands on the line after 79 of them, or starts with three stars: two
    searches at memory speed instead of a look at every line.
    """
    base, number = 0, 1
    with blob.open() as src:
        rest = b"\n"
        while True:
            block = src.read(BLOCK)
            data = rest + block
            stop = len(data) if not block else data.rfind(b"\n", 0, max(0, len(data) - LONGEST))
            if stop <= 0:
                if not block:
                    return
                rest = data
                continue
            counted = 0
            for at in _hits(data, stop):
                number += data.count(b"\n", counted, at)
                counted = at
                yield from _mark(data, at, base, number)
            number += data.count(b"\n", counted, stop)
            if not block:
                return
            base += stop
            rest = data[stop:]


def _hits(data: bytes, stop: int) -> list[int]:
    found = []
    for needle in (b"\n------", b"\n*** SERVICE "):
        at = data.find(needle, 0, stop)
        while at >= 0:
            found.append(at)
            at = data.find(needle, at + 1, stop)
    return sorted(found)


def _mark(data: bytes, at: int, base: int, number: int) -> Iterator[tuple[int, int, bytes, int]]:
    end = data.find(b"\n", at + 1)
    end = len(data) if end < 0 else end
    line = data[at + 1 : min(end, at + 1 + LONGEST)].rstrip(b"\r")
    if line == _DASHES:  # the header proper is the next line
        after = data.find(b"\n", end + 1)
        after = len(data) if after < 0 else after
        header = data[end + 1 : min(after, end + 1 + LONGEST)].rstrip(b"\r")
        if header.startswith(b"DUMP OF SERVICE "):
            yield base + at, number + 1, header, base + after
    else:
        yield base + at, number, line, base + end


def _announced(blob: Blob) -> frozenset[str]:
    """The services that a whole `dumpsys` lists before it prints them."""
    with blob.open() as src:
        head = src.read(2**16).split(b"\n")
    if not head or not head[0].startswith(_ANNOUNCED):
        return frozenset()
    names = set()
    for line in head[1:]:
        if not line.startswith(b"  "):
            break
        names.add(line.strip().decode("utf-8", "backslashreplace"))
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class SectionFile:
    """One section as a `svitac.model.File`: its lines keep the numbers they have in the whole text."""

    whole: File
    blob: Blob = field(repr=False)
    section: Section

    @property
    def path(self) -> str:
        return self.whole.path

    @property
    def size(self) -> int:
        return self.section.end - self.section.start

    @property
    def first_line(self) -> int:
        return self.section.first_line

    @property
    def modified(self) -> LocalTime | None:
        return self.whole.modified

    @property
    def zone(self) -> str:
        return self.whole.zone

    @property
    def until(self) -> datetime | None:
        return self.whole.until

    def open(self) -> BinaryIO:
        return cut(self.blob.open(), self.section.start, max(0, self.size))

    def sibling(self, suffix: str) -> None:
        return None
