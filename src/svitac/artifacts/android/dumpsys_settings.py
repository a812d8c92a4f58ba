"""Android settings with the package that wrote each: `com.android.shell` means over ADB.

`dumpsys settings`, per namespace and user: `GLOBAL SETTINGS (user 0)`, then one setting per line:

    _id:2103 name:verifier_verify_adb_installs pkg:com.android.shell value:0 default:0 defaultSystemSet:true

`pkg`, `default` with `defaultSystemSet`, and `tag` are optional; `{null}` is no value. Values may hold blanks, line
ends and even ` default:`; of several readings the one where value and default agree is taken, else the shortest
default. The writer is that of the last change. No times here: `Historical operations` (which has them, on debuggable
builds) is not read by this artifact. Source: AOSP `SettingsProvider.dumpSettings`; checked on Android 10.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import absent, entries, whole
from svitac.model import File, PackageName, Problem, Record, Records, Stage

HEADER = re.compile(r"([A-Z]+) SETTINGS \(user (\d{1,9})\)")
TRAILER = re.compile(r" defaultSystemSet:(?:true|false)(?: tag:[^\n]*)?\Z")
TAG = re.compile(r" tag:[^\s]*\Z")
STOPS = ("Historical operations", "---------", "DUMP OF SERVICE ")


class WrittenSetting(Record, frozen=True, kw_only=True):
    namespace: str  # "global", "secure", "system", "config"
    user: int
    name: str
    value: str | None
    default: str | None
    writer: PackageName | None  # who set it last; "root" and "android" are the system
    id: int | None

    def says(self) -> str:
        value = "no value" if self.value is None else repr(self.value[:80])
        return f"{self.namespace} setting {self.name} is {value}, written by {self.writer or 'nobody named'}"


@artifact("android.dumpsys_settings", services=["settings"], kept="until written again", stage=Stage.PERSISTED)
def parse(file: File) -> Records[WrittenSetting]:
    namespace, user = "", 0
    for number, entry in entries(text.lines(file), _starts):
        if entry.startswith("_id:"):
            yield from _settings(file, number, entry, namespace, user)
        elif found := HEADER.match(entry):
            namespace, user = found[1].lower(), int(found[2])
        elif entry.startswith(STOPS):
            namespace = ""


def _starts(line: str) -> bool:
    return line.startswith("_id:") or line.startswith(STOPS) or HEADER.fullmatch(line) is not None


def _settings(file: File, number: int, entry: str, namespace: str, user: int) -> Records[WrittenSetting]:
    """The setting, and a problem when lines follow that cannot belong to it."""
    where = text.at(file, number)
    first, _, rest = entry.partition("\n")
    if rest and not TRAILER.search(entry) and TRAILER.search(first):
        yield Problem(where=text.at(file, number + 1), detail=f"not a setting: {rest[:80]!r}")
        entry = first
    head, found, tail = entry.partition(" value:")
    id_, named, name = head.removeprefix("_id:").partition(" name:")
    if not (found and named and namespace):
        yield Problem(where=where, detail=f"not a setting of a known namespace: {entry[:80]!r}")
        return
    name, _, writer = name.partition(" pkg:")
    value, default = _value(tail)
    try:
        known = None if absent(id_) is None else whole(id_)
    except ValueError as exc:
        yield Problem(where=where, detail=f"the id of {name[:80]}: {exc}")
        return
    yield WrittenSetting(
        where=where, namespace=namespace, user=user, name=name, value=None if value == "{null}" else value,
        default=None if default == "{null}" else default, writer=absent(writer), id=known,
    )  # fmt: skip


def _value(tail: str) -> tuple[str, str | None]:
    """What stands after ` value:`, cut into value and default."""
    trailer, mark = TRAILER.search(tail), " default:"
    if not trailer:
        tag = TAG.search(tail)
        return (tail[: tag.start()] if tag else tail), None
    body = tail[: trailer.start()]
    half = (len(body) - len(mark)) // 2
    if half >= 0 and body[half : half + len(mark)] == mark and body[:half] == body[half + len(mark) :]:
        return body[:half], body[:half]
    value, found, default = body.rpartition(mark)
    return (value, default) if found else (body, None)
