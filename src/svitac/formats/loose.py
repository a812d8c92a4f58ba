"""Values of a decoded JSON object, taken one by one: a value of the wrong type costs itself, and is named.

    fields = Fields(item)
    record = Thing(size=fields.integer("size"), ...)
    if fields.wrong: yield fields.problem(where)

Missing, null and "" are None. `digest` gives lower-case hex, which is how hashes are compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from svitac.formats import clock
from svitac.model import Problem, Where

_HEX = re.compile(r"[0-9a-fA-F]+")
_INT64 = range(-(2**63), 2**63)


class Fields:
    """One object; `wrong` collects what could not be taken."""

    def __init__(self, values: Mapping[str, Any], wrong: list[str] | None = None) -> None:
        self.values = values
        self.wrong: list[str] = [] if wrong is None else wrong

    def problem(self, where: Where) -> Problem:
        return Problem(where=where, detail="not what should stand there: " + "; ".join(self.wrong[:10]))

    def raw(self, name: str, kind: type) -> Any:
        """The value if it is of that type, None if there is none."""
        value = self.values.get(name)
        if value is None or isinstance(value, kind):
            return value
        self.refuse(name, value)
        return None

    def refuse(self, name: str, value: Any) -> None:
        """Note a value that cannot be taken; None stands in its place."""
        self.wrong.append(f"{name} {str(value)[:40]!r}")

    def text(self, name: str) -> str | None:
        return self.raw(name, str) or None

    def flag(self, name: str) -> bool | None:
        value: bool | None = self.raw(name, bool)
        return value

    def integer(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None or (type(value) is int and value in _INT64):
            return value
        self.refuse(name, value)
        return None

    def digest(self, name: str) -> str | None:
        value = self.text(name)
        if value is None or _HEX.fullmatch(value):
            return value and value.lower()
        self.refuse(name, value)
        return None

    def strings(self, name: str) -> tuple[str, ...] | None:
        """A list of strings; None if there is none."""
        value = self.raw(name, list)
        if value is None or all(isinstance(v, str) for v in value):
            return None if value is None else tuple(value)
        self.refuse(name, value)
        return None

    def seconds(self, name: str) -> datetime | None:
        """Seconds since 1970, 0 for never."""
        value = self.values.get(name)
        if isinstance(value, str | bool):
            self.refuse(name, value)
            return None
        return self._time(name, value, clock.seconds)

    def with_offset(self, name: str) -> datetime | None:
        """RFC 3339; Go writes year 1 for never."""
        value = self.text(name)
        return (
            None
            if value is None or value.startswith("0001-01-01T00:00:00")
            else self._time(name, value, clock.with_offset)
        )

    def _time(self, name: str, value: Any, read: Callable[[Any], datetime | None]) -> datetime | None:
        try:
            return read(value)
        except (ValueError, OverflowError, TypeError):
            self.refuse(name, value)
            return None
