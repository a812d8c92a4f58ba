"""Android settings of a full file system, with the package that wrote each: `com.android.shell` means over ADB.

`/data/system/users/<user>/settings_global.xml`, `settings_secure.xml` and `settings_system.xml` are what `dumpsys
settings` prints: one `<setting>` each, with `package` as the writer of the last change and no time. A value that XML
cannot hold stands as base64 in `valueBase64`; no value at all is None (older versions write the word `null`).
Text until Android 11, binary since. Source: AOSP `SettingsState`; no file of a real phone was at hand.
"""

from __future__ import annotations

import base64
import binascii
import re

from svitac.declare import artifact
from svitac.formats.abx import Attributes, Element, elements
from svitac.formats.indented import absent
from svitac.model import File, PackageName, Record, Records, Stage

PLACE = re.compile(r"(?:.*/)?users/(\d{1,9})/settings_([a-z]+)\.xml(?:#\d+)?", re.ASCII)


class SettingEntry(Record, frozen=True, kw_only=True):
    namespace: str  # "global", "secure", "system"
    user: int
    name: str
    value: str | None
    default: str | None
    writer: PackageName | None  # who set it last; "root" and "android" are the system
    id: int | None

    def says(self) -> str:
        value = "no value" if self.value is None else repr(self.value[:80])
        return f"{self.namespace} setting {self.name} is {value}, written by {self.writer or 'nobody named'}"


@artifact(
    "android.settings_files",
    paths=[f"**/system/users/*/settings_{namespace}.xml" for namespace in ("global", "secure", "system")],
    kept="until written again",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[SettingEntry]:
    found = PLACE.fullmatch(file.path)
    user, namespace = (int(found[1]), found[2]) if found else (0, file.path.rpartition("settings_")[2][:-4])
    for element in elements(file, "setting"):
        wrong: list[str] = []
        said = element.attributes(wrong)
        if name := said.text("name"):
            yield _setting(file, element, said, (namespace, user, name))
        else:
            wrong.append("a setting without name")
        if wrong:
            yield said.problem(element.at(file))


def _setting(file: File, element: Element, said: Attributes, what: tuple[str, int, str]) -> SettingEntry:
    namespace, user, name = what
    return SettingEntry(
        where=element.at(file),
        namespace=namespace,
        user=user,
        name=name,
        value=_value(said, "value"),
        default=_value(said, "defaultValue"),
        writer=said.text("package"),
        id=said.integer("id"),
    )


def _value(said: Attributes, name: str) -> str | None:
    plain = said.values.get(name)
    if plain is not None:
        return None if absent(str(plain)) is None and plain != "" else str(plain)
    packed = said.values.get(f"{name}Base64")
    if packed is None:
        return None
    try:
        raw = packed if isinstance(packed, bytes) else base64.b64decode(str(packed), validate=True)
    except (binascii.Error, ValueError):
        said.refuse(f"{name}Base64", packed)
        return None
    return raw.decode("utf-8", "backslashreplace")
