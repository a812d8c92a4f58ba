"""Makes containers for tests, by the formats' own rules and not by our readers."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
import zlib
from pathlib import Path

import pyrage
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SMS = zlib.compress(
    b'[{"address":"+381601234567","body":"see https://example.org/x","date":"1700000000000","type":"1"}]'
)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 2, 21, 12, 5, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def for_key(plain: bytes) -> tuple[bytes, str]:
    """An age file and the identity that opens it."""
    identity = pyrage.x25519.Identity.generate()
    return pyrage.encrypt(plain, [identity.to_public()]), str(identity)


def for_passphrase(plain: bytes, passphrase: str) -> bytes:
    return pyrage.passphrase.encrypt(plain, passphrase)


def backup(files: dict[str, bytes], version: int = 5, compressed: bool = True, password: str = "") -> bytes:
    """An adb backup, as Android's BackupManagerService writes it."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    payload = zlib.compress(tar.getvalue()) if compressed else tar.getvalue()
    header = f"ANDROID BACKUP\n{version}\n{int(compressed)}\n"
    if not password:
        return f"{header}none\n".encode() + payload
    lines, key, iv = _wrap(password, version)
    return f"{header}AES-256\n{lines}".encode() + _encrypt(key, iv, payload)


def _wrap(password: str, version: int) -> tuple[str, bytes, bytes]:
    user_salt, check_salt, user_iv = os.urandom(64), os.urandom(64), os.urandom(16)
    key, iv, rounds = os.urandom(32), os.urandom(16), 1_000
    checked = key
    if version > 1:  # Java casts each signed byte to a char: 0x80 becomes U+FF80, and UTF-8 writes that in three bytes
        checked = b"".join(chr(b if b < 128 else 0xFF00 + b).encode() for b in key)
    checksum = hashlib.pbkdf2_hmac("sha1", checked, check_salt, rounds, 32)
    blob = b"".join(bytes([len(part)]) + part for part in (iv, key, checksum))
    user_key = hashlib.pbkdf2_hmac("sha1", password.encode(), user_salt, rounds, 32)
    wrapped = _encrypt(user_key, user_iv, blob)
    lines = [user_salt.hex(), check_salt.hex(), str(rounds), user_iv.hex(), wrapped.hex()]
    return "".join(line.upper() + "\n" for line in lines), key, iv


def _encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    pad = 16 - len(plain) % 16
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()
