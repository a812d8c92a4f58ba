"""How AndroidQF acquired the phone: when, by which version, from which device.

`acquisition.json`, one object; times are RFC 3339 with the offset of the analyst's computer. `completed` is year 1 or
absent when the acquisition was interrupted. `collector` is null when the binary could not be pushed to the phone; the
ADB serial stands in it. Everything between `started` and `completed` is the analyst's doing, not an attacker's.
Checked on a planted acquisition in the form of AndroidQF 1.8.
"""

from datetime import datetime

from svitac.declare import artifact
from svitac.formats import json
from svitac.formats.loose import Fields
from svitac.model import Clock, File, FilePath, Record, Records, Unreadable, Where


class Acquisition(Record, frozen=True, kw_only=True):
    uuid: str | None
    version: str | None
    started: datetime | None
    completed: datetime | None
    cpu: str | None
    streaming: bool | None
    storage_path: str | None
    temporary_folder: FilePath | None
    sdcard: FilePath | None
    collector: FilePath | None
    collector_installed: bool | None
    collector_architecture: str | None
    adb_serial: str | None

    def says(self) -> str:
        until = f"to {self.completed:%Y-%m-%d %H:%M:%S}" if self.completed else "and was not completed"
        since = f"{self.started:%Y-%m-%d %H:%M:%S}" if self.started else "an unknown time"
        return f"AndroidQF {self.version or 'of unknown version'} read the phone from {since} {until} UTC"


@artifact("android.acquisition", paths=["**/acquisition.json"], clock=Clock.OFFSET, kept="in the acquisition")
def parse(file: File) -> Records[Acquisition]:
    value = json.document(file)
    if not isinstance(value, dict):
        raise Unreadable("an object should stand here")
    fields, where = Fields(value), Where(file.path)
    collector = Fields(fields.raw("collector", dict) or {}, fields.wrong)
    adb = Fields(collector.raw("Adb", dict) or {}, fields.wrong)
    yield Acquisition(
        where=where,
        uuid=fields.text("uuid"),
        version=fields.text("androidqf_version"),
        started=fields.with_offset("started"),
        completed=fields.with_offset("completed"),
        cpu=fields.text("cpu"),
        streaming=fields.flag("streaming_mode"),
        storage_path=fields.text("storage_path"),
        temporary_folder=fields.text("tmp_dir"),
        sdcard=fields.text("sdcard"),
        collector=collector.text("ExePath"),
        collector_installed=collector.flag("Installed"),
        collector_architecture=collector.text("Architecture"),
        adb_serial=adb.text("Serial"),
    )
    if fields.wrong:
        yield fields.problem(where)
