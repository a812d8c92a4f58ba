"""When an Android phone was last started and last reset to factory state, from a full file system.

`/data/misc/bootstat/` holds one file per event; its name is the event and its value is the file's time of last change
(older versions; the file is empty) or a number in it. `last_boot_time_utc`, `factory_reset`, `build_date` and
`factory_reset_current_time` count seconds since 1970: `time`. Most others count seconds, or milliseconds, since the
start. When the archive kept no time of change, or one without zone, an empty file has no `value`. A factory reset after
a custody means that what stood on the phone before is gone.
Source: AOSP `bootstat`; no file of a real phone was at hand.
"""

from datetime import UTC, datetime

from svitac.declare import artifact
from svitac.formats import clock
from svitac.formats.indented import whole
from svitac.model import Clock, Covers, File, Problem, Record, Records, Where

LARGEST = 64  # bytes of a number
MOMENTS = ("last_boot_time_utc", "factory_reset", "factory_reset_current_time", "build_date")


class BootEvent(Record, frozen=True, kw_only=True):
    event: str
    value: int | None
    time: datetime | None

    def says(self) -> str:
        return f"{self.event}" if self.value is None else f"{self.event} {self.value}"


@artifact(
    "android.bootstat",
    paths=["**/misc/bootstat/*"],
    clock=Clock.EPOCH,
    covers=Covers.LAST,
    kept="until the next start; the factory reset for good",
)
def parse(file: File) -> Records[BootEvent]:
    event = file.path.rpartition("/")[2]
    with file.open() as src:
        inside = src.read(LARGEST + 1).decode("utf-8", "backslashreplace").strip("\0 \r\n")
    try:
        value = whole(inside) if inside else _changed(file)
        time = clock.seconds(value) if event in MOMENTS else None
    except (ValueError, OverflowError) as exc:
        yield Problem(where=Where(file.path), detail=f"{event}: {exc}")
        return
    yield BootEvent(where=Where(file.path), event=event, value=value, time=time)


def _changed(file: File) -> int | None:
    """The file's time of last change in seconds: a number of seconds since the start looks like January 1970."""
    moment = file.modified.utc if file.modified else None
    return int(moment.astimezone(UTC).timestamp()) if moment else None
