"""Parts of apps in APK files that other apps or the system can start: activities, services, receivers, providers.

From the manifest, as the app declares them; which of them are on stands in `dumpsys package`. `exported` None means
that the app does not say: before Android 12 that is yes for a part with an intent filter, else no. `permission` is what
the caller must hold: `android.permission.BIND_ACCESSIBILITY_SERVICE` on a service shows an accessibility service,
`BIND_DEVICE_ADMIN` on a receiver a device administrator; of a provider it is the read permission, or the write one if
there is no common one. `actions` are those of all its intent filters. An `activity-alias` counts as an activity of its
own name. Nothing is run. Own reader, see `svitac.formats.apk`.
"""

from collections.abc import Iterator
from enum import StrEnum

from svitac.declare import artifact
from svitac.formats.apk import Apk, Element, Value
from svitac.model import File, Loss, PackageName, Record, Records


class Part(StrEnum):
    ACTIVITY = "activity"
    SERVICE = "service"
    RECEIVER = "receiver"
    PROVIDER = "provider"


PARTS = {part.value: part for part in Part} | {"activity-alias": Part.ACTIVITY}


class ApkComponent(Record, frozen=True, kw_only=True):
    package: PackageName | None
    kind: Part
    name: str | None
    exported: bool | None
    permission: str | None
    actions: tuple[str, ...]

    def says(self) -> str:
        guarded = f", for holders of {self.permission}" if self.permission else ""
        return f"APK of {self.package or 'an unknown app'} declares the {self.kind} {self.name or '(no name)'}{guarded}"


@artifact("android.apk_components", paths=["**/apks/*.apk"], kept="until uninstalled")
def parse(file: File) -> Records[ApkComponent]:
    apk = Apk(file)
    package: str | None = None
    for element, actions in _parts(apk):
        if not element.parents:
            package = _text(element.values.get("package"))
        else:
            yield _component(apk, package, element, actions)
    yield from (problem for problem in apk.problems if problem.loss is not Loss.NONE)  # `android.apks` tells those


def _parts(apk: Apk) -> Iterator[tuple[Element, list[str]]]:
    """The manifest's first element, then every part with the actions inside it."""
    part: tuple[Element, list[str]] | None = None
    for element in apk.elements():
        if len(element.parents) <= 2 and part:
            yield part
            part = None
        if not element.parents or (element.parents[1:] == ("application",) and element.tag in PARTS):
            part = element, []
        elif part and element.parents[3:] == ("intent-filter",) and element.tag == "action":
            part[1].extend(filter(None, [_text(apk.resolved(element.values.get("name")))]))
    if part:
        yield part


def _component(apk: Apk, package: str | None, element: Element, actions: list[str]) -> ApkComponent:
    wanted = ("name", "exported", "permission", "readPermission", "writePermission")
    values = {name: apk.resolved(element.values.get(name)) for name in wanted}
    exported = values["exported"]
    asked = (_text(values[name]) for name in wanted[2:])
    return ApkComponent(
        where=element.where,
        package=package,
        kind=PARTS[element.tag],
        name=_full(package, _text(values["name"])),
        exported=exported if isinstance(exported, bool) else None,
        permission=next((name for name in asked if name), None),
        actions=tuple(dict.fromkeys(actions)),
    )


def _full(package: str | None, name: str | None) -> str | None:
    """Class names may be written without the package."""
    if not name or not package or name.find(".") > 0:
        return name
    return package + name if name.startswith(".") else f"{package}.{name}"


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None
