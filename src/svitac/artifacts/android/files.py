"""Android files as AndroidQF listed them: path, size, owner, mode, times, SELinux context, hashes.

`files.json`, a list of some 10^5 to 10^6 objects; files only, no folders. Times are Unix seconds, 0 for unknown; ctime
cannot be set back by `touch` without root. Hashes are "" unless they were asked for. When the collector could not run,
AndroidQF falls back to `find`: then only the path, or path and modification time, are there. Its collector reuses one
struct, so a field may leak from the entry before: a hash or an owner of a file with `error` is not to be trusted.
Checked on three small listings, of Android 10 and unknown versions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta, Struct

from svitac.declare import artifact
from svitac.formats import json
from svitac.formats.loose import Fields
from svitac.model import Clock, File, FileHash, FilePath, Problem, Record, Records, Stage, Where

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


@artifact("android.files", paths=["**/files.json"], clock=Clock.EPOCH, kept="until deleted", stage=Stage.PERSISTED)
def parse(file: File) -> Records[FileEntry]:
    for item in json.typed(file, _Row):
        if isinstance(item, Problem):
            yield item
            continue
        where, row = item
        if isinstance(row, _Row):
            try:
                yield _quick(where, row)
                continue
            except (ValueError, OverflowError, OSError):  # a time out of range
                row = {name: getattr(row, name) for name in _Row.__struct_fields__}
        yield from _careful(where, row)


def _quick(where: Where, row: _Row) -> FileEntry:
    return FileEntry(
        where=where,
        path=row.path,
        size=row.size,
        mode=row.mode or None,
        user_id=row.user_id,
        user=row.user_name or None,
        group_id=row.group_id,
        group=row.group_name or None,
        modified=_moment(row.modified_time),
        changed=_moment(row.changed_time),
        accessed=_moment(row.access_time),
        context=row.context or None,
        error=row.error or None,
        md5=row.md5 or None,
        sha1=row.sha1 or None,
        sha256=row.sha256 or None,
        sha512=row.sha512 or None,
    )


@lru_cache(maxsize=4096)  # most files of a system image share a few times
def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


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
