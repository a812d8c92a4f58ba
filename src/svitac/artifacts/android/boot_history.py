"""Why and when an Android phone last started: the four newest starts, from a system property.

`persist.sys.boot.reason.history` holds one line per start, the newest first: `reason[,detail],epoch`, such as
`shutdown,userrequested,1578481152` or `reboot,1577214062`. The reason says how the run *before* ended; the time is
when `bootstat` wrote the line, early in the new run, by the phone's own clock in seconds since 1970. A phone whose
clock was not set yet writes a time before 2008: `time` is then None and `raw` keeps the number. `reboot,recovery`,
`bootloader` and `reboot,factory_reset` say that somebody stood at the phone with its buttons or its settings. A tool
that runs as root can rewrite the property. Source: AOSP `system/core/bootstat`; checked on Android 10.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from svitac.declare import artifact, each
from svitac.formats import clock, text
from svitac.formats.getprop import properties
from svitac.model import Clock, Covers, File, Garbled, Problem, Record, Records

NAME = "persist.sys.boot.reason.history"
OLDEST = datetime(2008, 1, 1, tzinfo=UTC)  # before the first Android phone: a clock that was not set


class Boot(Record, frozen=True, kw_only=True):
    reason: str
    detail: str | None
    time: datetime | None
    raw: str

    def says(self) -> str:
        why = f"{self.reason} ({self.detail})" if self.detail else self.reason
        return f"the phone started; the reason it gives: {why}"


@artifact(
    "android.boot_history",
    paths=["**/getprop.txt"],
    sections=["SYSTEM PROPERTIES"],
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept="the last four starts",
)
def parse(file: File) -> Records[Boot]:
    for item in properties(file):
        if isinstance(item, Problem):
            if NAME in item.detail:  # what is wrong with other properties is told by android.getprop
                yield item
        elif item[1]["name"] == NAME:
            yield from each(_lines(item[1]), lambda line: _boot(file, *line))


def _lines(values: dict[str, str | int]) -> Iterator[tuple[int, str]]:
    """The entries of the history, each with its line in the file."""
    for number, line in enumerate(str(values["value"]).split("\n"), int(values["line"])):
        if line.strip():
            yield number, line.strip()


def _boot(file: File, number: int, raw: str) -> Boot:
    where = text.at(file, number)
    head, _, epoch = raw.rpartition(",")
    if not head or not (epoch.isascii() and epoch.isdigit()):
        raise Garbled(where, f"a start should end with `,` and its time in seconds, not {raw[:80]!r}")
    try:
        time = clock.seconds(epoch)
    except (ValueError, OverflowError) as exc:
        raise Garbled(where, f"a start whose time is out of range: {raw[:80]!r}") from exc
    reason, _, detail = head.partition(",")
    if time is not None and time < OLDEST:
        time = None
    return Boot(where=where, reason=reason, detail=detail or None, time=time, raw=raw)
