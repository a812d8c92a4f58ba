"""Android accessibility services: apps that may read the screen and act in the owner's place.

`dumpsys accessibility`, per user. Android 10 and later:

    User state[attributes:{id=0, ...                     Android 14: `User state[`, and the attributes on the next line
         Bound services:{Service[label=Reader, feedbackType[...], capabilities=1, ...]}
         Enabled services:{{com.example/com.example.Service}, {com.other/.Service}}
         Binding services:{}
         Crashed services:{}

Bound services, those that run now, are printed with their label only, which the app chooses: they have no package.
Samsung (Android 9 to 12) prints every state as a list, the installed ones too:

    installed services: {
      0 : com.example/.Service
    }

Android 8 and 9 print bound services only, as `services:{Service[label=...`. State only: no times. A password manager or
a screen reader is an honest accessibility service. Source: AOSP `AccessibilityManagerService.dump`; checked on Android
10, 14 and Samsung; Android 2.3 prints nothing.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import component, rows
from svitac.model import File, PackageName, Problem, Record, Records, Stage

USER = re.compile(r"(?:User state\[)?\s*attributes:\{id=(\d{1,9})")
STATE = re.compile(r"(?i)(?:(installed|enabled|binding|bound|crashed) )?services ?: ?\{(.*)")
NUMBERED = re.compile(r"\d{1,9} ?: ?(.+)")
BOUND = "Service[label="


class AccessibilityService(Record, frozen=True, kw_only=True):
    package: PackageName | None  # None: the phone printed only the label
    component: str  # the class as printed; one that starts with a dot stands in the package; "" when only the label is
    label: str | None
    user: int | None
    state: str  # "installed", "enabled", "binding", "bound", "crashed"

    def says(self) -> str:
        who = f"{self.package}/{self.component}" if self.package else f"labelled {self.label!r}"
        return f"accessibility service {who} is {self.state}"


@artifact("android.accessibility", services=["accessibility"], kept="while it lasts", stage=Stage.PERSISTED)
def parse(file: File) -> Records[AccessibilityService]:
    user: int | None = None
    state = ""
    for number, _, line in rows(file):
        if found := USER.match(line):
            user, state = int(found[1]), ""
        elif line.startswith("User state["):
            user, state = None, ""
        elif found := STATE.match(line):
            state, rest = (found[1] or "bound").lower(), found[2].strip()
            yield from _services(file, number, rest, user, state)
            state = "" if _closed(rest) else state
        elif state and (line.startswith(("}", "]")) or line.endswith("{")):
            state = ""  # the list ends, or another begins
        elif state:
            yield from _services(file, number, line, user, state)
            state = "" if line.endswith(("}", "}]")) else state


def _closed(rest: str) -> bool:
    return rest.endswith(("}", "}]"))


def _services(file: File, number: int, items: str, user: int | None, state: str) -> Records[AccessibilityService]:
    """The services in one line: one with its number, several components, or several labels."""
    where = text.at(file, number)
    if BOUND in items:
        for part in items.split(BOUND)[1:]:
            label = part.partition(", feedbackType[")[0]
            yield AccessibilityService(where=where, package=None, component="", label=label, user=user, state=state)
        return
    numbered = NUMBERED.fullmatch(items)
    for item in (numbered[1] if numbered else items).split(","):
        body = item.strip("{}[] ")
        if not body:
            continue
        if who := component(body):
            yield AccessibilityService(
                where=where, package=who[0], component=who[1], label=None, user=user, state=state
            )
        else:
            yield Problem(where=where, detail=f"not an accessibility service: {body[:80]!r}")
