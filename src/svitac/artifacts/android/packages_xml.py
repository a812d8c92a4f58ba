"""Installed apps of a full file system: where each came from, when it was installed, and who signed it.

`/data/system/packages.xml` (and its backup copies, which may be older) is the package manager's own memory: one
`<package>` for each app, also one that was removed for every user but kept its data; `<updated-package>` is the
system's own copy behind an update (`hidden`). `ft` is the time of the APK's folder, `it` the first install, `ut` the
last update, in hex milliseconds since 1970. Since Android 13 the first install is kept for each user in
`package-restrictions.xml`, which is not read: `first_install` is then None. `installer` is the app that counts as the
store, `initiating` the one that asked (`com.android.shell`: over ADB; since Android 11), `originating` the one that the
asker named. No installer at all, on an app that is not of the system, means no store. `certificates` are the SHA-256
of the signing certificates; a certificate stands in full once and is named by its number after that.

Text until Android 11, binary since. Source: AOSP `com.android.server.pm.Settings`; no file of a real phone was at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from svitac.declare import artifact
from svitac.formats.abx import Attributes, Element, elements
from svitac.model import (
    CertificateHash,
    Clock,
    File,
    FilePath,
    PackageName,
    Record,
    Records,
    Stage,
)

SYSTEM = 1  # ApplicationInfo.FLAG_SYSTEM


class PackageEntry(Record, frozen=True, kw_only=True):
    package: PackageName
    code_path: FilePath | None
    version: int | None
    uid: int | None  # of the first user; shared with other apps when `shared`
    shared: bool
    system: bool | None
    hidden: bool
    installer: PackageName | None
    initiating: PackageName | None
    originating: PackageName | None
    source: int | None  # PackageInstaller.PACKAGE_SOURCE_*: 1 other, 2 store, 3 local file, 4 downloaded file
    apk_time: datetime | None
    first_install: datetime | None
    last_update: datetime | None
    certificates: tuple[CertificateHash, ...]
    certificate_numbers: tuple[int, ...]

    def says(self) -> str:
        kind = "part of the system" if self.system else f"installed by {self.installer or 'nobody named'}"
        asked = f", asked for by {self.initiating}" if self.initiating not in (None, self.installer) else ""
        return f"app {self.package}, {kind}{asked}"


@artifact(
    "android.packages_xml",
    paths=["**/system/packages.xml", "**/system/packages-backup.xml", "**/system/packages.xml.reservecopy"],
    clock=Clock.EPOCH,
    kept="until uninstalled",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[PackageEntry]:
    known: dict[int, str] = {}  # certificates by number
    for element in elements(file, "package", "updated-package"):
        if element.up is None or element.up.tag != "packages":
            continue  # a <package> elsewhere is another thing
        wrong: list[str] = []
        said = element.attributes(wrong)
        if name := said.text("name"):
            yield _entry(file, element, name, said, known)
        else:
            wrong.append("a package without name")
        if wrong:
            yield said.problem(element.at(file))


def _entry(file: File, element: Element, name: str, said: Attributes, known: dict[int, str]) -> PackageEntry:
    shared = "sharedUserId" in said.values
    flags = said.integer("publicFlags")
    numbers = tuple(_signers(element, said.wrong, known))
    return PackageEntry(
        where=element.at(file),
        package=name,
        code_path=said.text("codePath"),
        version=said.integer("version"),
        uid=said.integer("sharedUserId" if shared else "userId"),
        shared=shared,
        system=None if flags is None else bool(flags & SYSTEM),
        hidden=element.tag == "updated-package",
        installer=said.text("installer"),
        initiating=said.text("installInitiator"),
        originating=said.text("installOriginator"),
        source=said.integer("packageSource"),
        apk_time=said.hex_milliseconds("ft"),
        first_install=said.hex_milliseconds("it"),
        last_update=said.hex_milliseconds("ut"),
        certificates=tuple(known[number] for number in numbers if number in known),
        certificate_numbers=numbers,
    )


def _signers(element: Element, wrong: list[str], known: dict[int, str]) -> Iterator[int]:
    """The numbers of the certificates; those that stand in full are remembered, also former ones (`pastSigs`)."""
    todo = [(child, True) for child in reversed(element.children) if child.tag == "sigs"]
    while todo:
        inner, current = todo.pop()
        if inner.tag == "cert":
            said = inner.attributes(wrong)
            number = said.integer("index")
            _remember(said, number, known)
            if current and number is not None:
                yield number
        todo.extend((child, current and inner.tag != "pastSigs") for child in reversed(inner.children))


def _remember(said: Attributes, number: int | None, known: dict[int, str]) -> None:
    key = said.text("key")  # bytes in the binary form come as hex too
    if key and number is not None:
        try:
            known[number] = hashlib.sha256(bytes.fromhex(key)).hexdigest()
        except ValueError:
            said.refuse("key", key)
