"""Android system properties that outlive a restart, from a full file system: time zone, boot reasons, USB.

`/data/property/persistent_properties` (Android 9 and later) is a protobuf message: field 1, repeated, of name (1) and
value (2). Before, `/data/property/` held one file per property: its name and, inside, its value. `persist.sys.timezone`
is the zone of the phone's local times; `persist.sys.boot.reason.history` its last four starts, which `getprop` of an
acquisition shows too (see android.boot_history).
Source: AOSP `persistent_properties.proto`; no file of a real phone was at hand.
"""

from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import protobuf
from svitac.model import File, Problem, PropertyName, Record, Records, Unreadable, Where

LARGEST = 16 * 2**20


class PersistentProperty(Record, frozen=True, kw_only=True):
    name: PropertyName
    value: str

    def says(self) -> str:
        return f"{self.name} is {self.value[:80]!r}"


@artifact(
    "android.persistent_properties",
    paths=["**/property/persistent_properties", "**/property/persist.*"],
    kept="until changed",
)
def parse(file: File) -> Records[PersistentProperty]:
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"properties of more than {LARGEST} bytes")
    name = file.path.rpartition("/")[2]
    if name.startswith("persist."):
        value = raw.decode("utf-8", "backslashreplace").rstrip("\0\n")
        yield PersistentProperty(where=Where(file.path), name=name, value=value)
    else:
        yield from _all(file, raw)


def _all(file: File, raw: bytes) -> Iterator[PersistentProperty | Problem]:
    for count, (number, value) in enumerate(protobuf.fields(raw), 1):
        where = Where(file.path, f"item {count}")
        try:
            said = protobuf.collect(value) if number == 1 and isinstance(value, bytes) else {}
        except Unreadable as exc:
            yield Problem(where=where, detail=str(exc))
            continue
        if name := protobuf.text(said.get(1)):
            yield PersistentProperty(where=where, name=name, value=protobuf.text(said.get(2)))
        else:
            yield Problem(where=where, detail="not a property with a name")
