"""Apps that came with the acquisition as APK files: what they call themselves, what they ask for, and who signed them.

AndroidQF keeps APKs under `apks/`; one app may come as several (`split` names all but the first). From the manifest:
package, label in its default language, versions, SDK levels (a preview's codename, no number, is None) and the
permissions it asks for, in its order: what was granted stands in `dumpsys package`. `debuggable` None is the default,
false. A value that refers to a resource which is in another part, or nowhere, is None.

Certificates are those inside the file, of signature schemes v1, v2, v3 and v3.1, each once: SHA-256 over the DER, the
form in which they are published. A signer's own comes first, its chain after it; one that v3 rotated away is not here.
Subjects stand in the same order, "" where the certificate could not be read; the dates are those of the first.
**Not verified**: nobody has checked here that the signatures hold, so `signature_verified` is always None. Android
checks when it installs; a file that was never installed proves nothing by its certificate. The SHA-256 of the file
itself is in `android.programs`.

Own reader, see `svitac.formats.apk`. Compared with apk-info 1.0.13 on three real APKs (of the Appium project).
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from msgspec import Struct

from svitac.declare import artifact
from svitac.formats.apk import Apk as Archive
from svitac.formats.apk import Value, lenient
from svitac.model import (
    CertificateHash,
    Clock,
    File,
    FreeText,
    Loss,
    PackageName,
    Record,
    Records,
    Stage,
    Unreadable,
    Where,
)

PERMISSION = ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m")


class Apk(Record, frozen=True, kw_only=True):
    package: PackageName | None
    split: str | None
    label: FreeText | None
    version_name: str | None
    version_code: int | None
    min_sdk: int | None
    target_sdk: int | None
    permissions: tuple[str, ...]
    debuggable: bool | None
    schemes: tuple[str, ...]
    certificates: tuple[CertificateHash, ...]
    certificate_subjects: tuple[str, ...]
    certificate_not_before: datetime | None
    certificate_not_after: datetime | None
    signature_verified: bool | None = None

    def says(self) -> str:
        signed = f"certificate {self.certificates[0]} (not verified)" if self.certificates else "no certificate"
        part = f", part {self.split}" if self.split else ""
        return f"APK of {self.package or 'an unknown app'} {self.version_name or ''}".rstrip() + f"{part}, {signed}"


class _Signer(Struct, frozen=True):
    """What a certificate says of itself."""

    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@artifact(
    "android.apks",
    paths=["**/apks/*.apk"],
    clock=Clock.UTC,
    kept="until uninstalled",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[Apk]:
    apk = Archive(file)
    told, permissions = _manifest(apk)
    found = list(dict.fromkeys(apk.certificates()))
    ders = list(dict.fromkeys(der for _, der in found))
    signers = [_signer(apk, der) for der in ders]
    first = signers[0] if signers else _Signer()
    yield Apk(
        where=Where(file.path),
        package=_text(told.get("package")),
        split=_text(told.get("split")),
        label=_text(told.get("label")),
        version_name=_text(told.get("versionName")),
        version_code=_version(told),
        min_sdk=_number(told.get("minSdkVersion")),
        target_sdk=_number(told.get("targetSdkVersion")),
        permissions=permissions,
        debuggable=_flag(told.get("debuggable")),
        schemes=tuple(sorted({scheme for scheme, _ in found})),
        certificates=tuple(hashlib.sha256(der).hexdigest() for der in ders),
        certificate_subjects=tuple(signer.subject for signer in signers),
        certificate_not_before=first.since,
        certificate_not_after=first.until,
    )
    yield from apk.problems


def _manifest(apk: Archive) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The values of the app itself, and the permissions it asks for."""
    told: dict[str, Value] = {}
    asked: list[Value] = []
    for element in apk.elements():
        wanted: Iterable[str] = ()
        if not element.parents:
            wanted = ("package", "split", "versionName", "versionCode", "versionCodeMajor")
        elif len(element.parents) == 1 and element.tag == "uses-sdk":
            wanted = ("minSdkVersion", "targetSdkVersion")
        elif len(element.parents) == 1 and element.tag == "application":
            wanted = ("label", "debuggable")
        elif len(element.parents) == 1 and element.tag in PERMISSION:
            asked.append(apk.resolved(element.values.get("name")))
        for name in wanted:
            if name not in told and name in element.values:
                told[name] = apk.resolved(element.values[name])
    return told, tuple(dict.fromkeys(name for name in asked if isinstance(name, str)))


def _signer(apk: Archive, der: bytes) -> _Signer:
    try:
        with lenient():
            known = x509.load_der_x509_certificate(der)
            return _Signer(known.subject.rfc4514_string(), known.not_valid_before_utc, known.not_valid_after_utc)
    except Unreadable as exc:
        apk.note(f"certificate {hashlib.sha256(der).hexdigest()}", f"cannot be read: {exc}", Loss.ITEM)
        return _Signer()


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None if value is None else str(value)


def _number(value: Value) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None


def _flag(value: Value) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def _version(told: dict[str, Value]) -> int | None:
    """`versionCodeMajor`, since Android 9, stands above the old 32 bits."""
    low, high = _number(told.get("versionCode")), _number(told.get("versionCodeMajor"))
    return low if low is None or not high or high < 0 else high << 32 | low & 0xFFFFFFFF
