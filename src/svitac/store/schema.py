"""Record types as Arrow schemas, and back. The schema is taken from the record type; nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa

from svitac.model import Bulk, Kind, LocalTime, Record

_PLAIN = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}
_LOCAL = pa.struct(
    [
        pa.field("wall", pa.timestamp("us"), nullable=False),
        pa.field("zone", pa.string(), nullable=False),
        pa.field("utc", pa.timestamp("us", tz="UTC")),
        pa.field("ambiguous", pa.bool_(), nullable=False),
    ]
)


def schema(cls: type[Record]) -> pa.Schema:
    """The columns of a record type, each field's kind in its metadata (`kind`), for hunting."""
    return _schema(cls)


@cache
def _schema(cls: type[Record]) -> pa.Schema:
    return pa.schema([_field(name, hint) for name, hint in get_type_hints(cls, include_extras=True).items()])


def _field(name: str, hint: Any) -> pa.Field:
    kinds = ",".join(sorted(kinds_of(hint)))
    kind, optional = _arrow(hint)
    return pa.field(name, kind, nullable=optional, metadata={"kind": kinds} if kinds else None)


def _arrow(hint: Any) -> tuple[Any, bool]:
    hint, optional = strip(hint)
    if hint is LocalTime:
        return _LOCAL, optional
    if hint in _PLAIN:
        return _PLAIN[hint], optional
    if get_origin(hint) is tuple:
        item, _ = _arrow(get_args(hint)[0])
        return pa.list_(pa.field("item", item, nullable=False)), optional
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pa.string(), optional
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return pa.struct([_field(n, h) for n, h in get_type_hints(hint, include_extras=True).items()]), optional
    raise TypeError(f"a record cannot hold {hint!r}")


def strip(hint: Any) -> tuple[Any, bool]:
    """A type hint without `Annotated` and `| None`, and whether None was allowed."""
    optional = False
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        elif get_origin(hint) in (Union, UnionType):
            optional = type(None) in get_args(hint)
            (hint,) = (a for a in get_args(hint) if a is not type(None))
        else:
            return hint, optional


def kinds_of(hint: Any) -> frozenset[Kind]:
    """Every `Kind` written anywhere in a type hint, not descending into structs."""
    found = {m.extra["kind"] for m in getattr(hint, "__metadata__", ()) if getattr(m, "extra", None)}
    return frozenset(found).union(*(kinds_of(arg) for arg in get_args(hint) if arg is not Ellipsis))


def columns(cls: type[Record], records: list[Record]) -> pa.RecordBatch:
    """Records as one batch of columns."""
    wanted = schema(cls)
    values = zip(*map(attrgetter(*wanted.names), records), strict=True)
    arrays = [_column(column, field.type) for column, field in zip(values, wanted, strict=True)]
    return pa.record_batch(arrays, schema=wanted)


def bulk_columns(bulk: Bulk) -> pa.RecordBatch:
    """The same of records that never were."""
    wanted = schema(bulk.record)
    count = len(bulk)
    spots = pa.array([f"item {number}" for number in range(bulk.first, bulk.first + count)])
    where = pa.StructArray.from_arrays([pa.repeat(bulk.path, count), spots], fields=list(wanted.field("where").type))
    arrays = [where if f.name == "where" else _bulk_column(bulk.columns[f.name], f.type) for f in wanted]
    return pa.record_batch(arrays, schema=wanted)


def _bulk_column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind) and not isinstance(next((v for v in values if v is not None), None), datetime):
        return pa.array(values, pa.timestamp("s", tz="UTC")).cast(kind)
    return _column(values, kind)


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_struct(kind) and None not in values:
        rows = zip(*map(attrgetter(*(f.name for f in kind)), values), strict=True)
        parts = [_column(column, f.type) for column, f in zip(rows, kind, strict=True)]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    if pa.types.is_nested(kind):
        values = msgspec.to_builtins(values, builtin_types=(bytes, datetime))
    return pa.array(values, kind)


def records(cls: type[Record], batch: pa.RecordBatch) -> Iterator[Record]:
    """The records of a batch of columns, as they were."""
    for row in batch.to_pylist():
        yield msgspec.convert(row, cls, builtin_types=(bytes, datetime))
