"""What Android services print about themselves (`dumpsys`): indented rows, component names, durations, long entries.

Depth is the number of blanks a row starts with; most services step by two. Whole numbers are kept only when they fit
64 bits, as a phone's own do. Durations are those of AOSP `android.util.TimeUtils.formatDuration`: `+1h2m3s4ms`, `-28d`,
`0`. Component names are `package/class`, where a class that starts with a dot stands in the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from svitac.formats import text
from svitac.formats.text import Line
from svitac.model import File

_DURATION = re.compile(r"([+-]?)(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?")
_UNITS = (86_400_000, 3_600_000, 60_000, 1_000, 1)
_NUMBER = re.compile(r"-?[0-9]{1,19}|0x[0-9a-f]{1,16}")
_LARGEST = 2**63


def rows(file: File) -> Iterator[tuple[int, int, str]]:
    """Line number, depth and stripped text of every line that is not blank."""
    for number, line in text.lines(file):
        if body := line.strip():
            yield number, len(line) - len(line.lstrip()), body


def whole(value: str) -> int:
    """A whole number of at most 64 bits, decimal or `0x...`. Raises ValueError."""
    short = value.strip()
    if not _NUMBER.fullmatch(short):
        raise ValueError(f"not a whole number: {short[:40]!r}")
    number = int(short, 16) if short.startswith("0x") else int(short)
    if not -_LARGEST <= number < _LARGEST:
        raise ValueError(f"a number of more than 64 bits: {short!r}")
    return number


def duration(value: str) -> int:
    """Milliseconds, with sign. Raises ValueError."""
    found = _DURATION.fullmatch(value)
    if value == "0":
        return 0
    if not found or not any(found.groups()[1:]):
        raise ValueError(f"not a duration: {value[:40]!r}")
    total = sum(int(part) * unit for part, unit in zip(found.groups()[1:], _UNITS, strict=True) if part)
    return -total if found[1] == "-" else total


def component(value: str) -> tuple[str, str] | None:
    """Package and class as printed, from `a/b`, `{a/b}` or `ComponentInfo{a/b}`; None when it is not one."""
    package, slash, name = value.strip().removeprefix("ComponentInfo").strip("{} ").partition("/")
    return (package, name) if slash and package and name and " " not in package else None


def absent(value: str) -> str | None:
    """Java prints `null` where there is no value."""
    return None if value in ("", "null", "{null}") else value


def entries(lines: Iterable[Line], starts: Callable[[str], bool]) -> Iterator[Line]:
    """Entries that may run over several lines: what does not start one belongs to the former (1 MiB at most)."""
    first, parts, size = 0, [""], 0
    for number, line in lines:
        if first and not starts(line):
            if size < text.LONGEST:
                size += len(line) + 1
                parts.append(line if size < text.LONGEST else text.CUT)
            continue
        if first:
            yield first, "\n".join(parts).rstrip("\n")
        first, parts, size = number, [line], len(line)
    if first:
        yield first, "\n".join(parts).rstrip("\n")
