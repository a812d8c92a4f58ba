"""Android system properties: build, security patch, time zone, why the phone last started.

`getprop.txt` of AndroidQF, `SYSTEM PROPERTIES` of a bug report; `[name]: [value]`, and a value may run over several
lines. `persist.sys.boot.reason.history` holds up to four lines `reason[,detail],epoch`; the epoch may count from 1970
when the clock was not yet set. Reference: AOSP `system/core/bootstat`; checked on Android 10.
"""

import re
from collections.abc import Iterator

from svitac.declare import artifact, each, into
from svitac.formats import text
from svitac.model import File, Item, Problem, PropertyName, Record, Records

START = re.compile(r"\[([^\]]+)\]: \[(.*)")


class Property(Record, frozen=True, kw_only=True):
    name: PropertyName
    value: str


@artifact("android.getprop", paths=["**/getprop.txt"], sections=["SYSTEM PROPERTIES"], kept="until changed")
def parse(file: File) -> Records[Property]:
    for item in properties(file):
        if isinstance(item, Problem):
            yield item
        else:
            yield from each([item], into(Property))


def properties(file: File) -> Iterator[Item | Problem]:
    """Name and value, with values that run over several lines put together."""
    started, name, value = 0, "", ""
    for number, line in text.lines(file):
        if found := START.fullmatch(line):
            if name:
                yield Problem(where=text.at(file, started), detail=f"the value of {name} does not end")
            started, name, value = number, found[1], found[2]
        elif name:
            value += "\n" + line
        elif line.strip() and not line.startswith("------ "):
            yield Problem(where=text.at(file, number), detail=f"not a property: {line[:80]!r}")
        if name and value.endswith("]"):
            yield text.at(file, started), {"name": name, "value": value[:-1]}
            name = ""
    if name:
        yield Problem(where=text.at(file, started), detail=f"the value of {name} does not end: the text is cut")
