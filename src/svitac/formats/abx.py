"""Android's XML files, text or binary (ABX), element by element.

Since Android 12 most files of the system server are binary XML: `ABX\\0`, then tokens of one byte. The low half is the
event (2 start of an element, 3 its end, 4 text, 15 an attribute of the element just started ...), the high half is the
type of the value: 1 none, 2 string, 3 interned string, 4 and 5 bytes (hex, base64 in the text form), 6 and 7
int, 8 and 9 long (the second of each is hex in the text form), 10 float, 11 double, 12 true, 13 false. Numbers are big
endian. A string is its length in two bytes and modified UTF-8; an interned one is its index in two bytes, or `FFFF` and
the string where it first stands. Names are interned. Several roots are allowed. Until then, and on phones of some
makers still, the same elements stand as text, where a hex long is written without `0x`: ask with the method that fits
the field, and both forms give the same. Entities and document types are refused: Android writes none.

What is cut gives every element that was whole, then Unreadable. Source: AOSP `BinaryXmlSerializer`, `FastDataInput`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from xml.parsers import expat

from svitac.formats import clock
from svitac.formats.indented import whole
from svitac.formats.loose import Fields
from svitac.model import File, Unreadable, Where

MAGIC = b"ABX\x00"
LARGEST = 256 * 2**20  # such files have some megabytes
DEEPEST = 200
MOST_INSIDE = 500_000  # elements in one that was asked for: they are held in memory
_BLOCK = 2**16
_OVER, _START, _END, _TEXT, _LAST_EVENT, _ATTRIBUTE = 1, 2, 3, (4, 5, 6, 7), 10, 15
_NEW, _MOST_INTERNED = 0xFFFF, 0xFFFF
_HEX = frozenset("0123456789abcdefABCDEF-")


class Attributes(Fields):
    """The attributes of one element; see `Fields`. Text or binary, they give the same."""

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        return value.hex() if isinstance(value, bytes) else str(value)

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        self.refuse(name, value)
        return None

    def integer(self, name: str) -> int | None:
        return self._number(name, whole)

    def hexadecimal(self, name: str) -> int | None:
        """A number that the text form writes in hex."""
        return self._number(name, _hexadecimal)

    def milliseconds(self, name: str) -> datetime | None:
        """Milliseconds since 1970, written in decimal; 0 and -1 are "never"."""
        return self._moment(name, self.integer(name))

    def hex_milliseconds(self, name: str) -> datetime | None:
        """The same, written in hex."""
        return self._moment(name, self.hexadecimal(name))

    def _moment(self, name: str, number: int | None) -> datetime | None:
        return None if number is None or number == -1 else self._time(name, number, clock.milliseconds)

    def _number(self, name: str, read: Callable[[str], int]) -> int | None:
        value = self.values.get(name)
        if value is None or type(value) is int:
            return value
        try:
            return read(str(value))
        except ValueError:
            self.refuse(name, value)
            return None


@dataclass(slots=True, eq=False)
class Element:
    """One element. `up` is the one around it, with its attributes; `children` are there when it was asked for."""

    tag: str
    spot: str
    up: Element | None
    values: dict[str, Any] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        """The text right inside, put together."""
        return "".join(self.texts)

    def attributes(self, wrong: list[str] | None = None) -> Attributes:
        return Attributes(self.values, wrong)

    def at(self, file: File) -> Where:
        return Where(file.path, self.spot)


# "start" with a new element, "text" with its text, "end": what both forms are read as
_Event: TypeAlias = tuple[str, Any]


def elements(file: File, *tags: str) -> Iterator[Element]:
    """Every element of these tags, each when it has ended, with everything in it. Raises Unreadable at the damage."""
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"an XML file of more than {LARGEST} bytes")
    if not raw:
        raise Unreadable("the file is empty")
    events = _Binary(raw).events() if raw.startswith(MAGIC) else _Text(raw).events()
    yield from _wanted(events, frozenset(tags))


def _wanted(events: Iterator[_Event], tags: frozenset[str]) -> Iterator[Element]:
    open_: list[Element] = []
    inside = held = 0  # how many of the open elements were asked for; how many stand in the outermost of them
    for kind, value in events:
        if kind == "start":
            tag, spot, values = value
            element = Element(tag, spot, open_[-1] if open_ else None, values)
            if inside:
                open_[-1].children.append(element)
                held += 1
            elif tag in tags:
                held = 0
            inside += tag in tags
            open_.append(element)
            if len(open_) > DEEPEST or held > MOST_INSIDE:
                raise Unreadable(f"elements nested more than {DEEPEST} deep, or more than {MOST_INSIDE} in one", spot)
        elif kind == "end" and open_:
            element = open_.pop()
            if element.tag != value:
                raise Unreadable(f"<{element.tag[:40]}> ends as </{str(value)[:40]}>", element.spot)
            if element.tag in tags:
                inside -= 1
                yield element
        elif kind == "text" and inside:
            open_[-1].texts.append(value)
    if open_:
        raise Unreadable(f"truncated: <{open_[-1].tag[:40]}> does not end", open_[-1].spot)


def _hexadecimal(value: str) -> int:
    if not value or len(value) > 17 or not _HEX.issuperset(value):
        raise ValueError(f"not a hexadecimal number: {value[:40]!r}")
    number = int(value, 16)
    return number - 2**64 if number >= 2**63 else number  # Java writes negative ones as two's complement


class _Binary:
    """ABX, from its first token on."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, len(MAGIC)
        self._names: list[str] = []

    def events(self) -> Iterator[_Event]:
        started: tuple[str, str, dict[str, Any]] | None = None
        event = 0
        while self._at < len(self._raw):
            at, token = self._at, self._raw[self._at]
            self._at += 1
            event, kind = token & 15, token >> 4
            if event == _ATTRIBUTE and started:
                name = self._interned()
                started[2][name] = self._value(kind, at)
                continue
            if started:
                yield "start", started
                started = None
            if event == _START:
                started = self._interned(), f"offset {at:#x}", {}
            elif event == _END:
                yield "end", self._interned()
            elif event in _TEXT:
                yield "text", str(self._value(kind, at) or "")
            elif event <= _LAST_EVENT:
                self._value(kind, at)
            else:
                raise Unreadable(f"binary XML: there is no token {token:#04x}", f"offset {at:#x}")
        if started:
            raise Unreadable(f"truncated inside <{started[0][:40]}>", started[1])
        if event != _OVER:
            raise Unreadable("truncated: the end of the document is missing", f"offset {self._at:#x}")

    def _value(self, kind: int, at: int) -> Any:
        """The value of one of the fourteen types."""
        if kind in (0, 1, 12, 13):
            return {12: True, 13: False}.get(kind)
        if kind == 2:
            return _java_text(self._bytes(self._number(2)))
        if kind == 3:
            return self._interned()
        if kind in (4, 5):
            return self._bytes(self._number(2))
        if kind in (6, 7, 8, 9):
            return self._number(4 if kind < 8 else 8, signed=True)
        if kind in (10, 11):
            return _float(self._bytes(4 if kind == 10 else 8))
        raise Unreadable(f"binary XML: there is no type {kind}", f"offset {at:#x}")

    def _interned(self) -> str:
        index = self._number(2)
        if index == _NEW:
            text = _java_text(self._bytes(self._number(2)))
            if len(self._names) < _MOST_INTERNED:
                self._names.append(text)
            return text
        if index >= len(self._names):
            raise Unreadable(f"binary XML: string {index} was not given", f"offset {self._at - 2:#x}")
        return self._names[index]

    def _number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self._bytes(size), "big", signed=signed)

    def _bytes(self, size: int) -> bytes:
        part = self._raw[self._at : self._at + size]
        if len(part) < size:
            raise Unreadable("truncated: the file ends inside a value", f"offset {self._at:#x}")
        self._at += size
        return part


def _float(raw: bytes) -> float:
    import struct  # noqa: PLC0415 - rare

    value: float = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0]
    return value


def _java_text(raw: bytes) -> str:
    """Modified UTF-8: NUL in two bytes, and characters beyond U+FFFF as two surrogates; newer phones write UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        try:
            halves = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
            return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "backslashreplace")


class _Text:
    """XML as text."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._ready = raw, deque[_Event]()
        self._parser = parser = expat.ParserCreate("utf-8")  # not what the file says: it could name anything
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda tag: self._ready.append(("end", tag))
        parser.CharacterDataHandler = lambda text: self._ready.append(("text", text))
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._refuse

    def events(self) -> Iterator[_Event]:
        for at in range(0, len(self._raw), _BLOCK):
            wrong = self._feed(self._raw[at : at + _BLOCK], at + _BLOCK >= len(self._raw))
            while self._ready:
                yield self._ready.popleft()
            if wrong:
                raise wrong

    def _feed(self, block: bytes, last: bool) -> Unreadable | None:
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as exc:
            cut = last and self._parser.ErrorByteIndex >= len(self._raw.rstrip()) - 1
            what = "truncated" if cut else "not XML"
            return Unreadable(f"{what}: {expat.ErrorString(exc.code)}", f"line {exc.lineno}")
        except Unreadable as exc:
            return exc
        return None

    def _start(self, tag: str, values: dict[str, str]) -> None:
        self._ready.append(("start", (tag, f"line {self._parser.CurrentLineNumber}", values)))

    def _refuse(self, *_: object) -> None:
        raise Unreadable(
            "refused: an XML file with a document type or entities", f"line {self._parser.ErrorLineNumber}"
        )
