"""Android apps as files (APK): the manifest in binary XML, its resources, and the certificates of the signers.

An APK is a zip. Malformed ones are common on purpose, so the reading follows what Android does, not what the zip
standard says: a member of an unknown compression method is taken as stored, "encrypted" flags are ignored, attributes
are known by their resource id and not by their name (which obfuscators blank), chunk types that mean nothing are
skipped. What is odd about the archive is told. Nothing is verified: Android refuses to install an app that was repacked
under its old certificate, since the signature is then broken, but a file can hold anything.

- `AndroidManifest.xml` and `resources.arsc`: chunks of `u16 type, u16 header size, u32 size`, little endian. A string
  pool (UTF-16, or UTF-8 by flag 0x100), a map of resource ids, then elements with attributes of 20 bytes. A value is
  text, a number, a flag, or a reference that the resource table resolves, here in its default configuration.
  Source: AOSP `frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h`.
- The APK Signing Block stands right before the central directory of the zip, ends in `APK Sig Block 42`, and holds
  pairs of id and value; schemes v2, v3 and v3.1 are lists of signers with the DER of their certificates, the signer's
  own first. Certificates that v3 rotated away (its proof of rotation) are not read.
  Source: source.android.com, "APK signature scheme v2", "v3"; AOSP `ApkSigningBlockUtils`.
- Scheme v1 is a detached PKCS #7 in `META-INF/*.RSA`, `.DSA` or `.EC`.

Everything costs no more than its length: strings, look-ups and configurations that repeat without end are refused.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from msgspec import Struct

from svitac.blob import spool
from svitac.model import File, Loss, Problem, Unreadable, Where
from svitac.sources.guard import BROKEN

LARGEST = 64 * 2**20  # bytes of one member of the archive, and of the strings of one pool
MOST_LOOKUPS, MOST_CONFIGURATIONS, MOST_HOPS = 20_000, 200, 8
MANIFEST, RESOURCES = "AndroidManifest.xml", "resources.arsc"
SCHEMES = {0x7109871A: "v2", 0xF05368C0: "v3", 0x1B93AD61: "v3.1"}
NAMES = {  # AOSP frameworks/base/core/res/res/values/public-final.xml; these numbers never change
    0x01010001: "label",
    0x01010003: "name",
    0x01010006: "permission",
    0x01010007: "readPermission",
    0x01010008: "writePermission",
    0x0101000F: "debuggable",
    0x01010010: "exported",
    0x0101020C: "minSdkVersion",
    0x0101021B: "versionCode",
    0x0101021C: "versionName",
    0x01010270: "targetSdkVersion",
    0x01010576: "versionCodeMajor",
}
_POOL, _TABLE, _START, _END, _IDS, _PACKAGE, _TYPE = 0x0001, 0x0002, 0x0102, 0x0103, 0x0180, 0x0200, 0x0201
_REFERENCES, _TEXT, _DECIMAL, _FLAG, _NUMBERS = (0x01, 0x07), 0x03, 0x10, 0x12, range(0x10, 0x20)
_NONE = 0xFFFFFFFF
_REFUSED = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


class Reference(int):
    """A resource id that stands in place of a value."""


Value: TypeAlias = str | int | bool | Reference | None


@contextmanager
def lenient() -> Iterator[None]:
    """Around the reading of certificates: no warnings about odd ones, and Unreadable for whatever is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _REFUSED as exc:
        raise Unreadable(str(exc)) from exc


class Element(Struct, frozen=True):
    """An element of the manifest where it begins: `parents` are the outermost four tags around it."""

    where: Where
    tag: str
    values: dict[str, Value]
    parents: tuple[str, ...]


class Apk:
    """One APK. `problems` collects what is odd and what could not be read, beside what was."""

    def __init__(self, file: File) -> None:
        self.path, self.problems = file.path, list[Problem]()
        with file.open() as source:
            self._blob = spool(source)
        try:
            archive = zipfile.ZipFile(self._blob.open())
        except BROKEN as exc:
            raise Unreadable(f"not a whole APK: {exc}") from exc
        with archive:
            self._members = {info.filename: info for info in archive.infolist()}
            twice = len(archive.infolist()) - len(self._members)
            self._directory = archive.start_dir
        self._raw = self._blob.open()
        if self._raw.read(4) == b"dex\n":
            self.note("", "code stands before the archive, which Android 5 to 7 ran unverified (Janus, CVE-2017-13156)")
        if twice:
            self.note("", f"{twice} members have the name of another; read is the last (Master Key, CVE-2013-4787)")
        table = self._content(RESOURCES)
        self._resources = Resources(table) if table else None

    def note(self, spot: str, detail: str, loss: Loss = Loss.NONE) -> None:
        """Remember a problem of this file."""
        self.problems.append(Problem(where=Where(self.path, spot), detail=detail, loss=loss))

    def elements(self) -> Iterator[Element]:
        """The elements of the manifest, to the damage, which is noted."""
        content = self._content(MANIFEST)
        if content is None:
            self.note("", f"no {MANIFEST} can be read", Loss.FILE)
            return
        try:
            for at, tag, values, parents in _elements(content):
                yield Element(Where(self.path, f"entry {MANIFEST}, offset {at:#x}"), tag, values, parents)
        except (Unreadable, struct.error) as exc:
            self.note(f"entry {MANIFEST}", f"damaged: {exc}", Loss.FILE)

    def resolved(self, value: Value) -> Value:
        """A value with references followed; None when there is nothing at their end."""
        if not isinstance(value, Reference):
            return value
        try:
            return self._resources.find(value) if self._resources else None
        except (Unreadable, struct.error) as exc:
            self.note(f"entry {RESOURCES}", f"damaged: {exc}", Loss.FILE)
            self._resources = None
            return None

    def certificates(self) -> Iterator[tuple[str, bytes]]:
        """Scheme and DER of every certificate of every signer, as they stand; one may come once per scheme."""
        for name in sorted(self._members):
            if name.upper().startswith("META-INF/") and name.upper().endswith((".RSA", ".DSA", ".EC")):
                yield from (("v1", der) for der in self._enveloped(name))
        try:
            for kind, value in self._signing_block():
                if kind in SCHEMES:
                    yield from ((SCHEMES[kind], der) for der in _signers(value))
        except (Unreadable, struct.error) as exc:
            self.note("signing block", f"damaged: {exc}", Loss.FILE)

    def _enveloped(self, name: str) -> list[bytes]:
        content = self._content(name) or b""
        try:
            with lenient():
                return [c.public_bytes(Encoding.DER) for c in pkcs7.load_der_pkcs7_certificates(content)]
        except Unreadable as exc:
            self.note(f"entry {name}", f"not a signature: {exc}", Loss.ITEM)
            return []

    def _content(self, name: str) -> bytes | None:
        """A member of the archive as Android unpacks it; None, with a problem, if it cannot be."""
        info, spot = self._members.get(name), f"entry {name}"
        if info is None:
            return None
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.note(spot, "marked as encrypted or packed in an unknown way, to mislead tools; Android ignores it")
        try:
            self._raw.seek(info.header_offset + 26)
            self._raw.seek(sum(struct.unpack("<2H", self._raw.read(4))), io.SEEK_CUR)
            if info.compress_type != zipfile.ZIP_DEFLATED:
                return self._raw.read(min(info.file_size, LARGEST))
            packed = self._raw.read(min(info.compress_size, LARGEST))
            content = (unpacker := zlib.decompressobj(-15)).decompress(packed, LARGEST)
        except (zlib.error, struct.error, ValueError, OSError) as exc:
            self.note(spot, f"cannot be unpacked: {exc}", Loss.FILE)
            return None
        if not unpacker.eof:
            self.note(spot, f"cut, or larger than {LARGEST} bytes", Loss.FILE)
        return content

    def _signing_block(self) -> Iterator[tuple[int, bytes]]:
        if self._directory < 32:
            return
        self._raw.seek(self._directory - 24)
        size, magic = struct.unpack("<Q16s", self._raw.read(24))
        if magic != b"APK Sig Block 42":
            return
        if not 24 <= size <= min(self._directory - 8, LARGEST):
            raise Unreadable(f"it says that it has {size} bytes")
        self._raw.seek(self._directory - size)
        pairs, at = self._raw.read(size - 24), 0
        while at < len(pairs):
            length, kind = struct.unpack_from("<QI", pairs, at)
            if not 4 <= length <= len(pairs) - at - 8:
                raise Unreadable(f"a pair says that it has {length} bytes")
            yield kind, pairs[at + 12 : at + 8 + length]
            at += 8 + length


def _signers(value: bytes) -> Iterator[bytes]:
    (signers,) = _parts(value, 1)
    for signer in _sequence(signers):
        (signed,) = _parts(signer, 1)
        _, certificates = _parts(signed, 2)  # digests, certificates; then SDK versions (v3), attributes
        yield from _sequence(certificates)


def _parts(raw: bytes, count: int) -> list[bytes]:
    parts = list(islice(_sequence(raw), count))
    if len(parts) < count:
        raise Unreadable("an empty signature")
    return parts


def _sequence(raw: bytes) -> Iterator[bytes]:
    """Parts with their length before each."""
    at = 0
    while at + 4 <= len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        if at + 4 + length > len(raw):
            raise Unreadable(f"a part of {length} bytes where {len(raw) - at - 4} are left")
        yield raw[at + 4 : at + 4 + length]
        at += 4 + length


class _Chunk(NamedTuple):
    kind: int
    at: int  # of its header
    body: int  # after its header
    end: int


def _chunks(raw: bytes, at: int, end: int) -> Iterator[_Chunk]:
    while at + 8 <= end:
        kind, header, size = struct.unpack_from("<HHI", raw, at)
        if not 8 <= header <= size:
            raise Unreadable(f"a chunk of {size} bytes with a header of {header} at {at:#x}")
        yield _Chunk(kind, at, at + header, min(at + size, end))
        if at + size > end:
            raise Unreadable(f"cut at {end:#x}")
        at += size


class Strings:
    """A string pool; strings are read when asked for."""

    def __init__(self, raw: bytes, chunk: _Chunk) -> None:
        self._raw, self._chunk, self._left = raw, chunk, LARGEST
        self._count, _, flags, start = struct.unpack_from("<4I", raw, chunk.at + 8)
        self._utf8, self._start = bool(flags & 0x100), chunk.at + start
        self._read: dict[int, str | None] = {_NONE: None}

    def get(self, index: int) -> str | None:
        """The string of this number, None if there is none."""
        if index not in self._read:
            self._read[index] = self._string(index)
        return self._read[index]

    def _string(self, index: int) -> str | None:
        at = self._chunk.body + 4 * index
        if at + 4 > self._chunk.end:
            return None
        at = self._start + int.from_bytes(self._raw[at : at + 4], "little")
        if self._utf8:
            _, at = self._length(at, 1)  # in UTF-16 units; the one in bytes follows
        length, at = self._length(at, 1 if self._utf8 else 2)
        content = self._raw[at : min(at + length * (1 if self._utf8 else 2), self._chunk.end)]
        self._left -= len(content)
        if self._left < 0:
            raise Unreadable("strings without end")
        return content.decode("utf-8" if self._utf8 else "utf-16-le", "replace")

    def _length(self, at: int, width: int) -> tuple[int, int]:
        high = 1 << (8 * width - 1)
        first = int.from_bytes(self._raw[at : at + width], "little")
        if not first & high:
            return first, at + width
        second = int.from_bytes(self._raw[at + width : at + 2 * width], "little")
        return (first & (high - 1)) << (8 * width) | second, at + 2 * width


def _elements(raw: bytes) -> Iterator[tuple[int, str, dict[str, Value], tuple[str, ...]]]:
    if len(raw) < 8:
        raise Unreadable("empty")
    strings: Strings | None = None
    ids: tuple[int, ...] = ()
    around: list[str] = []
    for chunk in _chunks(raw, struct.unpack_from("<H", raw, 2)[0], len(raw)):
        if chunk.kind == _POOL and strings is None:
            strings = Strings(raw, chunk)
        elif chunk.kind == _IDS:
            ids = struct.unpack_from(f"<{(chunk.end - chunk.body) // 4}I", raw, chunk.body)
        elif chunk.kind == _START and strings:
            tag = strings.get(struct.unpack_from("<I", raw, chunk.body + 4)[0]) or ""
            yield chunk.at, tag, _attributes(raw, chunk, strings, ids), tuple(around[:4])
            around.append(tag)
        elif chunk.kind == _END and around:
            around.pop()
    if strings is None:
        raise Unreadable("not binary XML")


def _attributes(raw: bytes, chunk: _Chunk, strings: Strings, ids: tuple[int, ...]) -> dict[str, Value]:
    start, size, count = struct.unpack_from("<3H", raw, chunk.body + 8)
    if count and (size < 20 or chunk.body + start + size * count > chunk.end):
        raise Unreadable(f"{count} attributes of {size} bytes at {chunk.at:#x}")
    values: dict[str, Value] = {}
    for at in range(chunk.body + start, chunk.body + start + size * count, size or 20):
        name, kind, number = struct.unpack_from("<4xI4x3xBI", raw, at)
        known = NAMES.get(ids[name], "") if name < len(ids) else strings.get(name)
        if known and known not in values:
            values[known] = _value(kind, number, strings)
    return values


def _value(kind: int, number: int, strings: Strings) -> Value:
    if kind == _TEXT:
        return strings.get(number)
    if kind in _REFERENCES:
        return Reference(number)
    if kind == _FLAG:
        return number != 0
    if kind in _NUMBERS:
        return number - 2**32 if kind == _DECIMAL and number >= 2**31 else number
    return None


class Resources:
    """`resources.arsc`: what a reference stands for, in the default configuration if it has one."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._left = raw, MOST_LOOKUPS
        self._strings: Strings | None = None
        self._types: dict[int, list[tuple[bool, int]]] | None = None  # package and type: chunks, the default one first

    def find(self, reference: Reference) -> Value:
        """What stands at the end of a reference, or None. Raises Unreadable."""
        value: Value = reference
        for _ in range(MOST_HOPS):
            if not isinstance(value, Reference):
                return value
            value = self._one(value)
        return None

    def _one(self, reference: Reference) -> Value:
        if self._types is None:
            self._types = self._indexed()
        self._left -= 1
        if self._left < 0:
            raise Unreadable(f"more than {MOST_LOOKUPS} references")
        for _, at in self._types.get(reference >> 16, ())[:MOST_CONFIGURATIONS]:
            entry = self._entry(at, reference & 0xFFFF)
            if entry and self._strings:
                return _value(*entry, self._strings)
        return None

    def _indexed(self) -> dict[int, list[tuple[bool, int]]]:
        found: dict[int, list[tuple[bool, int]]] = {}
        table = next(_chunks(self._raw, 0, len(self._raw)), None)
        if table is None or table.kind != _TABLE:
            raise Unreadable("not a resource table")
        for chunk in _chunks(self._raw, table.body, table.end):
            if chunk.kind == _POOL and self._strings is None:
                self._strings = Strings(self._raw, chunk)
            if chunk.kind != _PACKAGE:
                continue
            (package,) = struct.unpack_from("<I", self._raw, chunk.at + 8)
            for part in _chunks(self._raw, chunk.body, chunk.end):
                if part.kind == _TYPE:
                    special = any(self._raw[part.at + 24 : part.body])  # after its size, a default one is all zero
                    found.setdefault((package & 0xFF) << 8 | self._raw[part.at + 8], []).append((special, part.at))
        return {name: sorted(chunks) for name, chunks in found.items()}

    def _entry(self, at: int, number: int) -> tuple[int, int] | None:
        """Type and data of one entry of one type chunk; None if it is not in it, or is a bag of several values."""
        raw = self._raw
        header, _, _, flags, count, start = struct.unpack_from("<2xHIBBxxII", raw, at)
        offset: int = _NONE
        if flags & 1:  # sparse: pairs of number and offset
            pairs = struct.iter_unpack("<HH", raw[at + header : at + header + 4 * min(count, 2**16)])
            offset = next((4 * found for name, found in pairs if name == number), _NONE)
        elif number < count and flags & 2:
            short = int.from_bytes(raw[at + header + 2 * number :][:2], "little")
            offset = _NONE if short == 0xFFFF else 4 * short
        elif number < count:
            (offset,) = struct.unpack_from("<I", raw, at + header + 4 * number)
        if offset == _NONE:
            return None
        entry = at + start + offset
        size, marks, key = struct.unpack_from("<HHI", raw, entry)
        if marks & 8:  # compact: the value stands where the key did
            return marks >> 8, key
        return None if marks & 1 else struct.unpack_from("<3xBI", raw, entry + size)
