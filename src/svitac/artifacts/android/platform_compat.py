"""Changes of Android's behaviour that somebody switched on or off for single apps (`am compat`, developer options).

`dumpsys platform_compat` (Android 11 and later), one line per change:

    ChangeId(168419799; name=DOWNSCALED; disabled; packageOverrides={a.b=false}; rawOverrides={a.b=false}; overridable)

`rawOverrides` is what was asked for, also for apps that are not installed; `packageOverrides` is what holds now. An
override may be limited to versions of the app: `a.b=[1,20,true]` (Android 12 and later). Makers and Google Play ship
overrides for games and old apps, so an override alone is no trace of an attack; it names apps that the phone has, had
or expects. State only. Source: AOSP `CompatChange.toString`, `PackageOverride.toString`; checked on one dump.
"""

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import whole
from svitac.model import File, PackageName, Problem, Record, Records, Stage, Where

CHANGE = re.compile(r"ChangeId\((\d+)(?:; name=([^;{}()]*))?[;)]")
OVERRIDES = re.compile(r"\b(package|raw)Overrides=\{([^{}]*)\}")
VALUES = {"true": True, "false": False}


class CompatOverride(Record, frozen=True, kw_only=True):
    change_id: int
    name: str | None
    package: PackageName
    value: bool
    raw: bool  # as asked for, whether or not it holds

    def says(self) -> str:
        state = "on" if self.value else "off"
        return f"behaviour change {self.name or self.change_id} is switched {state} for {self.package}"


@artifact("android.platform_compat", services=["platform_compat"], kept="until taken back", stage=Stage.PERSISTED)
def parse(file: File) -> Records[CompatOverride]:
    for number, line in text.lines(file):
        if "Overrides={" in line:
            yield from _overrides(text.at(file, number), line.strip())


def _overrides(where: Where, line: str) -> Iterator[CompatOverride | Problem]:
    found = CHANGE.match(line)
    groups = OVERRIDES.findall(line)
    if not found or len(groups) < line.count("Overrides={"):
        yield Problem(where=where, detail=f"not a change with its overrides, or cut: {line[:80]!r}")
    try:
        change = whole(found[1]) if found else None
    except ValueError as exc:
        yield Problem(where=where, detail=f"change: {exc}")
        return
    if found is None or change is None:
        return
    for kind, items in groups:
        for item in items.split(", ") if items else ():
            package, _, said = item.rpartition("=")
            value = VALUES.get(said.rpartition(",")[2].rstrip("]"))
            if not package or value is None:
                yield Problem(where=where, detail=f"not an override of change {change}: {item[:80]!r}")
                continue
            yield CompatOverride(
                where=where, change_id=change, name=found[2] or None, package=package, value=value, raw=kind == "raw"
            )
