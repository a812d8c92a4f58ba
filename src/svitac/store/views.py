"""Parquet records as SQL views, for rules and for analysts: `android.dumpsys_package` is `android_dumpsys_package`.

Every artifact has its view, empty when the evidence held none, so that a query always runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from svitac.declare import Artifact
from svitac.store.schema import schema

OFFLINE = {  # DuckDB would otherwise fetch what a query seems to need
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}


def name_of(artifact: str) -> str:
    """The view of an artifact."""
    return artifact.replace(".", "_")


def connect(
    records: Path,
    artifacts: Iterable[Artifact[Any]],
    lists: Mapping[str, list[dict[str, str]]] | None = None,
    helpers: str = "",
) -> duckdb.DuckDBPyConnection:
    """A private in-memory database with a view for every artifact.

    `lists` become tables, `helpers` is SQL that defines more views. It can read the given folder and nothing else, and
    its settings are locked.
    """
    db = duckdb.connect(":memory:", config=OFFLINE)
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET enable_progress_bar = false")  # it would print into our standard output
    for artifact in artifacts:
        path, view = records / f"{artifact.id}.parquet", name_of(artifact.id)
        if path.exists():
            quoted = str(path).replace("'", "''")
            db.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{quoted}')")  # noqa: S608 - a quoted path
        else:
            db.register("nothing", pa.Table.from_pylist([], schema(artifact.record)))
            db.execute(f"CREATE TABLE {view} AS SELECT * FROM nothing")  # noqa: S608 - our own artifact's name
            db.unregister("nothing")
    for name, rows in (lists or {}).items():
        db.register("rows", pa.Table.from_pylist(rows))
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")  # noqa: S608 - our own list's name
        db.unregister("rows")
    if helpers:
        db.execute(helpers)
    db.execute("SET allowed_directories = [?]", [str(records)])
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    return db
