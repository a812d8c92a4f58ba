"""Intrusion logs of Android 16 (Advanced Protection): one JSON object per line, each in a wrapper that names its kind.

    {"dns_event":{"event_id":7,"event_time":1780000000000,"hostname":"a.example","ip_addresses":["/192.0.2.7"],...}}
    {"connect_event":{"event_time":1780000000000,"ip_address":"/192.0.2.7","port":443,"package_name":"com.example"}}
    {"security_event":{"event_id":9,"event_time":1780000000000000000,"adb_shell_cmd":{"command":"pm list packages"}}}
    {"security_event":{"event_id":9,"event_time":1780000000000000000,"tag":210002,"data":["pm list packages"]}}

`event_time` counts milliseconds in the first two and nanoseconds in the last. The owner exports the log to
`Download/Intrusion Logging/` as text, or as a zip of texts. An export may end in the middle of a line, and exports
overlap: (event_id, event_time, kind) is the identity of an event, and all copies are kept.

Three artifacts read one file, each its own kind of line; the one of `SECURITY` also tells what is no event at all, so
that it is told once. Source: Amnesty International Security Lab (2026-05), MVT documentation; no real export at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec

from svitac.formats import text
from svitac.formats.clock import EPOCH
from svitac.formats.json import UNDECODED
from svitac.model import File, Problem, Unreadable, Where

# A folder, file or zip of that name. Not any path with "intrusion" in it: a bug report in a folder "intrusion at X"
# would be taken for a log, and not be read as what it is.
PATHS = ("**/[Ii]ntrusion[ _-][Ll]og*", "**/[Ii]ntrusion[Ll]og*")
KEPT = "12 months in the owner's account, if the owner switched the log on"
DNS, CONNECT, SECURITY = "dns_event", "connect_event", "security_event"
KINDS = (DNS, CONNECT, SECURITY)
_LOOKED_AT = 100  # lines at the start among which an event must stand, in a file that is such a log
_HEAD = 40  # characters in which the wrapper is named
_MAPPED = "::ffff:"

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
T = TypeVar("T")


def events(file: File, kind: str, cls: type[T]) -> Iterator[tuple[Where, T] | Problem]:
    """Every event of one kind. `cls` is a struct with one field, named like the wrapper. Raises Unreadable."""
    decode, start, others = msgspec.json.Decoder(cls).decode, f'{{"{kind}"', tuple(f'{{"{k}"' for k in KINDS)
    is_log = kind != SECURITY  # only one of the three tells what is no event
    for number, line in text.lines(file):
        if line.startswith(start) or (not line.startswith(others) and _is_of(line, kind)):
            where = text.at(file, number)
            try:
                yield where, decode(line.lstrip("\ufeff"))
            except UNDECODED as exc:
                yield Problem(where=where, detail=f"{kind} that cannot be read, or is cut: {exc}: {line[:80]!r}")
        elif kind == SECURITY and line and not line.isspace() and not line.startswith(others):
            is_log = is_log or _any_event(file)
            if not is_log:
                raise Unreadable(f"not an intrusion log: {line[:80]!r}", f"line {number}")
            if not any(_is_of(line, k) for k in KINDS):
                yield Problem(where=text.at(file, number), detail=f"not an event, or cut: {line[:80]!r}")


def _is_of(line: str, kind: str) -> bool:
    """Whether an unusually written line names this wrapper first."""
    head = line.lstrip("\ufeff \t{")[:_HEAD]
    return head.startswith(f'"{kind}"')


def _any_event(file: File) -> bool:
    """Whether some line near the start is an event."""
    for number, line in text.lines(file):
        if any(_is_of(line, kind) for kind in KINDS):
            return True
        if number >= file.first_line + _LOOKED_AT:
            break
    return False


def milliseconds(value: int | str | None) -> datetime:
    """When an event of `DNS` or `CONNECT` was. Raises ValueError."""
    return _time(value, 1_000)


def nanoseconds(value: int | str | None) -> datetime:
    """When an event of `SECURITY` was, to the microsecond. Raises ValueError."""
    return _time(value, 0)


def _time(value: int | str | None, microseconds: int) -> datetime:
    if value is None:
        raise ValueError("an event without its time")
    number = int(value)
    try:
        return EPOCH + timedelta(microseconds=number * microseconds if microseconds else number // 1_000)
    except OverflowError as exc:
        raise ValueError(f"a time out of range: {number}") from exc


def address(value: str) -> str:
    """An address as Java prints it, `name/192.0.2.7` or `/192.0.2.7`: the part after the slash."""
    bare = value.rpartition("/")[2]
    tail = bare.removeprefix(_MAPPED)
    return tail if tail.count(".") == 3 else bare
