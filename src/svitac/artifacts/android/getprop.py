"""Android system properties: build, security patch, time zone, why the phone last started.

`getprop.txt` of AndroidQF, `SYSTEM PROPERTIES` of a bug report; `[name]: [value]`, and a value may run over several
lines. `persist.sys.boot.reason.history` holds up to four lines `reason[,detail],epoch`; the epoch may count from 1970
when the clock was not yet set. Reference: AOSP `system/core/bootstat`; checked on Android 10.
"""

from svitac.declare import artifact, each, into
from svitac.formats.getprop import properties
from svitac.model import File, Problem, PropertyName, Record, Records


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
