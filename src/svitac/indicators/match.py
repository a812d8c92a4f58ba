"""Looking for indicators in records: by the kinds of a record's fields, with no code by the artifact's author.

`Matcher.watch` compiles, once per record type, what to read from a record and which tables to ask. Fields inside tuples
and nested structs are reached too; a hit names its field by the way to it (`files.sha256`). One value in several
collections gives several hits. An indicator of several conditions hits when all of them hold on one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from svitac.indicators.kinds import Found, Probe, Tables
from svitac.indicators.model import Indicator
from svitac.model import Kind, Record
from svitac.store.schema import kinds_of, strip

Values = Callable[[Any], Iterable[str]]  # everything one field holds, in a record


REMEMBERED = 50_000  # values of one field that are known to hit nothing


class Hit(Struct, frozen=True):
    """An indicator found in a record. `value` is as in the record; in free text, the part that matched.

    `truncated`: the platform cuts such names short, and this one is what would be left of the indicator's.
    """

    field: str
    value: str
    indicator: Indicator
    truncated: bool = False


class Matcher:
    """A set of indicators, ready to be looked for."""

    def __init__(self, indicators: Iterable[Indicator]) -> None:
        self.tables = Tables()
        for indicator in indicators:
            self.tables.add(indicator)

    def watch(self, cls: type[Record]) -> Callable[[Record], list[Hit]] | None:
        """What finds the hits in a record of this type; None when nothing in it can match."""
        probes = [
            (name, values, probe)
            for name, kind, values in _fields(cls)
            if (probe := self.tables.probe(kind)) is not None
        ]
        return _watcher(probes) if probes else None

    def sift(self, cls: type[Record]) -> Callable[[Mapping[str, Sequence[Any]]], list[int]]:
        """What finds, in columns of such records, the rows that `watch` may have something to say about."""
        fields = [(name, kind) for name, kind, _ in _fields(cls) if self.tables.probe(kind) is not None]

        def sift(columns: Mapping[str, Sequence[Any]]) -> list[int]:
            found: set[int] = set()
            for name, kind in fields:
                if name not in columns:  # nested: every row
                    return list(range(len(next(iter(columns.values())))))
                found.update(self.tables.candidates(kind, columns[name]))
            return sorted(found)

        return sift

    def find(self, kind: Kind, value: str) -> list[Indicator]:
        """The indicators that a field of this kind with this value would hit, alone or with other conditions."""
        probe = self.tables.probe(kind)
        return sorted({found.entry.indicator for found in probe(value)}) if probe else []


def _watcher(probes: list[tuple[str, Values, Probe]]) -> Callable[[Record], list[Hit]]:
    fields = [(name, values, probe, set[str]()) for name, values, probe in probes]

    def watch(record: Record) -> list[Hit]:
        raw: list[tuple[str, Found]] | None = None
        for name, values, probe, innocent in fields:
            for value in values(record):
                if value in innocent:  # packages, hosts and the like stand in thousands of records
                    continue
                found = list(probe(value))
                if not found:
                    if len(innocent) >= REMEMBERED:
                        innocent.clear()
                    innocent.add(value)
                else:
                    raw = [*(raw or ()), *((name, f) for f in found)]
        return _hits(raw) if raw else []

    return watch


def _hits(raw: list[tuple[str, Found]]) -> list[Hit]:
    """Every single condition, and the first condition of those whose others were found as well."""
    parts: dict[Indicator, set[int]] = {}
    for _, (entry, _, _) in raw:
        if entry.parts > 1:
            parts.setdefault(entry.indicator, set()).add(entry.part)
    hits = (
        Hit(name, value, entry.indicator, truncated)
        for name, (entry, value, truncated) in raw
        if not entry.part and (entry.parts == 1 or len(parts[entry.indicator]) == entry.parts)
    )
    return list(dict.fromkeys(hits))


def _fields(cls: type[Struct], name: str = "", above: tuple[type, ...] = ()) -> Iterator[tuple[str, Kind, Values]]:
    """Every field with a kind: the way to it, its kind, and how to read it from a `cls`."""
    if cls in above:  # a type that holds itself: its first level is watched
        return
    for field, hint in get_type_hints(cls, include_extras=True).items():
        for way, kind, values in _within(hint, f"{name}{field}", (*above, cls)):
            yield way, kind, _through(attrgetter(field), values)


def _within(hint: Any, name: str, above: tuple[type, ...]) -> Iterator[tuple[str, Kind, Values]]:
    """The kinds in a hint, and how to read their values from a value of it."""
    base, _ = strip(hint)
    if get_origin(base) is tuple:
        for way, kind, values in _within(get_args(base)[0], name, above):
            yield way, kind, _each(values)
    elif isinstance(base, type) and issubclass(base, Struct):
        yield from _fields(base, f"{name}.", above)
    elif base is str:
        for kind in sorted(kinds_of(hint)):
            yield name, kind, _one


def _one(value: str) -> tuple[str, ...]:
    return (value,)


def _each(values: Values) -> Values:
    if values is _one:
        return lambda items: items
    return lambda items: [v for item in items for v in values(item)]


def _through(get: Callable[[Any], Any], values: Values) -> Values:
    def read(owner: Any) -> Iterable[str]:
        value = get(owner)
        return values(value) if value else ()

    return read
