"""The text of a bug report (`dumpstate`) or of `dumpsys` for all services: an index of its sections, in one pass.

    ------ NETSTAT (netstat -nW) ------                                    a section
    -------------------------------------------------------------------------------   (79 dashes)
    DUMP OF SERVICE [CRITICAL |HIGH ]package:                              a service, only after the dashes
    --------- 0.053s was the duration of dumpsys package, ending at: ...   its end (Android 8 and later)
    ------ 0.622s was the duration of 'NETSTAT' ------                     may stand in the middle of the next section

Apps choose some of the text in here (labels, notifications), so a header can be forged. A service that opens inside
another and lets the outer one go on afterwards cannot be real; its lines stay with the outer service and it is
reported. A service or section that ends a second time, with nothing begun since, goes on to its second end, and is
reported. One service may honestly appear twice (a short CRITICAL dump, a long one later): both are kept, also when
the end of the first is missing.
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
MOST_FORGED = 1_000  # of one text; more say nothing more
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
    whole: bool = True  # False for one service that somebody cut out of a dump


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
    """Find every section. Reads the text in blocks; memory does not grow with its size.

    Whether this phone prints the end of services is looked up first, so that the first service is judged like all
    others; that stops at the first end.
    """
    walk = _Walk(closes=any(_SERVICE_END.match(line) for _, _, line, _ in _marks(blob)))
    for offset, number, line, after in _marks(blob):
        if after <= blob.size or not walk.strange_end(line):  # the last line, cut, may name another service
            walk.mark(offset, number, line, min(after, blob.size))
    if not walk.index.sections and (lone := _lone_service(blob)):
        walk.index.sections.append(lone)
        walk.index.whole = False
        walk.open = None
    return walk.done(blob.size, _announced(blob))


def _lone_service(blob: Blob) -> Section | None:
    """One service cut out of a dump by hand: its header is the first line, without the dashes before it."""
    with blob.open() as src:
        head = src.read(2**14)
    start = len(head) - len(head.lstrip())
    line, newline, _ = head[start:].partition(b"\n")
    found = _SERVICE.match(line)
    if not found or not newline:
        return None
    number = head.count(b"\n", 0, start) + 2
    return Section(_text(found[1]), True, start + len(line) + 1, number, blob.size)


class _Walk:
    """The state of one pass: which section and which service are open."""

    def __init__(self, closes: bool) -> None:
        self.index = Index()
        self.open: Section | None = None
        self.suspect: Section | None = None  # a service inside which another one began
        self.closes = closes  # whether this phone prints the end of services
        self.last: Section | None = None  # what ended last, while nothing has begun since
        self.ended: set[str] = set()

    def mark(self, offset: int, number: int, line: bytes, after: int) -> None:
        if found := _SERVICE.match(line):
            self._start(Section(_text(found[1]), True, after, number + 1), offset)
        elif found := _SERVICE_END.match(line):
            self._service_end(_text(found[1]), offset, number)
        elif found := _TIMEOUT.match(line):
            if self.open and self.open.service and self.open.name == _text(found[1]):
                self.open.trouble = f"the phone stopped printing it after {_text(found[2])}"
        elif found := _SECTION_END.match(line):
            self._section_end(_text(found[1]), offset, number)
        elif (found := _SECTION.match(line)) and not self._inside_service(number, line):
            self._start(Section(_text(found[1]), False, after, number + 1), offset)

    def strange_end(self, line: bytes) -> bool:
        """Whether a line ends a service other than the open one."""
        found = _SERVICE_END.match(line)
        return bool(found and not (self.open and self.open.name == _text(found[1])))

    def _start(self, section: Section, offset: int) -> None:
        if self.open and section.service and self.open.service and self.closes and not self.suspect:
            self.suspect = self.open  # decided when we see which of the two ends first
        self._close(offset)
        self.open, self.last = section, None
        self.index.sections.append(section)

    def _close(self, offset: int) -> None:
        if self.open and self.open.end < 0:
            self.open.end = offset
        self.open, self.last = None, self.open

    def _service_end(self, name: str, offset: int, number: int) -> None:
        inside = self.open if self.open and self.open.service and self.open.name == name else None
        if self.suspect and self.suspect.name == name and (not inside or self.index.sections[-2] is self.suspect):
            self._swallow(self.suspect, offset)
        elif inside:
            if self.suspect and self.suspect.name == name:  # an earlier dump of it was cut; this one is whole
                self.suspect.trouble = self.suspect.trouble or "its end is missing"
                self.suspect = None
            self._close(offset)
            self.ended.add(name)
        elif self.last and self.last.service and self.last.name == name:
            self.last.end = offset  # the earlier end was text of the service, or this one stands in no section at all
            self._forged(number, f"service {name} ends twice")
        elif name in self.ended:
            self._forged(number, f"service {name} ends twice")
        elif self.index.sections:
            self._forged(number, f"service {name} ends, which has not begun")

    def _swallow(self, outer: Section, offset: int) -> None:
        """The outer service goes on after an inner one: everything since belongs to the outer."""
        while self.index.sections[-1] is not outer:
            inner = self.index.sections.pop()
            self._forged(inner.first_line - 1, f"{inner.name} begins inside service {outer.name}")
        outer.end = offset
        self.ended.add(outer.name)
        self.open = self.suspect = None
        self.last = outer

    def _inside_service(self, number: int, line: bytes) -> bool:
        """A section header while a service is still open is text of that service, if services end."""
        if not (self.closes and self.open and self.open.service):
            return False
        self._forged(number, f"{_text(line)[:80]!r} stands inside service {self.open.name}")
        return True

    def _section_end(self, name: str, offset: int, number: int) -> None:
        if self.open and not self.open.service and self.open.name == name:
            self._close(offset)
        elif self.last and not self.last.service and self.last.name == name:
            self.last.end = offset
            self._forged(number, f"section {name} ends twice")

    def _forged(self, number: int, what: str) -> None:
        if len(self.index.forged) < MOST_FORGED:
            self.index.forged.append((number, what))

    def done(self, size: int, announced: frozenset[str]) -> Index:
        if self.open and self.closes and self.open.service and not self.open.trouble:
            self.open.trouble = "the text ends in the middle of it"
        self._close(size)
        if self.suspect and not self.suspect.trouble:
            self.suspect.trouble = "its end is missing"
        self.index.forged.sort()
        self.index.announced = announced
        return self.index


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _marks(blob: Blob) -> Iterator[tuple[int, int, bytes, int]]:
    """Offset, line number, text of every line that may be a header, and the offset after it.

    Every header starts with six dashes, or stands on the line after 79 of them, or starts with three stars: two
    searches at memory speed instead of a look at every line. `data[i]` is the byte at offset `base + i - 1`: a line end
    is put before the first line.
    """
    base, number, ahead = 0, 1, 2 * LONGEST  # the longest header behind its dashes
    with blob.open() as src:
        rest = b"\n"
        while True:
            block = src.read(BLOCK)
            data = rest + block
            stop = data.rfind(b"\n", 0, max(0, len(data) - ahead)) if block else len(data)
            counted = 0
            for at in _hits(data, stop) if stop > 0 else ():
                number += data.count(b"\n", counted, at)
                counted = at
                yield from _mark(data, at, base, number)
            if not block:
                return
            if stop <= 0:  # one line, so far: its end is all we need of it once it is too long for a header
                stop = len(data) - ahead if len(data) > BLOCK + ahead else 0
            number += data.count(b"\n", counted, stop)
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
    line, end = _line(data, at)
    if line == _DASHES:  # the header proper is the next line
        header, after = _line(data, end)
        if header.startswith(b"DUMP OF SERVICE "):
            yield base + at, number + 1, header, base + after
    elif line:
        yield base + at, number, line, base + end


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """The line after the line end at `at`, and where it ends. Empty when it is longer than any header."""
    end = data.find(b"\n", at + 1, at + 1 + LONGEST)
    if end < 0:
        end = min(len(data), at + 1 + LONGEST)
    line = data[at + 1 : end].rstrip(b"\r")
    return (line if end - at <= LONGEST else b""), end


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
