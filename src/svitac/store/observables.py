"""Every value that an indicator could match, once per artifact, with the first place: what a later hunt searches.

The columns are found by the kinds that records declare; see `svitac.model.Kind`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from svitac.declare import Artifact
from svitac.model import Kind
from svitac.store.schema import schema
from svitac.store.tables import writer
from svitac.store.views import name_of

COLUMNS = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),
        pa.field("artifact", pa.string(), nullable=False),
        pa.field("records", pa.int64(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("spot", pa.string(), nullable=False),
    ]
)


def write(db: duckdb.DuckDBPyConnection, artifacts: Iterable[Artifact[Any]], path: Path) -> int:
    """Write the observables of all views of `db` to Parquet; the number of rows."""
    parts = [part for artifact in artifacts for part in _selects(artifact)]
    query = f"""
        SELECT kind, value, artifact, count(*)::BIGINT AS records, min("where").path AS path, min("where").spot AS spot
        FROM ({" UNION ALL ".join(parts)}) WHERE value IS NOT NULL AND value <> ''
        GROUP BY kind, value, artifact ORDER BY kind, value, artifact
    """  # noqa: S608 - made of our own names
    rows = 0
    with writer(path, COLUMNS) as out:
        for batch in db.sql(query).to_arrow_reader(50_000):
            out.write_batch(batch.cast(COLUMNS))
            rows += batch.num_rows
    return rows


def _selects(artifact: Artifact[Any]) -> Iterator[str]:
    view = name_of(artifact.id)
    for field in schema(artifact.record):
        for kind, value, source in _values(field, f'"{field.name}"', view):
            yield f"SELECT '{kind}' AS kind, {value} AS value, '{artifact.id}' AS artifact, \"where\" FROM {source}"  # noqa: S608


def _values(field: pa.Field, column: str, source: str) -> Iterator[tuple[str, str, str]]:
    """Kind, SQL of the value, SQL of the table, for a field and all that is nested in it."""
    kinds = [k for k in ((field.metadata or {}).get(b"kind", b"").decode()).split(",") if k and k != Kind.TEXT]
    inner = field.type
    if pa.types.is_list(inner):
        source = f'(SELECT unnest({column}) AS element, "where" FROM {source})'  # noqa: S608
        column, inner = "element", inner.value_type
    if pa.types.is_struct(inner):
        for part in inner:
            yield from _values(part, f'{column}."{part.name}"', source)
    elif pa.types.is_string(inner):
        for kind in kinds:
            yield kind, column, source
