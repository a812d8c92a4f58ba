"""JSON documents, and arrays or JSON lines of any size, one element at a time.

An array is cut at places that look like the border of two elements and each stretch is decoded as a whole; where that
fails the stretch is decoded element by element, so one garbled element costs itself and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from svitac.model import File, Garbled, Item, Problem, Unreadable, Where

BLOCK = 2**20
LARGEST = 64 * 2**20  # a single element, or a whole document, is no larger in any real acquisition
_BORDER = re.compile(rb"}\s*,?\s*{")


def document(file: File) -> Any:
    """The whole file as one value. Raises Unreadable."""
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"a JSON document of more than {LARGEST} bytes")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise Unreadable(f"not JSON: {exc}") from exc


def objects(file: File) -> Iterator[Item | Problem]:
    """The objects of a JSON array, or of JSON lines: `item N`, counted from 1. Garbled ones are problems.

    Raises Unreadable where the file ends before the array does, after the last whole element.
    """
    number, rest, is_array = 0, b"", False
    with file.open() as src:
        head = src.read(BLOCK).lstrip(b"\xef\xbb\xbf \t\r\n")
        is_array, rest = head.startswith(b"["), head.removeprefix(b"[")
        while True:
            block = src.read(BLOCK)
            whole, rest = _split(rest + block) if block else (rest, b"")
            for item in _elements(whole, not block, is_array):
                number += 1
                yield _addressed(file, number, item)
            if not block:
                return
            if len(rest) > LARGEST:
                raise Unreadable(f"an element of more than {LARGEST} bytes", f"item {number + 1}")


def _addressed(file: File, number: int, item: Any) -> Item | Problem:
    where = Where(file.path, f"item {number}")
    if isinstance(item, Garbled):
        return Problem(where=where, detail=str(item))
    if not isinstance(item, dict):
        return Problem(where=where, detail=f"an object should stand here, not {str(item)[:60]!r}")
    return where, item


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Cut at the last place that looks like a border; the comma goes to the left."""
    border = None
    for border in _BORDER.finditer(raw, max(0, len(raw) - BLOCK)):
        pass
    return (raw[: border.start() + 1], raw[border.end() - 1 :]) if border else (b"", raw)


def _elements(raw: bytes, last: bool, is_array: bool) -> Iterator[Any]:
    text = raw.strip().removesuffix(b",").rstrip()
    ended = last and is_array and text.endswith(b"]")
    if ended:
        text = text[:-1]
    if text.strip():
        try:
            yield from msgspec.json.decode(b"[" + text + b"]")
        except (msgspec.DecodeError, RecursionError):
            yield from _one_by_one(text.decode("utf-8", "backslashreplace"))
    if last and is_array and not ended:
        raise Unreadable("truncated: the file ends before the list does")


def _one_by_one(text: str) -> Iterator[Any]:
    """Decode value after value; after a garbled one, go on at the next line or border that starts with a brace."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at] in ", \t\r\n":
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
            yield value
        except (ValueError, RecursionError) as exc:
            yield Garbled(Where(""), f"not JSON: {exc}")
            border = re.compile(r"}\s*,?\s*(?={)|\n(?={)").search(text, at)
            at = border.end() if border else len(text)
