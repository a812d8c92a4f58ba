"""Line-oriented text of any size: flat memory, true line numbers, no line longer than `LONGEST`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from svitac.model import File, Item, Where

Line: TypeAlias = tuple[int, str]  # number, text without its line end
BLOCK = 2**20
LONGEST = 2**20  # a longer line is cut here, and says so
CUT = " [svitac: line cut, it was longer than 1 MiB]"


def lines(file: File) -> Iterator[Line]:
    """Every line with its number in the file. Bytes that are not UTF-8 are kept as `\\xNN`."""
    number, rest, skipping = file.first_line, b"", False
    with file.open() as src:
        while block := src.read(BLOCK):
            head, newline, tail = block.rpartition(b"\n")
            if not newline:
                rest, skipping = (rest, True) if skipping else _hold(rest + block)
                continue
            whole = head if skipping else rest + head
            if skipping:  # the rest of an endless line ends at the first newline here
                _, found, whole = head.partition(b"\n")
                yield number, _text(rest[:LONGEST]) + CUT
                number += 1
                rest, skipping = tail, False
                if not found:
                    continue
            for line in _text(whole).split("\n"):
                yield number, line
                number += 1
            rest = tail
    if rest or skipping:
        yield number, _text(rest[:LONGEST]) + (CUT if skipping else "")


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
