"""Apps that may read every notification, and so messages, codes and calls: listeners and assistants.

`dumpsys notification`, under `Notification listeners:` and `Notification assistant services:`:

    Allowed notification listeners:
      com.example/com.example.Listener (user: 0 isPrimary: true)         several of one user are joined with `:`
    All notification listeners (1) enabled for current profiles:
      ComponentInfo{com.example/com.example.Listener}
    Live notification listeners (3):
      ComponentInfo{com.example/com.example.Listener} (user 0): android.service...

`allowed` is what the owner agreed to, `enabled` what holds, `live` what is bound now (the system's own stand only
here), `snoozed` what asked to be unbound. The launcher, a watch's or a car's app are honest listeners. State only.
Source: AOSP `ManagedServices.dump`; checked on Android 10; Android 2.3 has none.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import component, rows
from svitac.model import File, PackageName, Problem, Record, Records, Stage

PARTS = {"Notification listeners:": "listener", "Notification assistant services:": "assistant"}
LIST = re.compile(r"(Allowed|All|Live|Snoozed) notification (?:listener|assistant)s\b[^{}]*:")
USER = re.compile(r" \(user:? (-?\d{1,9})\b.*")
STATES = {"All": "enabled"}


class NotificationListener(Record, frozen=True, kw_only=True):
    package: PackageName
    component: str  # the class as printed; "" when a whole package is allowed
    user: int | None  # -1: all users
    state: str  # "allowed", "enabled", "live", "snoozed"
    kind: str  # "listener", "assistant"

    def says(self) -> str:
        return f"notification {self.kind} {self.package}/{self.component or '*'} is {self.state}"


@artifact("android.notification_listeners", services=["notification"], kept="until taken back", stage=Stage.PERSISTED)
def parse(file: File) -> Records[NotificationListener]:
    kind = state = ""
    part_depth = list_depth = -1
    for number, depth, line in rows(file):
        if line in PARTS:
            kind, state, part_depth = PARTS[line], "", depth
        elif not kind:
            continue
        elif depth <= part_depth:
            kind = state = ""
        elif found := LIST.fullmatch(line):
            state, list_depth = STATES.get(found[1], found[1].lower()), depth
        elif depth <= list_depth:
            state = ""
        elif state:
            yield from _entry(file, number, line, kind, state)


def _entry(file: File, number: int, line: str, kind: str, state: str) -> Records[NotificationListener]:
    found = USER.search(line)
    names = line[: found.start()] if found else line
    for name in names.split(":"):
        package, cls = component(name) or ((name.strip(), "") if "." in name and " " not in name.strip() else ("", ""))
        if package:
            yield NotificationListener(
                where=text.at(file, number), package=package, component=cls, user=int(found[1]) if found else None,
                state=state, kind=kind,
            )  # fmt: skip
        else:
            yield Problem(where=text.at(file, number), detail=f"not a notification {kind}: {line[:80]!r}")
