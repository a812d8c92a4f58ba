"""A stream that turns every failure of a container into `Unreadable`, and refuses decompression bombs."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import BinaryIO, cast

from svitac.model import Unreadable

# A log rarely compresses beyond 60:1 and DEFLATE cannot exceed 1032:1: only a bomb is both this large and this dense.
BOMB_SIZE = 64 * 2**20
BOMB_RATIO = 400
BROKEN = (
    zlib.error,
    EOFError,
    OSError,
    zipfile.BadZipFile,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class _Guarded(io.RawIOBase):
    def __init__(self, stream: BinaryIO, compressed: int | None, below: BinaryIO | None) -> None:
        self._stream, self._compressed, self._below, self._read = stream, compressed, below, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        try:
            got = self._stream.read(len(buffer))
        except BROKEN as exc:
            raise Unreadable(f"damaged or truncated: {exc}", f"offset {self._read:#x}") from exc
        self._read += len(got)
        if self._compressed is not None and self._read > BOMB_SIZE + BOMB_RATIO * self._compressed:
            raise Unreadable(f"refused: {self._read} bytes out of {self._compressed} is a decompression bomb")
        buffer[: len(got)] = got
        return len(got)

    def close(self) -> None:
        self._stream.close()
        if self._below:
            self._below.close()
        super().close()


def guarded(stream: BinaryIO, compressed: int | None = None, below: BinaryIO | None = None) -> BinaryIO:
    """A buffered reader of `stream`. `compressed` is how many bytes it was before, when it was compressed.

    `below` is a stream that `stream` reads from and does not close by itself.
    """
    return cast(BinaryIO, io.BufferedReader(_Guarded(stream, compressed, below), 2**16))
