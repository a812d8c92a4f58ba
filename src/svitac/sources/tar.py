"""tar archives, such as a full file system: every regular file with its place, and the links by name.

Links are not followed: a symbolic link leads where it likes, and the bytes of a hard link stand under its other name.
A tar has no list of files; one that was cut gives what stands before the cut. Listing reads the 512 bytes before each
file and keeps nothing else, so a file system of a million files costs little memory. Times are seconds since 1970.
Source: POSIX pax and GNU tar, as Python's `tarfile` reads them.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from svitac.blob import Blob, cut
from svitac.model import Unreadable
from svitac.sources.guard import BROKEN, guarded, to_the_damage

HEADER = 512
_CHECKSUM = slice(148, 156)


@dataclass(frozen=True, slots=True)
class Member:
    """One regular file; calling it opens it. `missing` bytes at its end are beyond the cut."""

    name: str
    start: int
    size: int
    modified: float
    blob: Blob = field(repr=False, compare=False)
    missing: int = 0

    def __call__(self) -> BinaryIO:
        if not self.missing:
            return cut(self.blob.open(), self.start, self.size)
        there = cut(self.blob.open(), self.start, self.size - self.missing)
        return cast(BinaryIO, to_the_damage(guarded(cast(BinaryIO, _CutOff(there)), buffered=False)))


@dataclass(slots=True)
class Listing:
    """The files of an archive, one after the other; what is beside them is known at the end."""

    blob: Blob
    links: list[str] = field(default_factory=list)  # "name -> target", the first of them
    linked: int = 0
    odd: int = 0  # devices, pipes
    sparse: list[str] = field(default_factory=list)  # files stored with holes, which are not read
    wrong: Unreadable | None = None

    def __iter__(self) -> Iterator[Member]:
        with self.blob.open() as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r:", errorlevel=0) as archive:
                    yield from self._members(archive)
            except (tarfile.TarError, *BROKEN) as exc:
                self.wrong = Unreadable(f"the tar is damaged or truncated: {exc}")

    def _members(self, archive: tarfile.TarFile) -> Iterator[Member]:
        end, there = 0, self.blob.size
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined]  # it would keep every header
            end = info.offset_data + (info.size if info.isreg() else 0)
            if info.issym() or info.islnk():
                self._link(info)
            elif info.isreg() and not info.issparse():
                missing = min(info.size, max(0, end - there))
                yield Member(info.name, info.offset_data, info.size, info.mtime, self.blob, missing)
                if missing:
                    self.wrong = Unreadable(f"truncated inside {info.name!r}", f"offset {there:#x}")
                    return
            elif info.issparse():
                self.sparse.append(info.name)
            elif not info.isdir():
                self.odd += 1
        self._ending(max(end, archive.offset), archive.fileobj)

    def _link(self, info: tarfile.TarInfo) -> None:
        self.linked += 1
        if len(self.links) < 20:
            self.links.append(f"{info.name} -> {info.linkname}")

    def _ending(self, at: int, stream: object) -> None:
        """`tarfile` takes any damage behind the first header for the end: an honest end is a block of zeros."""
        cast(BinaryIO, stream).seek(at - at % HEADER)
        block = cast(BinaryIO, stream).read(HEADER)
        if not block or block.strip(b"\0"):
            what = "no file begins where one should" if block else "truncated: it ends without its end mark"
            self.wrong = Unreadable(f"{what}", f"offset {at:#x}")


class _CutOff:
    """A stream whose end is not the end of the file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        part = self._stream.read(size)
        if not part:
            raise EOFError("the archive ends inside this file")
        return part

    def close(self) -> None:
        self._stream.close()


def looks_like_one(head: bytes) -> bool:
    """Whether these first 512 bytes are the header of a file in a tar: its checksum fits."""
    if len(head) < HEADER or not head[0]:
        return False
    told = head[_CHECKSUM].strip(b"\0 ")
    wanted = sum(head[:HEADER]) - sum(head[_CHECKSUM]) + 8 * 0x20
    try:
        return int(told, 8) == wanted
    except ValueError:
        return False
