"""JSON documents, and arrays or JSON lines of any size, one element at a time.

An array is cut at places that look like the border of two elements and each stretch is decoded as a whole. Such a
place may stand inside a string or a nested list; then, and where an element is garbled, the stretch is decoded element
by element, so a garbled element costs itself and nothing else. In an indented array only a brace at the indent of the
first element begins an element. What is cut short raises Unreadable after everything that was whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

import msgspec

from svitac.model import File, Garbled, Item, Problem, Unreadable, Where
from svitac.sources.guard import to_the_damage

T = TypeVar("T")

BLOCK = 2**20
LARGEST = 64 * 2**20  # a single element, or a whole document, is no larger in any real acquisition
UNDECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_BORDER = re.compile(rb"}\s*,?\s*{")
_LEAD = re.compile(rb"\s*(\n[ \t]*){")
_BETWEEN = re.compile(r"[,\s]*")
_NEXT = re.compile(r"}\s*,?\s*(?={)|\n(?={)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NEAR_END = 8  # a literal or an escape that is cut short fails this near to the end
_VALUE = json.JSONDecoder()


def document(file: File) -> Any:
    """The whole file as one value. Raises Unreadable."""
    raw = _small(file)
    try:
        return msgspec.json.decode(raw)
    except UNDECODED as exc:
        raise Unreadable(f"not JSON: {exc}") from exc


def objects(file: File) -> Iterator[Item | Problem]:
    """The objects of a JSON array, or of JSON lines: `item N`, counted from 1. Garbled ones are problems.

    Raises Unreadable where the file ends before the array does, after the last whole element.
    """
    for where, value in _counted(file, msgspec.json.Decoder(list[Any]).decode, lambda value: value):
        if isinstance(value, dict):
            yield where, value
        else:
            yield not_an_object(where, value)


def typed(file: File, cls: type[T]) -> Iterator[tuple[Where, T | dict[str, Any]] | Problem]:
    """As `objects`, but decoded straight into a struct: fast. An object that does not fit comes as a dict."""

    for where, value in _counted(file, *_into(cls)):
        if type(value) is cls or isinstance(value, dict):
            yield where, value
        else:
            yield not_an_object(where, value)


def _into(cls: type[T]) -> tuple[Callable[[bytes], list[Any]], Callable[[Any], Any]]:
    """How to decode a stretch, and one value, into a struct; what does not fit stays as it is."""

    def one(value: Any) -> Any:
        try:
            return msgspec.convert(value, cls)
        except msgspec.ValidationError:
            return value

    def many(raw: bytes) -> list[Any]:
        try:
            return fast.decode(raw)
        except msgspec.ValidationError:
            return [one(value) for value in slow.decode(raw)]

    fast: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[cls])  # type: ignore[valid-type]
    slow = msgspec.json.Decoder(list[Any])
    return many, one


def stretches(file: File, cls: type[T]) -> Iterator[tuple[int, list[T | dict[str, Any] | Garbled]]]:
    """As `typed`, a megabyte of the file at a time: the number of the first element, and the elements."""
    number = 1
    try:
        for stretch in _stretches(file, *_into(cls)):
            yield number, stretch
            number += len(stretch)
    except Unreadable as exc:
        exc.spot = exc.spot or f"item {number}"
        raise


def strings(file: File) -> Iterator[tuple[Where, str] | Problem]:
    """The strings of a JSON array: `item N`, counted from 1. For short lists: the file is read whole."""
    for where, value in _counted(file, msgspec.json.Decoder(list[Any]).decode, lambda value: value, _small(file)):
        if isinstance(value, str):
            yield where, value
        else:
            detail = str(value) if isinstance(value, Garbled) else f"a text should stand here, not {str(value)[:60]!r}"
            yield Problem(where=where, detail=detail)


def not_an_object(where: Where, value: Any) -> Problem:
    """The problem of an element that is garbled, or something else than an object."""
    if isinstance(value, Garbled):
        return Problem(where=where, detail=str(value))
    return Problem(where=where, detail=f"an object should stand here, not {str(value)[:60]!r}")


def _small(file: File) -> bytes:
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"a JSON document of more than {LARGEST} bytes")
    return raw


def _counted(
    file: File, many: Callable[[bytes], list[Any]], one: Callable[[Any], Any], whole: bytes | None = None
) -> Iterator[tuple[Where, Any]]:
    number, path = 0, file.path
    try:
        for value in _elements(file, many, one) if whole is None else _all(whole, many, one):
            number += 1
            yield Where(path, f"item {number}"), value
    except Unreadable as exc:
        exc.spot = exc.spot or f"item {number + 1}"
        raise


def _elements(file: File, many: Callable[[bytes], list[Any]], one: Callable[[Any], Any]) -> Iterator[Any]:
    for stretch in _stretches(file, many, one):
        yield from stretch


def _stretches(file: File, many: Callable[[bytes], list[Any]], one: Callable[[Any], Any]) -> Iterator[list[Any]]:
    with to_the_damage(file.open()) as src:
        rest, is_array = _opened(src.read(BLOCK))
        lead = found[1] + b"{" if is_array and (found := _LEAD.match(rest)) else b""
        while block := src.read(max(BLOCK, len(rest))):  # doubling: an endless element is not decoded over and over
            rest += block
            cut = _cut(rest, lead)
            try:
                yield many(b"[" + rest[:cut].rstrip(b", \t\r\n") + b"]")
                rest = rest[cut:]
            except UNDECODED:
                rest = yield from _singly(_one_by_one(rest, False, lead, one))
            if len(rest) > LARGEST:
                raise Unreadable(f"an element of more than {LARGEST} bytes")
    yield from _last(rest, is_array, lead, many, one)


def _all(raw: bytes, many: Callable[[bytes], list[Any]], one: Callable[[Any], Any]) -> Iterator[Any]:
    rest, is_array = _opened(raw)
    for stretch in _last(rest, is_array, b"", many, one):
        yield from stretch


def _opened(head: bytes) -> tuple[bytes, bool]:
    """What follows the opening bracket, and whether there is one. Go writes `null` for an empty list."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise Unreadable("the file is empty")
    if head.rstrip() == b"null":
        return b"]", True
    return head.removeprefix(b"["), head.startswith(b"[")


def _cut(raw: bytes, lead: bytes) -> int:
    """Where the last element begins, as far as that can be seen cheaply; 0 if nowhere."""
    if lead and (at := raw.rfind(lead)) > 0:
        return at
    near = list(_BORDER.finditer(raw, max(0, len(raw) - BLOCK // 16)))
    border = near[-1] if near else None
    if border is None:
        border = max(_BORDER.finditer(raw), key=lambda found: found.end(), default=None)
    return border.end() - 1 if border else 0


def _last(
    raw: bytes, is_array: bool, lead: bytes, many: Callable[[bytes], list[Any]], one: Callable[[Any], Any]
) -> Iterator[list[Any]]:
    text = raw.rstrip()
    ended = is_array and text.endswith(b"]")
    text = (text[:-1] if ended else text).rstrip(b", \t\r\n")
    try:
        yield many(b"[" + text + b"]")
    except UNDECODED:
        yield from _singly(_one_by_one(text, True, lead, one))
    if is_array and not ended:
        raise Unreadable("truncated: the file ends before the list does")


def _singly(values: Generator[Any, None, bytes]) -> Generator[list[Any], None, bytes]:
    """Each value as a stretch of its own; returns what the generator returns."""
    while True:
        try:
            value = next(values)
        except StopIteration as stop:
            return bytes(stop.value)
        yield [value]


def _one_by_one(raw: bytes, last: bool, lead: bytes, one: Callable[[Any], Any]) -> Generator[Any, None, bytes]:
    """Decode value after value; after a garbled one, go on where the next one seems to begin. Returns what is left."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(raw, last)
    pending: bytes = decoder.getstate()[0]
    doubtful = bool(_SURROGATE.search(text) or _ESCAPED_SURROGATE.search(text))
    following = re.compile(re.escape(lead.decode()[:-1]) + r"(?={)") if lead else _NEXT
    at = 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches anywhere
        if at >= len(text):
            return pending
        try:
            value, end = _VALUE.raw_decode(text, at)
            value = one(_clean(value) if doubtful else value)
        except (ValueError, RecursionError) as exc:
            if _unfinished(exc, text):
                if last:
                    raise Unreadable(f"truncated: the file ends inside an element: {exc}") from exc
                return text[at:].encode("utf-8", "surrogateescape") + pending
            yield Garbled(Where(""), f"not JSON: {exc}")
            at = _after(exc, text, at, following)
            continue
        if end == len(text) and not last:
            return text[at:].encode("utf-8", "surrogateescape") + pending
        yield value
        at = end


def _unfinished(exc: Exception, text: str) -> bool:
    """Whether it failed because the text ends."""
    if not isinstance(exc, json.JSONDecodeError):
        return False
    return exc.msg.startswith("Unterminated string") or exc.pos >= len(text) - _NEAR_END


def _after(exc: Exception, text: str, at: int, following: re.Pattern[str]) -> int:
    """Where to go on. Never before the place that failed, so that a hostile file is not read over and over."""
    failed = exc.pos if isinstance(exc, json.JSONDecodeError) else at
    found = following.search(text, max(at + 1, failed - 1))
    return found.end() if found else len(text)


def _clean(value: Any) -> Any:
    """The value without lone surrogates, which no other format can hold; a byte that was not UTF-8 becomes `\\xNN`."""
    spelled = json.dumps(value, ensure_ascii=False)
    return json.loads(_SURROGATE.sub(_spelled, spelled))


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0]) - 0xDC00
    return f"\\\\x{code:02x}" if 0x80 <= code <= 0xFF else "\\ufffd"
