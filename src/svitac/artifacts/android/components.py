"""Android components that answer to intents: which app receives SMS, calls and boots, opens links, offers documents.

The four `... Resolver Table:` parts of `dumpsys package`, one record per line:

    Receiver Resolver Table:
      Non-Data Actions:                                            the table
          android.provider.Telephony.SMS_RECEIVED:                 the key: an action, a scheme or a MIME type
            a713de8 com.example/.SmsReceiver (2 filters)           object, component, how many filters say so

Android 2.3 prints every filter by itself: `406b12e0 com.example/.Name filter 406b1500`; so does `dumpsys package -f`,
whose filters (depth 10 and more) are not read. Only components of installed apps that are enabled stand here; receivers
that an app registers while it runs do not (`dumpsys activity broadcasts` has them). The `Preferred Activities` tables
look alike and are not read. Source: AOSP `IntentResolver.dump`; checked on Android 2.3, 10, Samsung Android 9 to 12.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import rows
from svitac.model import File, PackageName, Problem, Record, Records, Stage

ROLE = re.compile(r"(Activity|Receiver|Service|Provider) Resolver Table:")
ENTRY = re.compile(r"[0-9a-f]{1,16} ([^\s/]+)/(\S+)(?: filter [0-9a-f]+)?(?: \((\d{1,9}) filters\))?")
TABLE, KEY, COMPONENT = 2, 6, 8  # depths


class Component(Record, frozen=True, kw_only=True):
    role: str  # "activity", "receiver", "service", "provider"
    table: str  # "Non-Data Actions", "Schemes", "Full MIME Types" ...
    key: str  # the action, scheme or MIME type it answers to
    package: PackageName
    component: str  # the class as printed; one that starts with a dot stands in the package
    filters: int

    def says(self) -> str:
        article = "an" if self.role == "activity" else "a"
        return f"{self.package}/{self.component} is {article} {self.role} for {self.key or repr(self.key)}"


@artifact("android.components", services=["package"], kept="while installed", stage=Stage.PERSISTED)
def parse(file: File) -> Records[Component]:
    role, table = "", ""
    key: str | None = None  # "" is a key: an intent filter may name an empty scheme
    for number, depth, line in rows(file):
        if depth < TABLE:
            found = ROLE.fullmatch(line)
            if found or not role or line.endswith(":") or line.startswith("------"):
                role, table, key = (found[1].lower() if found else ""), "", None
            else:
                yield Problem(where=text.at(file, number), detail=f"text inside the {role} table: {line[:80]!r}")
        elif not role:
            continue
        elif depth == TABLE:
            table, key = line.removesuffix(":"), None
        elif depth == COMPONENT and key is not None and (got := ENTRY.fullmatch(line)):
            package, name, filters = got.groups()
            yield Component(
                where=text.at(file, number), role=role, table=table, key=key, package=package, component=name,
                filters=int(filters or 1),
            )  # fmt: skip
        elif depth == KEY and line.endswith(":"):
            key = line[:-1]
        elif depth <= COMPONENT:
            yield Problem(where=text.at(file, number), detail=f"not a component of the {role} table: {line[:80]!r}")
