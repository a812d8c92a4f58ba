"""A stream that turns every failure of a container into `Unreadable`, and refuses decompression bombs."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from typing import Any, BinaryIO, cast

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
            got = _some(self._stream, len(buffer))
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


def guarded(
    stream: BinaryIO, compressed: int | None = None, below: BinaryIO | None = None, *, buffered: bool = True
) -> BinaryIO:
    """A buffered reader of `stream`. `compressed` is how many bytes it was before, when it was compressed.

    `below` is a stream that `stream` reads from and does not close by itself.
    """
    raw = _Guarded(stream, compressed, below)
    return cast(BinaryIO, io.BufferedReader(raw, 2**16) if buffered else raw)


class ToTheDamage(io.BufferedIOBase):
    """Every byte up to the damage, however many are asked for at once: a buffered reader would drop the last ones.

    The read after the damage raises Unreadable; with `says` false it is an end, and `broken` tells. Only for what is
    told elsewhere: who reads once and stops does not learn that there was more.
    """

    def __init__(self, stream: BinaryIO, says: bool) -> None:
        self._stream, self._says = stream, says
        self.broken: Unreadable | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        most = -1 if size is None else size
        parts: list[bytes] = []
        got = 0
        while self.broken is None and (most < 0 or got < most):
            try:
                part = _some(self._stream, 2**16 if most < 0 else min(2**16, most - got))
            except Unreadable as exc:
                self.broken = Unreadable(str(exc), exc.spot)  # a copy: a traceback would hold on to this reader
            except BROKEN as exc:
                self.broken = Unreadable(f"damaged or truncated: {exc}")
            else:
                if not part:
                    break
                parts.append(part)
                got += len(part)
        if self.broken and self._says and not got and most:
            raise Unreadable(str(self.broken), self.broken.spot)
        return b"".join(parts)

    def read1(self, size: int = -1) -> bytes:
        return self.read(size if size >= 0 else 2**16)

    def close(self) -> None:
        self._stream.close()
        super().close()


def to_the_damage(stream: BinaryIO, says: bool = True) -> Any:
    """See `ToTheDamage`."""
    return ToTheDamage(stream, says)


def _some(stream: BinaryIO, most: int) -> bytes:
    """One step of a stream, so that an error costs no byte before it."""
    once = getattr(stream, "read1", stream.read)
    return cast(bytes, once(most))
