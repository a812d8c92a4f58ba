"""Writes Android's binary XML (ABX) for tests, by the format and not by our reader, and fixtures of it as hex.

An element is `(tag, {name: value}, child, child, ...)` with text as a plain child. The type of a value follows from it:
str interned, bool, int as long, float as double, bytes; `Hex(n)` a hex long, `Int(n)` an int, `Text(s)` a plain string.
`python -m tests.make_abx` writes the fixtures of tests/artifacts anew from `tests/abx_cases.py`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any


class Hex(int):
    """A long that the text form writes in hex."""


class Int(int):
    """An int of 32 bits."""


class Text(str):
    """A string that is not interned."""

    __slots__ = ()


class Writer:
    """Tokens with a comment each."""

    def __init__(self) -> None:
        self.rows: list[tuple[bytes, str]] = [(b"ABX\0", "magic"), (b"\x10", "start of the document")]
        self._names: dict[str, int] = {}

    def element(self, element: Any) -> None:
        tag, values, *children = element
        self.rows.append((b"\x32" + self._interned(tag), f"<{tag}"))
        for name, value in values.items():
            named = self._interned(name)  # before the value: both may be new
            kind, raw = self._value(value)
            self.rows.append((bytes([15 | kind << 4]) + named + raw, f"  {name}={value!r}"))
        for child in children:
            if isinstance(child, str):
                self.rows.append((b"\x24" + _utf(child), f"text {child!r}"))
            else:
                self.element(child)
        self.rows.append((b"\x33" + self._interned(tag), f"</{tag}>"))

    def _interned(self, text: str) -> bytes:
        if text in self._names:
            return struct.pack(">H", self._names[text])
        self._names[text] = len(self._names)
        return b"\xff\xff" + _utf(text)

    def _value(self, value: Any) -> tuple[int, bytes]:
        if value is None or isinstance(value, bool):
            return {None: 1, True: 12, False: 13}[value], b""
        if isinstance(value, Int):
            return 6, struct.pack(">i", value)
        if isinstance(value, int):
            return (9 if isinstance(value, Hex) else 8), struct.pack(">q", value)
        if isinstance(value, float):
            return 11, struct.pack(">d", value)
        if isinstance(value, bytes):
            return 4, struct.pack(">H", len(value)) + value
        return (2, _utf(value)) if isinstance(value, Text) else (3, self._interned(value))


def _utf(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def rows(*roots: Any) -> list[tuple[bytes, str]]:
    writer = Writer()
    for root in roots:
        writer.element(root)
    return [*writer.rows, (b"\x11", "end of the document")]


def abx(*roots: Any) -> bytes:
    return b"".join(raw for raw, _ in rows(*roots))


def as_hex(made: list[tuple[bytes, str]], title: str) -> str:
    """Rows as a fixture: bytes and what they are."""
    lines = [f"# {title}"]
    lines += [f"{raw.hex(' ')}  # {said}".replace("\n", "\\n") for raw, said in made]
    return "\n".join(lines) + "\n"


def message(fields: dict[int, Any]) -> bytes:
    """A protobuf message: numbers, text and messages by field number; a list repeats its field."""
    out = b""
    for number, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int):
                out += _varint(number << 3) + _varint(one % 2**64)
            else:
                raw = one.encode() if isinstance(one, str) else one
                out += _varint(number << 3 | 2) + _varint(len(raw)) + raw
    return out


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def main() -> None:
    from tests.abx_cases import CASES

    for case, files in CASES.items():
        for name, made in files.items():
            target = Path(__file__).parent / "artifacts" / case / f"{name}.hex"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(as_hex(made, "our own, from the format of AOSP; made by tests/make_abx.py"))


if __name__ == "__main__":
    main()
