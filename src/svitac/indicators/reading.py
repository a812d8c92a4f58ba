"""What the readers of indicator files share: one file, and the way from what it says to an indicator or a problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from svitac.indicators.model import Condition, Indicator, Pattern, Refused, YaraSource
from svitac.indicators.refine import refined
from svitac.model import Kind, Loss, Problem, Where

Read = Iterator[Indicator | YaraSource | Problem]  # what a reader yields


class Text(NamedTuple):
    """A file as a reader sees it. `name` has folders but is never absolute; `stem` is the last part, lower case."""

    name: str
    stem: str
    text: str
    collection: str  # what the file's place says it is about
    published: str = ""
    publication: str = ""

    def problem(self, spot: str, detail: str, loss: Loss = Loss.ITEM) -> Problem:
        return Problem(where=Where(self.name, spot), detail=detail, loss=loss)

    def one(self, spot: str, kind: Kind, value: Any, collection: str = "", **more: Any) -> Indicator | Problem:
        """The indicator at one place of this file, or what is wrong with it."""
        if not isinstance(value, str):
            return self.problem(spot, f"not a text: {str(value)[:60]!r}")
        return self.all_of(spot, (Condition(kind, value),), collection, **more)

    def all_of(
        self, spot: str, conditions: tuple[Condition, ...], collection: str = "", **more: Any
    ) -> Indicator | Problem:
        """The indicator of conditions that must hold together."""
        try:
            conditions = tuple(map(refined, conditions))
        except Refused as exc:
            return self.problem(spot, str(exc))
        if len(conditions) > 1:  # the one to look for first is an exact one
            conditions = tuple(sorted(dict.fromkeys(conditions), key=lambda c: c.pattern is not Pattern.EXACT))
        first, *also = conditions
        more.setdefault("published", self.published)
        more.setdefault("publication", self.publication)
        return Indicator(
            kind=first.kind,
            value=first.value,
            pattern=first.pattern,
            also=tuple(also),
            collection=collection or self.collection,
            source=f"{self.name} {spot}" if spot else self.name,
            **more,
        )


def text_of(value: Any) -> str:
    """A text of somebody's JSON or YAML, on one line; "" for anything else."""
    return " ".join(value.split())[:500] if isinstance(value, str) else ""


def date_of(value: Any) -> str:
    """The ISO date a text begins with, or ""."""
    day = str(value)[:10] if value is not None else ""
    return day if len(day) == 10 and day[4] == day[7] == "-" and day.replace("-", "").isdecimal() else ""


def dropped(file: Text, count: int, why: str) -> Iterator[Problem]:
    """One problem for all the indicators of a file that were left out on purpose."""
    if count:
        yield file.problem("", f"{count} indicator{'s' if count > 1 else ''} {why}: not used", Loss.NONE)
