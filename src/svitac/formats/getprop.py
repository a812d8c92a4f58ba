"""The text that Android's `getprop` prints: `[name]: [value]`, where a value may run over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from svitac.formats import text
from svitac.model import File, Item, Problem

START = re.compile(r"\[([^\]]+)\]: \[(.*)")


def properties(file: File) -> Iterator[Item | Problem]:
    """`name`, `value` and `line` (its number), with values that run over several lines put together."""
    started, name, value = 0, "", ""
    for number, line in text.lines(file):
        if found := START.fullmatch(line):
            if name:
                yield _endless(file, started, name)
            started, name, value = number, found[1], found[2]
        elif name:
            value += "\n" + line
        elif line.strip() and not line.startswith("------ "):
            yield Problem(where=text.at(file, number), detail=f"not a property: {line[:80]!r}")
        if name and value.endswith("]"):
            yield text.at(file, started), {"name": name, "value": value[:-1], "line": started}
            name = ""
    if name:
        yield _endless(file, started, name, ": the text is cut")


def _endless(file: File, number: int, name: str, why: str = "") -> Problem:
    return Problem(where=text.at(file, number), detail=f"the value of {name} does not end{why}")
