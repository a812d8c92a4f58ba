"""Every time in every record is an event: nothing to write per artifact.

The fields are found by type, once per record class: `datetime`, `LocalTime`, tuples of them, and the same inside nested
structs. A time read from a wall clock of unknown zone has no place among the others that could be proved; it is sorted
as if it were UTC, and every export marks it.

Exports, all in the order they are given:

- `to_csv` for spreadsheets (RFC 4180, UTF-8 without mark). A cell that a spreadsheet would run as a formula gets a `'`
  in front, at its start and after `;`, tab and line ends within it, because Excel splits there in countries that
  write `0,5`. `'` itself is treated alike, so that taking one `'` away at these places gives the exact text (`undone`).
- `to_jsonl` for programs: the event as it is.
- `to_timesketch`: JSON lines as https://timesketch.org/guides/user/import-from-json-csv/ asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from svitac.model import LocalTime, Record, Where

Key: TypeAlias = tuple[datetime, bool, str, Where, str, str]

UNKNOWN_ZONE = "phone's wall clock, zone unknown"
REPEATED_HOUR = "the hour that daylight saving repeats: perhaps an hour later"

COLUMNS = ("utc", "phone time", "zone", "what", "artifact", "says", "path", "spot", "note")
_DANGEROUS = re.compile(r"(?:\A|(?<=[;\t\r\n]))(?=[=+\-@\t\r'])")
_STARTS = "=+-@\t\r'"
_SPLIT = re.compile("[;\t\r\n]")
_DEFUSED = re.compile(r"(?:\A|(?<=[;\t\r\n]))'")


class Event(Struct, frozen=True, kw_only=True):
    """One time of one record. `what` is the field in words: `first install`, `uses: last used`."""

    utc: datetime | None
    local: LocalTime | None
    what: str
    artifact: str
    where: Where
    says: str

    def __lt__(self, other: Event) -> bool:
        return sort_key(self) < sort_key(other)

    @property
    def note(self) -> str:
        """What the reader must know about this time, or ""."""
        if self.local is None:
            return ""
        if self.utc is None:
            return UNKNOWN_ZONE
        return REPEATED_HOUR if self.local.ambiguous else ""


class Time(Struct, frozen=True):
    """Where in a record a time stands: attributes to follow, through tuples if need be."""

    what: str
    path: tuple[str, ...]


def times_of(cls: type[Record]) -> tuple[Time, ...]:
    """Every place in a record class that holds times, in the order of its fields."""
    return _compiled(cls)


@cache
def _compiled(cls: type[Record]) -> tuple[Time, ...]:
    return tuple(_times(types.type_info(cls), (), frozenset()))


def _times(kind: types.Type, path: tuple[str, ...], seen: frozenset[type]) -> Iterator[Time]:
    """Walk a type down to its times. `seen` stops at a struct that holds itself: such a chain has no end."""
    if isinstance(kind, types.DateTimeType) or (isinstance(kind, types.StructType) and kind.cls is LocalTime):
        yield Time(": ".join(part.replace("_", " ") for part in path), path)
    elif isinstance(kind, types.UnionType):
        for one in kind.types:
            yield from _times(one, path, seen)
    elif isinstance(kind, types.VarTupleType):
        yield from _times(kind.item_type, path, seen)
    elif isinstance(kind, types.StructType) and kind.cls not in seen:
        for field in kind.fields:
            yield from _times(field.type, (*path, field.name), seen | {kind.cls})


def events(artifact: str, record: Record) -> Iterator[Event]:
    """Every time of one record."""
    says: str | None = None
    for time in times_of(type(record)):
        for value in _reach(record, time.path):
            says = record.says() if says is None else says
            local = value if isinstance(value, LocalTime) else None
            utc = value.utc if isinstance(value, LocalTime) else value
            yield Event(utc=utc, local=local, what=time.what, artifact=artifact, where=record.where, says=says)


def _reach(value: Any, path: Sequence[str]) -> Iterator[datetime | LocalTime]:
    """The times at the end of a path. A union of structs may lack an attribute: then there is none."""
    if value is None:
        return
    if isinstance(value, tuple):
        for one in value:
            yield from _reach(one, path)
    elif path:
        yield from _reach(getattr(value, path[0], None), path[1:])
    else:
        yield value


def sort_key(event: Event) -> Key:
    """By time, then artifact, place and field: the same order on every machine."""
    return (_instant(event), event.utc is None, event.artifact, event.where, event.what, event.says)


def _instant(event: Event) -> datetime:
    """UTC; or the wall clock read as if it were UTC when its zone is unknown."""
    if event.utc is not None:
        return event.utc
    if event.local is not None:
        return event.local.wall.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)


def to_csv(events: Iterable[Event]) -> Iterator[str]:
    """A header and a line per event."""
    yield _line(COLUMNS)
    for event in events:
        wall, zone = ("", "") if event.local is None else (event.local.wall.isoformat(" "), event.local.zone)
        utc = "" if event.utc is None else _iso(event.utc)
        place = (event.where.path, event.where.spot)
        yield _line((utc, wall, zone, event.what, event.artifact, event.says, *place, event.note))


def _line(cells: Iterable[str]) -> str:
    line = ",".join('"' + defused(cell).replace('"', '""') + '"' for cell in cells) + "\r\n"
    return line if line.isascii() else _whole(line)


def defused(cell: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    if cell[:1] not in _STARTS and not _SPLIT.search(cell):
        return cell
    return _DANGEROUS.sub("'", cell)


def undone(cell: str) -> str:
    """The text that `defused` was given."""
    return _DEFUSED.sub("", cell)


def to_jsonl(events: Iterable[Event]) -> Iterator[str]:
    """One JSON object a line, with the event's own fields."""
    for event in events:
        yield _json(msgspec.structs.asdict(event))


def to_timesketch(events: Iterable[Event], tags: Mapping[Where, Sequence[str]] | None = None) -> Iterator[str]:
    """Lines for Timesketch. `tags` names, per place, the findings that rest on it."""
    for event in events:
        note = f" ({event.note})" if event.note else ""
        line: dict[str, Any] = {
            "message": f"{event.says or event.what}{note}",
            "datetime": _iso(_instant(event)),
            "timestamp_desc": event.what,
            "data_type": f"svitac:{event.artifact}",
            "source_path": event.where.path,
            "source_spot": event.where.spot,
        }
        if event.local is not None:
            line["phone_time"] = str(event.local)
        if tags and event.where in tags:
            line["tag"] = list(tags[event.where])
        yield _json(line)


def _iso(utc: datetime) -> str:
    return utc.astimezone(UTC).isoformat()


def _json(line: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(line).decode() + "\n"
    except UnicodeEncodeError:  # half a surrogate pair: evidence may hold it, UTF-8 may not
        return msgspec.json.encode(_clean(msgspec.to_builtins(line))).decode() + "\n"


def _clean(value: Any) -> Any:
    """Plain values with all text made whole. Events are three levels deep, no more."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return _whole(value) if isinstance(value, str) else value


def _whole(text: str) -> str:
    """Text that UTF-8 can hold: half a surrogate pair is written `\\udxxx`."""
    return text.encode("utf-8", "backslashreplace").decode()
