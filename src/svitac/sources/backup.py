"""adb backups (`backup.ab`), versions 1 to 5, plain or deflated, plain or AES-256: a tar behind a text header.

Header lines: magic, version, compressed (0 or 1), `none` or `AES-256`; the last adds user salt, checksum salt,
PBKDF2 rounds, IV and the wrapped master key, all but the rounds in hex. The payload is the tar, deflated when
compressed, then encrypted with AES-CBC. From version 2 the master key's checksum is taken over its bytes read as Java
chars and written as UTF-8. Source: AOSP `BackupManagerService`, read in its documentation; checked on real backups.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from svitac.blob import BLOCK, Blob, cut, spool
from svitac.model import Unreadable
from svitac.sources.guard import guarded

MOST_ROUNDS = 10_000_000  # Android writes 10,000; an absurd count is an attempt to hang us
_KEY, _IV, _BITS = 32, 16, 128


def members(blob: Blob, password: str | None) -> Iterator[tuple[str, int, Callable[[], BinaryIO]]]:
    """Name, size and opener of every file in the backup. Raises Unreadable."""
    with blob.open() as stream:
        header = _Header(stream)
        payload = header.plain(stream, password)
        if header.compressed:
            payload = cast(BinaryIO, io.BufferedReader(_Pumped(payload, zlib.decompressobj()), BLOCK))
        tar = spool(guarded(payload, blob.size))
    with tar.open() as stream:
        try:
            archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115 - closed with its stream
            files = [(m.name, m.offset_data, m.size) for m in archive if m.isreg()]
        except (tarfile.TarError, ValueError, EOFError) as exc:
            raise Unreadable(f"the tar inside the backup is damaged: {exc}") from exc
    for name, start, size in sorted(files):
        yield name, size, lambda start=start, size=size: cut(tar.open(), start, size)  # type: ignore[misc]


class _Header:
    """The text before the payload."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._line()
        self.version = self._number(1, 5)
        self.compressed = bool(self._number(0, 1))
        self.encryption = self._line()

    def plain(self, stream: BinaryIO, password: str | None) -> BinaryIO:
        """The payload, decrypted when it was encrypted."""
        if self.encryption == "none":
            return stream
        if self.encryption != "AES-256":
            raise Unreadable(f"unknown encryption {self.encryption!r}", "line 4")
        if password is None:
            raise Unreadable("this backup is encrypted: give its password with --password-file")
        user_salt, checksum_salt = self._hex(), self._hex()
        rounds = self._number(1, MOST_ROUNDS)
        iv, wrapped = self._hex(), self._hex()
        if len(iv) != _IV or not wrapped or len(wrapped) % _IV:
            raise Unreadable("its encryption header is damaged", "line 8")
        blob = _unpad(_aes(_pbkdf2(password.encode(), user_salt, rounds), iv).update(wrapped))
        master_iv, key, checksum = _parts(blob)
        as_java = "".join(chr(b if b < 128 else 0xFF00 | b) for b in key).encode() if self.version > 1 else key
        if _pbkdf2(as_java, checksum_salt, rounds) != checksum:
            raise Unreadable("wrong password for this backup")
        return cast(BinaryIO, io.BufferedReader(_Pumped(stream, _Unpadding(_aes(key, master_iv))), BLOCK))

    def _line(self) -> str:
        raw = self._stream.readline(4096)
        if not raw.endswith(b"\n"):
            raise Unreadable("truncated in the header of the backup")
        return raw[:-1].decode("ascii", "replace")

    def _number(self, least: int, most: int) -> int:
        text = self._line()
        if not text.isdigit() or not least <= int(text) <= most:
            raise Unreadable(f"a number from {least} to {most} should stand in the header, not {text[:20]!r}")
        return int(text)

    def _hex(self) -> bytes:
        try:
            return bytes.fromhex(self._line())
        except ValueError as exc:
            raise Unreadable("its encryption header is damaged: not hexadecimal") from exc


def _pbkdf2(secret: bytes, salt: bytes, rounds: int) -> bytes:
    import hashlib  # noqa: PLC0415

    return hashlib.pbkdf2_hmac("sha1", secret, salt, rounds, _KEY)


def _aes(key: bytes, iv: bytes) -> _Cipher:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - only encrypted backups

    return cast(_Cipher, Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor())


def _unpad(blob: bytes) -> bytes:
    """PKCS#7. A wrong password shows here first."""
    pad = blob[-1] if blob else 0
    if not 1 <= pad <= _IV or blob[-pad:] != bytes([pad]) * pad:
        raise Unreadable("wrong password for this backup")
    return blob[:-pad]


def _parts(blob: bytes) -> tuple[bytes, bytes, bytes]:
    """Three byte strings, each behind its length in one byte."""
    parts, at = [], 0
    for _ in range(3):
        length = blob[at] if at < len(blob) else 0
        parts.append(blob[at + 1 : at + 1 + length])
        at += 1 + length
    if len(parts[0]) != _IV or len(parts[1]) != _KEY or not parts[2]:
        raise Unreadable("wrong password for this backup")
    return parts[0], parts[1], parts[2]


class _Cipher:
    """What `cryptography` and `zlib` decoders have in common (a structural type; never made)."""

    def update(self, data: bytes) -> bytes:
        raise NotImplementedError

    def finalize(self) -> bytes:
        raise NotImplementedError


class _Unpadding:
    """Decrypts a stream and takes the padding off its last block."""

    def __init__(self, cipher: _Cipher) -> None:
        self._cipher, self._held = cipher, b""
        self.eof = True  # the padding tells; see `flush`

    def decompress(self, data: bytes) -> bytes:
        ready = self._held + self._cipher.update(data)
        self._held = ready[-_IV:]
        return ready[:-_IV]

    def flush(self) -> bytes:
        try:
            return _unpad(self._held + self._cipher.finalize())
        except ValueError as exc:
            raise Unreadable("truncated: the encrypted payload does not end on a block") from exc


class _Pumped(io.RawIOBase):
    """A stream pushed through a decoder with `decompress(bytes)` and `flush()`."""

    def __init__(self, stream: BinaryIO, decoder: _Unpadding | zlib._Decompress) -> None:
        self._stream, self._decoder, self._ready, self._done = stream, decoder, b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._ready and not self._done:
            raw = self._stream.read(2**14)
            self._ready = self._decoder.decompress(raw) if raw else self._decoder.flush()
            self._done = not raw
            if (
                self._done
                and isinstance(getattr(self._decoder, "eof", True), bool)
                and not getattr(self._decoder, "eof", True)
            ):
                raise EOFError("truncated inside the compressed payload")
        part = self._ready[: len(buffer)]
        self._ready = self._ready[len(part) :]
        buffer[: len(part)] = part
        return len(part)
