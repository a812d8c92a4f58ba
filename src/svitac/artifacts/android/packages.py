"""Android packages as AndroidQF listed them: installer, APK files, their hashes and signing certificates.

`packages.json`, a list of objects. The installer is the text `null` for a package installed over ADB or preloaded; some
versions leave it out: `installer` is then None and `installer_raw` tells the two apart. Hashes are "" with `-fast`; the
certificate is empty in encrypted streaming mode. `trusted` means that the certificate is on AndroidQF's own list.
No times of installation here: see `dumpsys package`. Checked on listings of AndroidQF 1.8 and of an older,
unknown version.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct

from svitac.declare import artifact
from svitac.formats import json
from svitac.formats.loose import Fields
from svitac.model import (
    CertificateHash,
    Clock,
    File,
    FileHash,
    FilePath,
    PackageName,
    Problem,
    Record,
    Records,
    Stage,
    Where,
)


class PackageFile(Struct, frozen=True, kw_only=True):
    path: FilePath | None
    md5: FileHash | None
    sha1: FileHash | None
    sha256: FileHash | None
    sha512: FileHash | None
    error: str | None
    certificate_md5: CertificateHash | None
    certificate_sha1: CertificateHash | None
    certificate_sha256: CertificateHash | None
    certificate_subject: str | None
    certificate_issuer: str | None
    certificate_valid_from: datetime | None
    certificate_valid_to: datetime | None
    certificate_error: str | None
    verified: bool | None
    trusted: bool | None


class Package(Record, frozen=True, kw_only=True):
    package: PackageName
    installer: PackageName | None
    installer_raw: str | None
    uid: int | None
    disabled: bool | None
    system: bool | None
    third_party: bool | None
    files: tuple[PackageFile, ...]

    def says(self) -> str:
        kind = "system package" if self.system else "package"
        source = f"installed by {self.installer}" if self.installer else "no installer named"
        return f"{kind} {self.package}, {source}{', disabled' if self.disabled else ''}"


@artifact(
    "android.packages",
    paths=["**/packages.json"],
    clock=Clock.OFFSET,
    kept="until uninstalled",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[Package]:
    for item in json.objects(file):
        if isinstance(item, Problem):
            yield item
        else:
            yield from _package(*item)


def _package(where: Where, values: dict[str, Any]) -> Iterator[Package | Problem]:
    fields = Fields(values)
    name = fields.text("name")
    if name is None:
        yield Problem(where=where, detail="a package without a name")
        return
    raw = fields.raw("installer", str)
    yield Package(
        where=where,
        package=name,
        installer=None if raw in (None, "", "null") else raw,
        installer_raw=raw,
        uid=fields.integer("uid"),
        disabled=fields.flag("disabled"),
        system=fields.flag("system"),
        third_party=fields.flag("third_party"),
        files=_files(fields),
    )
    if fields.wrong:
        yield fields.problem(where)


def _files(fields: Fields) -> tuple[PackageFile, ...]:
    found = []
    for value in fields.raw("files", list) or ():
        if isinstance(value, dict):
            found.append(_file(Fields(value, fields.wrong)))
        else:
            fields.refuse("file", value)
    return tuple(found)


def _file(fields: Fields) -> PackageFile:
    certificate = Fields(fields.raw("certificate", dict) or {}, fields.wrong)
    return PackageFile(
        path=fields.text("path"),
        md5=fields.digest("md5"),
        sha1=fields.digest("sha1"),
        sha256=fields.digest("sha256"),
        sha512=fields.digest("sha512"),
        error=fields.text("error"),
        certificate_md5=certificate.digest("Md5"),
        certificate_sha1=certificate.digest("Sha1"),
        certificate_sha256=certificate.digest("Sha256"),
        certificate_subject=certificate.text("Subject"),
        certificate_issuer=certificate.text("Issuer"),
        certificate_valid_from=certificate.with_offset("ValidFrom"),
        certificate_valid_to=certificate.with_offset("ValidTo"),
        certificate_error=fields.text("certificate_error"),
        verified=fields.flag("verified_certificate"),
        trusted=fields.flag("trusted_certificate"),
    )
