"""Archives that were cut: a zip whose list of files at the end is missing is read by the header before each file.

AndroidQF in streaming mode writes one zip and encrypts it on the way; unplug the phone or the stick and neither the
end of the encryption nor the zip's list of files is ever written. Everything before is there. Each file has its own
header: `PK\\x03\\x04`, version, flags, method, DOS time and date, CRC-32, packed and unpacked size, lengths of name and
extra field (zip64 sizes stand in extra field 1). With flag 8 the sizes were not known yet and follow the bytes,
`[PK\\x07\\x08] CRC packed unpacked`, in four or eight bytes each: DEFLATE tells by itself where it ends, stored bytes
end where such a line agrees with its own place. Nothing is guessed: where no header stands where one should, reading
stops, because a zip or an APK inside holds headers of its own. What a salvaged archive says cannot be held against a
list of files, so a file that was taken out of it is not noticed. Source: PKWARE APPNOTE 6.3.10, section 4.3.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from svitac.blob import Blob, spool
from svitac.model import Unreadable
from svitac.sources.guard import BOMB_RATIO, BOMB_SIZE, BROKEN, guarded, to_the_damage

HEADER, LISTED, DESCRIPTOR = b"PK\x03\x04", (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"), b"PK\x07\x08"
STORED, DEFLATED = 0, 8
MOST = 2_000_000  # entries
_BLOCK = 2**16
_FIXED = 30  # bytes of a header before the name
_ZIP64, _UNKNOWN = 1, 0xFFFF_FFFF


@dataclass(slots=True)
class Entry:
    """One file of the archive. `cut` says why its bytes end early; it is "" for a whole one."""

    name: str
    at: int  # where its header begins
    start: int  # where its bytes begin
    method: int
    flags: int
    moment: tuple[int, ...]  # as `zipfile.ZipInfo.date_time`
    crc: int | None
    packed: int | None  # bytes in the archive; None: until DEFLATE ends
    size: int
    cut: str = ""

    def open(self, blob: Blob) -> BinaryIO:
        """The bytes; those of a cut entry up to the cut, and Unreadable after it."""
        if self.flags & 1:
            raise Unreadable("encrypted zip entry")
        raw = _Bytes(blob.open(), self)
        if self.cut:
            return cast(BinaryIO, to_the_damage(guarded(cast(BinaryIO, raw), self.packed, buffered=False)))
        return guarded(cast(BinaryIO, raw), self.packed)


@dataclass(slots=True)
class Salvaged:
    """What an archive without its list still holds, and where it breaks."""

    entries: list[Entry] = field(default_factory=list)
    broken_at: int = 0
    why: str = ""

    def says(self) -> str:
        """For the examiner: how much there is, where it breaks, and what of the last file can be read."""
        cut = [entry for entry in self.entries if entry.cut]
        text = f"{len(self.entries) - len(cut)} whole files were salvaged by their own headers; "
        text += f"the archive breaks at offset {self.broken_at:#x}: {self.why}"
        return text + "".join(f", inside {e.name!r} (its first {e.size} bytes can be read)" for e in cut)


def salvage(blob: Blob) -> Salvaged:
    """Every entry from the first byte to the first damage. Raises Unreadable when there is none at all."""
    found = Salvaged()
    with blob.open() as stream:
        for entry in _entries(stream, blob, found):
            found.entries.append(entry)
            if len(found.entries) > MOST:
                raise Unreadable(f"refused: a zip of more than {MOST} entries")
    if not found.entries:
        raise Unreadable(f"damaged or truncated zip, and no file in it can be salvaged: {found.why}")
    return found


def spooled(stream: BinaryIO) -> tuple[Blob, Unreadable | None]:
    """Keep all that can be read of `stream` for random access, and what stopped it, if anything did."""
    reader = to_the_damage(stream, says=False)
    return spool(cast(BinaryIO, reader)), reader.broken


def _entries(stream: BinaryIO, blob: Blob, found: Salvaged) -> Iterator[Entry]:
    at = 0
    while True:
        found.broken_at = at
        entry = _entry(stream, at, found)
        if entry is None:
            return
        after = _end(stream, blob, entry)
        if entry.cut:
            found.why, found.broken_at = entry.cut, after
        if not (entry.name.endswith("/") and not entry.size):
            yield entry
        if entry.cut:
            return
        at = after


def _entry(stream: BinaryIO, at: int, found: Salvaged) -> Entry | None:
    """The header at `at`; None, and why, when there is none."""
    stream.seek(at)
    head = stream.read(_FIXED)
    if not head.startswith(HEADER):
        listed = head.startswith(LISTED)
        found.why = "its list of files is damaged" if listed else "no file begins where one should"
        if not head:
            found.why = "it ends behind a whole file"
        return None
    names, extras = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    tail = stream.read(names + extras)
    if len(head) < _FIXED or len(tail) < names + extras:
        found.why = "it ends inside a header"
        return None
    flags, method, clock, day = (int.from_bytes(head[n : n + 2], "little") for n in (6, 8, 10, 12))
    crc, packed, size = (int.from_bytes(head[n : n + 4], "little") for n in (14, 18, 22))
    if _UNKNOWN in (packed, size):
        packed, size = _zip64(tail[names:], packed, size)
    name = tail[:names].decode("utf-8" if flags & 0x800 else "cp437", "backslashreplace")
    later = bool(flags & 8) and not packed
    moment = (1980 + (day >> 9), day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2)
    start = at + _FIXED + names + extras
    return Entry(name, at, start, method, flags, moment, None if later else crc, None if later else packed, size)


def _zip64(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        body, at = extra[at + 4 : at + 4 + length], at + 4 + length
        if kind == _ZIP64 and len(body) >= 16:
            return int.from_bytes(body[8:16], "little"), int.from_bytes(body[:8], "little")
    return packed, size


def _end(stream: BinaryIO, blob: Blob, entry: Entry) -> int:
    """Where the next header should begin. What is not known yet of the entry is filled in."""
    if entry.packed is not None:
        whole = entry.start + entry.packed <= blob.size
        if not whole:
            entry.cut = "the archive ends inside this file"
            _measure(blob, entry)
        return entry.start + entry.packed if whole else blob.size
    if entry.flags & 1 or entry.method not in (STORED, DEFLATED):
        entry.cut, entry.size = "its size is not told, and only unpacking it would show its end", 0
        return entry.start
    entry.packed = _stored_end(stream, entry.start) if entry.method == STORED else _measure(blob, entry)
    if entry.packed is None:
        entry.packed = blob.size - entry.start
        entry.size = entry.size or entry.packed
        entry.cut = entry.cut or "the archive ends inside this file"
        return blob.size
    return _descriptor(stream, entry)


def _measure(blob: Blob, entry: Entry) -> int | None:
    """Unpack and count, without keeping. The packed size, or None when the entry does not end by itself."""
    if entry.flags & 1 or entry.method not in (STORED, DEFLATED):
        entry.size = 0
        return None
    with _Bytes(blob.open(), entry) as raw:
        try:
            while raw.read(_BLOCK):
                if raw.unpacked > BOMB_SIZE + BOMB_RATIO * raw.packed:
                    entry.cut = "refused: a decompression bomb"
                    return None
        except BROKEN as exc:
            entry.cut = entry.cut or ("" if isinstance(exc, EOFError) else f"damaged: {exc}")
        entry.size = raw.unpacked
        return raw.packed if raw.ended else None


def _stored_end(stream: BinaryIO, start: int) -> int | None:
    """How many stored bytes stand before a descriptor that agrees with its own place."""
    stream.seek(start)
    base, window = start, b""
    while block := stream.read(_BLOCK):
        window += block
        at = window.find(DESCRIPTOR)
        while at >= 0 and at + 16 <= len(window):
            if int.from_bytes(window[at + 8 : at + 12], "little") == (base + at - start) & _UNKNOWN:
                return base + at - start
            at = window.find(DESCRIPTOR, at + 1)
        keep = len(window) - at if at >= 0 else len(DESCRIPTOR) - 1
        base, window = base + len(window) - keep, window[-keep:]
    return None


def _descriptor(stream: BinaryIO, entry: Entry) -> int:
    """Where the line with the sizes ends. One that does not agree with what was unpacked marks the entry as cut."""
    packed = entry.packed or 0
    stream.seek(entry.start + packed)
    raw = stream.read(24)
    skip = len(DESCRIPTOR) if raw.startswith(DESCRIPTOR) else 0
    size = packed if entry.method == STORED else entry.size
    for width in (4, 8):
        parts = raw[skip + 4 : skip + 4 + width], raw[skip + 4 + width : skip + 4 + 2 * width]
        wanted = tuple((n & (1 << 8 * width) - 1).to_bytes(width, "little") for n in (packed, size))
        if parts == wanted:
            entry.crc, entry.size = int.from_bytes(raw[skip : skip + 4], "little"), size
            return entry.start + packed + skip + 4 + 2 * width
    ends = len(raw) < skip + 12
    entry.cut = "the archive ends behind its bytes, before their checksum" if ends else "its sizes do not agree"
    return entry.start + packed


class _Bytes(io.RawIOBase):
    """The bytes of one entry, unpacked; `packed` and `unpacked` count them."""

    def __init__(self, stream: BinaryIO, entry: Entry) -> None:
        self._stream, self._entry = stream, entry
        self._left = entry.packed
        self._crc = self.packed = self.unpacked = 0
        self.ended = False
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
        self._pending = b""
        stream.seek(entry.start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if self._entry.method not in (STORED, DEFLATED):
            raise NotImplementedError(f"compression method {self._entry.method} of zip")
        part = b""
        while not part and not self.ended:
            part = self._inflated(len(buffer)) if self._inflater else self._copied(len(buffer))
        self.unpacked += len(part)
        self._crc = zlib.crc32(part, self._crc)
        if not part and self._entry.crc not in (None, self._crc):
            raise EOFError("the checksum of the file does not fit its bytes")
        if not part and self._entry.cut:
            raise EOFError(self._entry.cut)
        buffer[: len(part)] = part
        return len(part)

    def _more(self, most: int) -> bytes:
        raw = self._stream.read(most if self._left is None else min(most, self._left))
        if self._left is not None:
            self._left -= len(raw)
        return raw

    def _copied(self, most: int) -> bytes:
        part = self._more(most)
        self.packed += len(part)
        self.ended = self._left == 0
        if not part and not self.ended:
            raise EOFError("the archive ends inside this file")
        return part

    def _inflated(self, most: int) -> bytes:
        assert self._inflater is not None  # noqa: S101 - asked by the caller
        raw = self._pending or self._more(_BLOCK)
        part = self._inflater.decompress(raw, most)
        self._pending = self._inflater.unconsumed_tail
        self.packed += len(raw) - len(self._pending) - len(self._inflater.unused_data)
        self.ended = self._inflater.eof
        if not raw and not part and not self.ended:
            raise EOFError("the archive ends inside this file")
        return part

    def close(self) -> None:
        self._stream.close()
        super().close()
