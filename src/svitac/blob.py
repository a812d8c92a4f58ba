"""Random-access bytes with independent readers: on disk, in memory, or spooled.

Readers never share a file offset, so forked workers and several parsers can read the same blob at once.
"""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from svitac.model import Unreadable

IN_MEMORY = 64 * 2**20  # what a spooled blob may keep in memory; the rest goes to an unlinked temporary file
BLOCK = 2**20


class Blob(Protocol):
    @property
    def size(self) -> int: ...
    def open(self) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file of the analyst's disk. Opened for reading only, and anew by every reader."""

    local: Path

    @property
    def size(self) -> int:
        return self.local.stat().st_size

    def open(self) -> BinaryIO:
        try:
            return self.local.open("rb")
        except OSError as exc:
            raise Unreadable(exc.strerror or "cannot be opened") from exc


@dataclass(frozen=True, slots=True)
class InMemory:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)


class Spooled:
    """An unlinked temporary file: gone when the process is gone, however it ends."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file  # keeps the descriptor alive
        self.size = size

    def __del__(self) -> None:
        self._file.close()

    def open(self) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Positioned(self._file.fileno(), 0, self.size), BLOCK))


class _Positioned(io.RawIOBase):
    """Reads a descriptor by position, leaving its shared offset alone."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor, self._start, self._size, self._at = descriptor, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._at)
        got = os.pread(self._descriptor, wanted, self._start + self._at) if wanted > 0 else b""
        buffer[: len(got)] = got
        self._at += len(got)
        return len(got)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


class Slice(io.RawIOBase):
    """The bytes `start` to `start + size` of a seekable stream, as a stream of its own."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        self._stream, self._left = stream, size
        stream.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        got = self._stream.read(min(len(buffer), self._left))
        buffer[: len(got)] = got
        self._left -= len(got)
        return len(got)

    def close(self) -> None:
        self._stream.close()
        super().close()


def cut(stream: BinaryIO, start: int, size: int) -> BinaryIO:
    """A buffered reader over one stretch of `stream`."""
    return cast(BinaryIO, io.BufferedReader(Slice(stream, start, size), BLOCK))


def spool(stream: BinaryIO) -> Blob:
    """Keep all of `stream` for random access: in memory when small, else in an unlinked temporary file."""
    head = stream.read(IN_MEMORY + 1)
    if len(head) <= IN_MEMORY:
        return InMemory(head)
    file = cast(BinaryIO, tempfile.TemporaryFile(prefix="svitac-"))  # noqa: SIM115 - lives as long as the blob
    size = file.write(head)
    del head
    while block := stream.read(BLOCK):
        size += file.write(block)
    file.flush()
    return Spooled(file, size)
