"""Line-oriented text of any size: flat memory, true line numbers, no line longer than `LONGEST`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from svitac.model import File, Item, Where
from svitac.sources.guard import to_the_damage

Line: TypeAlias = tuple[int, str]  # number, text without its line end
BLOCK = 2**20
LONGEST = 2**20  # a longer line is cut here, and says so
CUT = " [svitac: line cut, it was longer than 1 MiB]"


def lines(file: File) -> Iterator[Line]:
    """Every line with its number in the file. Bytes that are not UTF-8 are kept as `\\xNN`."""
    number, rest, skipping = file.first_line, b"", False
    with to_the_damage(file.open()) as src:
        while block := src.read(min(BLOCK, LONGEST)):  # so only the first line of what is at hand can be too long
            head, newline, tail = block.rpartition(b"\n")
            if not newline:
                rest, skipping = (rest, True) if skipping else _hold(rest + block)
                continue
            whole, rest = rest + head, tail
            if skipping or len(whole) > LONGEST:
                first, more, whole = whole.partition(b"\n")
                yield number, _text(first[:LONGEST]) + (CUT if skipping or len(first) > LONGEST else "")
                number, skipping = number + 1, False
                if not more:
                    continue
            for line in _text(whole).split("\n"):
                yield number, line
                number += 1
    if rest or skipping:
        yield number, _text(rest) + (CUT if skipping else "")  # `rest` is never longer than LONGEST


def _hold(rest: bytes) -> tuple[bytes, bool]:
    return (rest[:LONGEST], True) if len(rest) > LONGEST else (rest, False)


def _text(raw: bytes) -> str:
    text = raw.decode("utf-8", "backslashreplace")
    return text.replace("\r\n", "\n").removesuffix("\r") if "\r" in text else text


def at(file: File, number: int) -> Where:
    """The address of a line."""
    return Where(file.path, f"line {number}")


def matches(file: File, pattern: re.Pattern[str]) -> Iterator[Item]:
    """The named groups of each line that fits as a whole. Others are skipped: use it where they are expected."""
    for number, line in lines(file):
        if found := pattern.fullmatch(line):
            yield at(file, number), found.groupdict()


def indent(line: str) -> int:
    """How many blanks a line starts with."""
    return len(line) - len(line.lstrip(" "))
