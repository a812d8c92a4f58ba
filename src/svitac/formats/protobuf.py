"""The protobuf wire format, without a schema: numbers, byte strings and groups by field number.

Artifacts name the fields they know (from the published `.proto`), so that an unknown or truncated message still gives
what stands before the damage. Source: protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from svitac.model import Unreadable

Value: TypeAlias = int | bytes
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MOST_FIELDS = 2**29  # field numbers are smaller, and never 0


def fields(raw: bytes) -> Iterator[tuple[int, Value]]:
    """Field number and value, in order. Numbers are unsigned; see `signed`. Raises Unreadable at the damage."""
    at = 0
    while at < len(raw):
        start = at
        key, at = _varint(raw, at)
        wire = key & 7
        if not 0 < key >> 3 < _MOST_FIELDS:
            raise Unreadable(f"protobuf: there is no field {key >> 3}", f"offset {start:#x}")
        if wire == _VARINT:
            value, at = _varint(raw, at)
            yield key >> 3, value
            continue
        if wire == _BYTES:
            size, at = _varint(raw, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise Unreadable(f"protobuf: wire type {wire} is not used", f"offset {at:#x}")
        if at + size > len(raw):
            raise Unreadable("protobuf: truncated", f"offset {at:#x}")
        part = raw[at : at + size]
        at += size
        yield key >> 3, part if wire == _BYTES else int.from_bytes(part, "little")


def collect(raw: bytes) -> dict[int, list[Value]]:
    """All values by field number. Raises Unreadable."""
    found: dict[int, list[Value]] = {}
    for number, value in fields(raw):
        found.setdefault(number, []).append(value)
    return found


def text(values: list[Value] | None) -> str:
    """The last of the values (as protobuf demands) as text; "" when absent or not a string."""
    value = values[-1] if values else b""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else ""


def number(values: list[Value] | None, absent: int = 0) -> int:
    """The last of the values as an unsigned number."""
    value = values[-1] if values else absent
    return value if isinstance(value, int) else absent


def signed(value: int) -> int:
    """An int32 or int64 field: negative numbers are written as ten-byte varints."""
    return value - 2**64 if value >= 2**63 else value


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(raw):
            raise Unreadable("protobuf: truncated", f"offset {at:#x}")
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at  # the tenth byte holds one bit; more are dropped, as by others
    raise Unreadable("protobuf: a number of more than ten bytes", f"offset {at:#x}")
