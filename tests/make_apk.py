"""Writes tiny APKs for tests, by the formats and not by our reader, and fixtures of them as hex.

An element is `(tag, {name: value}, child, ...)`. A value is str, bool, int, or `At(id)`, a reference into `resources`.
Signatures are of the right form and sign nothing. Keys are made from fixed primes, times are fixed: the same bytes
every time. `python -m tests.make_apk` writes the fixtures of tests/artifacts anew.
"""

from __future__ import annotations

import struct
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

IDS = {
    "label": 0x01010001, "name": 0x01010003, "permission": 0x01010006, "readPermission": 0x01010007,
    "debuggable": 0x0101000F, "exported": 0x01010010, "minSdkVersion": 0x0101020C, "versionCode": 0x0101021B,
    "versionName": 0x0101021C, "targetSdkVersion": 0x01010270, "versionCodeMajor": 0x01010576,
}  # fmt: skip
NONE = 0xFFFFFFFF
WHEN = datetime(2024, 2, 1, tzinfo=UTC)
CASES = Path(__file__).parent / "artifacts"


class At(int):
    """A reference to a resource."""


def chunk(kind: int, header: bytes, body: bytes) -> bytes:
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def pool(strings: list[str], utf8: bool) -> bytes:
    offsets, data = [], b""
    for text in strings:
        offsets.append(len(data))
        raw = text.encode("utf-8" if utf8 else "utf-16-le")
        if utf8:
            data += _short(len(text)) + _short(len(raw)) + raw + b"\0"
        else:
            data += struct.pack("<H", len(raw) // 2) + raw + b"\0\0"
    data += bytes(-len(data) % 4)
    numbers = struct.pack(f"<{len(offsets)}I", *offsets)
    start = 28 + len(numbers) if strings else 0
    return chunk(1, struct.pack("<5I", len(strings), 0, 0x100 if utf8 else 0, start, 0), numbers + data)


def _short(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([0x80 | number >> 8, number & 0xFF])


def axml(root: Any, utf8: bool = False, blank_names: bool = False) -> bytes:
    """Binary XML; `blank_names` as obfuscators do: attributes are known by their ids alone."""
    strings = list(IDS) if not blank_names else [""] * len(IDS)
    order = {name: number for number, name in enumerate(IDS)}

    def text(value: str) -> int:
        order.setdefault(f"={value}", len(strings))
        if order[f"={value}"] == len(strings):
            strings.append(value)
        return order[f"={value}"]

    def attribute(name: str, value: Any) -> bytes:
        number = order[name] if name in IDS else text(name)
        if isinstance(value, str):
            kind, data = 3, text(value)
        else:
            kind = 0x12 if isinstance(value, bool) else 1 if isinstance(value, At) else 0x10
            data = NONE if value is True else int(value)
        return struct.pack("<IIIHBBI", NONE, number, data if kind == 3 else NONE, 8, 0, kind, data)

    def element(item: Any) -> bytes:
        tag, values, *children = item
        node = struct.pack("<II", 1, NONE)
        attributes = b"".join(attribute(name, value) for name, value in values.items())
        body = struct.pack("<IIHHHHHH", NONE, text(tag), 20, 20, len(values), 0, 0, 0) + attributes
        inside = b"".join(element(child) for child in children)
        return chunk(0x102, node, body) + inside + chunk(0x103, node, struct.pack("<II", NONE, text(tag)))

    tree = element(root)
    ids = chunk(0x180, b"", struct.pack(f"<{len(IDS)}I", *IDS.values()))
    return chunk(3, b"", pool(strings, utf8) + ids + tree)


def resources(strings: dict[str, str]) -> bytes:
    """A table with one string, 0x7f010000, in each configuration of `strings`: "" is the default, else a language."""
    types = b""
    for number, language in enumerate(strings):
        config = struct.pack("<I4x2s22x", 32, language.encode())
        entry = struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, 3, number)
        header = struct.pack("<BBHII", 1, 0, 0, 1, 20 + 32 + 4) + config
        types += chunk(0x201, header, struct.pack("<I", 0) + entry)
    spec = chunk(0x202, struct.pack("<BBHI", 1, 0, 0, 1), struct.pack("<I", 0))
    kinds, keys = pool(["string"], True), pool(["app_name"], True)
    name = "org.example".encode("utf-16-le").ljust(256, b"\0")
    header = struct.pack("<I256s5I", 0x7F, name, 288, 1, 288 + len(kinds), 1, 0)
    package = chunk(0x200, header, kinds + keys + spec + types)
    return chunk(2, struct.pack("<I", 1), pool(list(strings.values()), True) + package)


def _prime(after: int) -> int:
    number = after | 1
    while not (number % 65537 != 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))):
        number += 2
    return number


def signer(name: str, seed: int = 0) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """A self-signed certificate of ten years, and its key. Short keys are enough for what signs nothing."""
    p, q = _prime((3 << 510) + (seed << 100)), _prime((7 << 509) + (seed << 100))
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(65537, p * q)
    )
    key = numbers.private_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 7 + seed, WHEN, WHEN.replace(year=2034))
    return made.sign(key, hashes.SHA256()), key


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def v1(name: str, seed: int = 0) -> bytes:
    """The PKCS #7 of `META-INF/CERT.RSA`."""
    certificate, key = signer(name, seed)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes]
    made = pkcs7.PKCS7SignatureBuilder().set_data(b"Signature-Version: 1.0\r\n\r\n")
    return made.add_signer(certificate, key, hashes.SHA256()).sign(Encoding.DER, options)


def block(*schemes: tuple[int, bytes]) -> bytes:
    """An APK Signing Block: pairs of scheme id and the DER of a certificate."""
    pairs = b"".join(struct.pack("<QI", 4 + len(value), kind) + value for kind, value in map(_scheme, schemes))
    size = struct.pack("<Q", len(pairs) + 24)
    return size + pairs + size + b"APK Sig Block 42"


def _scheme(scheme: tuple[int, bytes]) -> tuple[int, bytes]:
    kind, certificate = scheme
    sdks = b"" if kind == 0x7109871A else struct.pack("<II", 24, 34)
    digest = _sized(struct.pack("<I", 0x0103) + _sized(bytes(32)))
    signed = _sized(digest) + _sized(_sized(certificate)) + sdks + _sized(b"")
    signatures = _sized(_sized(struct.pack("<I", 0x0103) + _sized(bytes(16))))
    return kind, _sized(_sized(_sized(signed) + sdks + signatures + _sized(b"key")))


def _sized(part: bytes) -> bytes:
    return struct.pack("<I", len(part)) + part


def apk(files: dict[str, bytes], signing: bytes = b"") -> bytes:
    """The zip, with the signing block before its central directory."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2024, 2, 1, 0, 0, 0))
            info.create_system = 3
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        start = archive.fp.tell()  # type: ignore[union-attr]
    raw = bytearray(out.getvalue())
    end = raw.rindex(b"PK\5\6")
    raw[end + 16 : end + 20] = struct.pack("<I", start + len(signing))
    return bytes(raw[:start] + signing + raw[start:])


A = "android.permission."
SPY = ("manifest", {"package": "org.example.sync", "versionCode": 41, "versionName": "4.1", "versionCodeMajor": 2},
    ("uses-sdk", {"minSdkVersion": 26, "targetSdkVersion": 34}),
    ("uses-permission", {"name": A + "RECORD_AUDIO"}),
    ("uses-permission", {"name": A + "READ_SMS"}),
    ("uses-permission", {"name": A + "READ_SMS"}),
    ("uses-permission-sdk-23", {"name": A + "CAMERA"}),
    ("application", {"label": At(0x7F010000), "debuggable": True},
        ("activity", {"name": ".Main", "exported": True},
            ("intent-filter", {}, ("action", {"name": "android.intent.action.MAIN"}))),
        ("activity-alias", {"name": "Icon", "exported": False}),
        ("service", {"name": "org.other.Watch", "permission": A + "BIND_ACCESSIBILITY_SERVICE"},
            ("meta-data", {"name": "android.accessibilityservice"}),
            ("intent-filter", {}, ("action", {"name": "android.accessibilityservice.AccessibilityService"}))),
        ("receiver", {"name": ".Boot"},
            ("intent-filter", {}, ("action", {"name": "android.intent.action.BOOT_COMPLETED"}),
                ("action", {"name": "android.intent.action.USER_PRESENT"}),
                ("category", {"name": "android.intent.category.DEFAULT"}))),
        ("provider", {"name": ".Data", "readPermission": A + "READ_LOGS"})),
    ("uses-configuration", {}))  # fmt: skip
SPLIT = (
    "manifest",
    {"package": "org.example.sync", "split": "config.hr", "versionCode": 41},
    ("application", {"debuggable": False}),
)


def fixtures() -> dict[str, bytes]:
    """What each case of `android.apks` and `android.apk_components` holds."""
    own, newer = der(signer("Example Sync")[0]), der(signer("Example Sync, new key", 1)[0])
    labels = resources({"sr": "Usklađivanje", "": "Sync"})
    rotated = block((0x7109871A, own), (0xF05368C0, own), (0x1B93AD61, newer))
    old = {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n\r\n", "META-INF/CERT.RSA": v1("Example Sync")}
    return {
        "all_schemes/apks/org.example.sync.apk": apk(
            {"AndroidManifest.xml": axml(SPY), "resources.arsc": labels, **old}, rotated
        ),
        "blank_names/apks/org.example.sync.apk": apk({"AndroidManifest.xml": axml(SPY, True, True)}),
        "split/apks/org.example.sync_config.hr.apk": apk(
            {"AndroidManifest.xml": axml(SPLIT, True)}, block((0xF05368C0, own))
        ),
    }


def _hex(content: bytes) -> str:
    rows = "\n".join(content[at : at + 56].hex() for at in range(0, len(content), 56))
    return f"# an APK; made by tests/make_apk.py\n{rows}\n"


if __name__ == "__main__":
    for name, content in fixtures().items():
        for artifact in ("android.apks", "android.apk_components"):
            if artifact == "android.apk_components" and name.startswith("split"):
                continue
            target = CASES / artifact / f"{name}.hex"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_hex(content))
