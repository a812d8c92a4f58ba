"""Android files as AndroidQF listed them: path, size, owner, mode, times, SELinux context, hashes.

`files.json`, a list of some 10^5 to 10^6 objects; files only, no folders. Times are Unix seconds, 0 for unknown; ctime
cannot be set back by `touch` without root. Hashes are "" unless they were asked for. When the collector could not run,
AndroidQF falls back to `find`: then only the path, or path and modification time, are there. Its collector reuses one
struct, so a field may leak from the entry before: a hash or an owner of a file with `error` is not to be trusted.
Checked on three small listings, of Android 10 and unknown versions.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from svitac.declare import artifact
from svitac.formats import json
from svitac.formats.loose import Fields
from svitac.model import Bulk, Clock, File, FileHash, FilePath, Problem, Record, Stage, Where

_Int = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None
_Digest = Annotated[str, Meta(pattern="^[0-9a-f]*$")] | None


class FileEntry(Record, frozen=True, kw_only=True):
    path: FilePath
    size: int | None
    mode: str | None
    user_id: int | None
    user: str | None
    group_id: int | None
    group: str | None
    modified: datetime | None
    changed: datetime | None
    accessed: datetime | None
    context: str | None
    error: str | None
    md5: FileHash | None
    sha1: FileHash | None
    sha256: FileHash | None
    sha512: FileHash | None

    def says(self) -> str:
        size = "" if self.size is None else f", {self.size} bytes"
        modified = f", last modified {self.modified:%Y-%m-%d %H:%M:%S} UTC" if self.modified else ""
        return f"the file {self.path}{size}{modified}"


class _Row(Struct, gc=False):
    """An entry as it is spelled, with the types it has when all is well."""

    path: Annotated[str, Meta(min_length=1)]
    size: _Int = None
    mode: str | None = None
    user_id: _Int = None
    user_name: str | None = None
    group_id: _Int = None
    group_name: str | None = None
    modified_time: _Int = None
    changed_time: _Int = None
    access_time: _Int = None
    context: str | None = None
    error: str | None = None
    md5: _Digest = None
    sha1: _Digest = None
    sha256: _Digest = None
    sha512: _Digest = None


_NAMES = tuple(name for name in FileEntry.__struct_fields__ if name != "where")
_SPELLED = {"user": "user_name", "group": "group_name", "accessed": "access_time"}
_SPELLED |= {name: f"{name}_time" for name in ("modified", "changed")}
_VALUES = attrgetter(*(_SPELLED.get(name, name) for name in _NAMES))
_TEXTS = ("mode", "user", "group", "context", "error", "md5", "sha1", "sha256", "sha512")
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_799  # what a datetime holds, in Unix seconds


@artifact("android.files", paths=["**/files.json"], clock=Clock.EPOCH, kept="until deleted", stage=Stage.PERSISTED)
def parse(file: File) -> Iterator[FileEntry | Problem | Bulk]:
    for first, rows in json.stretches(file, _Row):
        if bulk := _bulk(file, first, rows):
            yield bulk
            continue
        for number, row in enumerate(rows, first):
            where = Where(file.path, f"item {number}")
            values = structs.asdict(row) if isinstance(row, _Row) else row
            if isinstance(values, dict):
                yield from _careful(where, values)
            else:
                yield json.not_an_object(where, values)


def _bulk(file: File, first: int, rows: list[Any]) -> Bulk | None:
    """The rows as columns, when all of them are as they should be."""
    if not rows or any(type(row) is not _Row for row in rows):
        return None
    columns = dict(zip(_NAMES, map(list, zip(*map(_VALUES, rows), strict=True)), strict=True))
    for name in ("modified", "changed", "accessed"):
        columns[name] = [seconds or None for seconds in columns[name]]
        known = [seconds for seconds in columns[name] if seconds is not None]
        if known and not _EARLIEST <= min(known) <= max(known) <= _LATEST:
            return None
    for name in _TEXTS:
        columns[name] = [text or None for text in columns[name]]
    return Bulk(FileEntry, file.path, first, columns)


def _careful(where: Where, values: dict[str, Any]) -> Iterator[FileEntry | Problem]:
    """An entry that holds something unexpected: keep the rest of it, and say what it was."""
    fields = Fields(values)
    path = fields.text("path")
    if path is None:
        yield Problem(where=where, detail="a file without a path")
        return
    yield FileEntry(
        where=where,
        path=path,
        size=fields.integer("size"),
        mode=fields.text("mode"),
        user_id=fields.integer("user_id"),
        user=fields.text("user_name"),
        group_id=fields.integer("group_id"),
        group=fields.text("group_name"),
        modified=fields.seconds("modified_time"),
        changed=fields.seconds("changed_time"),
        accessed=fields.seconds("access_time"),
        context=fields.text("context"),
        error=fields.text("error"),
        md5=fields.digest("md5"),
        sha1=fields.digest("sha1"),
        sha256=fields.digest("sha256"),
        sha512=fields.digest("sha512"),
    )
    if fields.wrong:
        yield fields.problem(where)
