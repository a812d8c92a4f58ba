"""Records to Parquet and back, in batches: memory does not grow with the number of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from svitac.model import Bulk, Record, Where
from svitac.store.schema import bulk_columns, columns, records, schema

BATCH = 50_000


class Table:
    """An open Parquet file of one record type. A file appears with its first record."""

    def __init__(self, cls: type[Record], path: Path) -> None:
        self.cls, self.path, self.rows = cls, path, 0
        self._held: list[Record] = []
        self._batches: list[pa.RecordBatch] = []  # not written yet
        self._waiting = 0  # rows in them
        self._writer: pq.ParquetWriter | None = None

    def add(self, record: Record) -> None:
        self._held.append(record)
        if len(self._held) >= BATCH:
            self._turn()
            self._write()

    def add_bulk(self, bulk: Bulk) -> None:
        self._turn()
        self._wait(bulk_columns(bulk))
        if self._waiting >= BATCH:
            self._write()

    def close(self) -> None:
        self._turn()
        self._write()
        if self._writer:
            self._writer.close()

    def _turn(self) -> None:
        """What was added as records becomes a batch."""
        if self._held:
            self._wait(columns(self.cls, self._held))
            self._held = []

    def _wait(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self._waiting += batch.num_rows

    def _write(self) -> None:
        if not self._batches:
            return
        if not self._writer:
            self._writer = writer(self.path, schema(self.cls))
        self._writer.write_table(pa.Table.from_batches(self._batches).combine_chunks())
        self.rows += self._waiting
        self._batches, self._waiting = [], 0


def writer(path: Path, wanted: pa.Schema) -> pq.ParquetWriter:
    """The one way we write Parquet: same rows, same bytes."""
    return pq.ParquetWriter(path, wanted, compression="zstd", store_schema=True)


def join(parts: list[Path], target: Path) -> None:
    """Make one file of parts of one record type, in their order. The parts are gone afterwards."""
    if len(parts) == 1:
        parts[0].rename(target)
        return
    with writer(target, pq.read_schema(parts[0])) as whole:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(BATCH):
                whole.write_batch(batch)
            part.unlink()


def read_at(cls: type[Record], path: Path, wanted: Iterable[Where]) -> Iterator[Record]:
    """The records that stand at one of the places, in order. Others are passed over unread."""
    spots = pa.array(sorted({f"{where.path}\0{where.spot}" for where in wanted}), pa.string())
    for batch in pq.ParquetFile(path).iter_batches(BATCH):
        where = batch.column("where")
        own = pc.binary_join_element_wise(where.field("path"), where.field("spot"), "\0")
        yield from records(cls, batch.filter(pc.is_in(own, spots)))


def read(cls: type[Record], path: Path) -> Iterator[Record]:
    """The records of a Parquet file, in order."""
    for batch in pq.ParquetFile(path).iter_batches(2_000):
        yield from records(cls, batch)
