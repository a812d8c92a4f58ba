"""Containers, told apart by their first bytes: zip, gzip, tar, age, adb backup. Each puts its files into a `Tree`.

Paths inside are those of the archive, with `/` as separator and without a leading `/` or `./`. A full file system as
Cellebrite writes it stands below `Dump/`, as GrayKey writes it at the root: globs begin with `**/` and fit both. A
container that is cut gives what stands before the cut, and a problem says so.
"""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO, TypeAlias, cast

from svitac.blob import Blob
from svitac.model import LocalTime, Loss, Problem, Unreadable, Where
from svitac.sources import age, backup, salvage, tar
from svitac.sources.guard import guarded, to_the_damage
from svitac.sources.tree import ENTER, Leaf, Tree

DEEPEST = 4  # a zip in a zip in an age file is three; more is an attack
ENTERED = (".zip", ".age", ".gz", ".ab", ".tar", ".tgz")  # names that are looked into; an .apk is evidence in itself
MOST_FILES = 2_000_000
_InZip: TypeAlias = tuple[str, int, tuple[int, ...], Callable[[], BinaryIO]]  # name, size, time, opener


@dataclass(frozen=True, slots=True)
class Keys:
    """What the analyst gave to open encrypted evidence."""

    identities: tuple[str, ...] = ()  # age identities, "AGE-SECRET-KEY-1..."
    password: str | None = field(default=None, repr=False)


def enter(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int = 0) -> None:
    """Put the files of the container `blob`, or `blob` itself as one file, into `tree`.

    Raises Unreadable when the container cannot be entered at all.
    """
    with blob.open() as stream:
        magic = stream.read(tar.HEADER)
    for starts, what, open_container in KNOWN:
        if magic.startswith(starts) if isinstance(starts, bytes) else starts(magic):
            if depth >= DEEPEST:
                raise Unreadable(f"refused: {DEEPEST} containers inside one another")
            tree.containers[path] = what
            return open_container(tree, path, blob, keys, depth)
    tree.add(Leaf(path, blob.size, blob.open))
    return None


def enter_if_container(tree: Tree, leaf: Leaf, keys: Keys, depth: int) -> None:
    """Enter a file that was found inside something; one that cannot be entered becomes a problem."""
    if not leaf.name.lower().endswith(ENTERED):
        return tree.add(leaf)
    tree.nested[leaf.path] = leaf
    try:
        with leaf.open() as stream:
            blob, broken = salvage.spooled(stream)
        if broken:
            _tell(tree, leaf.path, broken)
        return enter(tree, leaf.path, blob, keys, depth)
    except Unreadable as exc:
        _tell(tree, leaf.path, exc)


def _tell(tree: Tree, path: str, what: Unreadable | str, loss: Loss = Loss.FILE, spot: str = "") -> None:
    where = Where(path, what.spot if isinstance(what, Unreadable) else spot)
    tree.problems.append(Problem(where=where, detail=str(what), loss=loss))


def _inside(path: str, name: str, depth: int) -> str:
    """The path of a member. The outermost container's own name is left out: it changes from copy to copy."""
    clean = name.replace("\\", "/").lstrip("/")
    while clean.startswith("./"):
        clean = clean[2:].lstrip("/")
    return f"{path}{ENTER}{clean}" if depth else clean


def _links(tree: Tree, path: str, count: int, some: list[str]) -> None:
    """The links of one container, in one problem: named, not followed."""
    if count:
        named = "; ".join(some) + ("; ..." if count > len(some) else "")
        _tell(tree, path, f"{count} links are not followed: {named}", Loss.NONE)


class _Zip:
    """One zip, opened once per process."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self._opened: dict[int, tuple[BinaryIO, zipfile.ZipFile]] = {}  # by process

    def file(self) -> zipfile.ZipFile:
        if os.getpid() not in self._opened:
            stream = self.blob.open()
            try:
                self._opened[os.getpid()] = stream, zipfile.ZipFile(stream)
            except BaseException:
                stream.close()
                raise
        return self._opened[os.getpid()][1]

    def __del__(self) -> None:
        for stream, archive in self._opened.values():
            archive.close()
            stream.close()


@dataclass(frozen=True, slots=True)
class _ZipMember:
    """One entry of a zip; calling it opens it. Small: a file system has a million of them."""

    archive: _Zip
    info: zipfile.ZipInfo

    def __call__(self) -> BinaryIO:
        try:
            stream = cast(BinaryIO, self.archive.file().open(self.info))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as exc:
            raise Unreadable(f"damaged or encrypted zip entry: {exc}") from exc
        return guarded(stream, self.info.compress_size)


def _zip(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    try:
        files = _listed(tree, path, _Zip(blob))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as exc:
        files = _salvaged(tree, path, blob, exc)
    for name, size, moment, opener in files:
        enter_if_container(tree, Leaf(_inside(path, name, depth), size, opener, _zip_time(moment)), keys, depth + 1)


def _listed(tree: Tree, path: str, archive: _Zip) -> Iterator[_InZip]:
    """The files by the list at the end of the zip. Raises what `zipfile` raises when there is none."""
    infos = archive.file().infolist()
    if len(infos) > MOST_FILES:
        raise Unreadable(f"refused: a zip of {len(infos)} entries")
    if min((info.header_offset for info in infos), default=0):  # and this one was cut right behind the other
        raise zipfile.BadZipFile("the only list is that of an archive inside")
    links = [info for info in infos if stat.S_ISLNK(info.external_attr >> 16)]
    _links(tree, path, len(links), [info.filename for info in links[:20]])
    return (
        (info.filename, info.file_size, info.date_time, _ZipMember(archive, info))
        for info in sorted(infos, key=lambda i: (i.filename, i.header_offset))
        if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)
    )


def _salvaged(tree: Tree, path: str, blob: Blob, why: Exception) -> Iterator[_InZip]:
    """The files by the headers before them, and a problem that says so."""
    found = salvage.salvage(blob)
    detail = f"damaged or truncated zip, its list of files is missing ({why}): {found.says()}"
    _tell(tree, path, detail, spot=f"offset {found.broken_at:#x}")
    entries = sorted(found.entries, key=lambda e: (e.name, e.at))
    return ((e.name, e.size, e.moment, partial(e.open, blob)) for e in entries)


def _tar(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    listing = tar.Listing(blob)
    for count, member in enumerate(listing):
        if count >= MOST_FILES:
            raise Unreadable(f"refused: a tar of more than {MOST_FILES} files")
        wall = _unix_time(member.modified)
        enter_if_container(tree, Leaf(_inside(path, member.name, depth), member.size, member, wall), keys, depth + 1)
    _links(tree, path, listing.linked, listing.links)
    if listing.odd:
        _tell(tree, path, f"{listing.odd} entries that are neither files, folders nor links", Loss.NONE)
    if listing.sparse:
        some = ", ".join(listing.sparse[:20])
        _tell(tree, path, f"{len(listing.sparse)} files are stored with holes (sparse) and were not read: {some}")
    if listing.wrong:
        _tell(tree, path, listing.wrong)


def _zip_time(parts: tuple[int, ...]) -> LocalTime | None:
    """Zip times are the wall clock of whoever wrote the zip, without a zone; 1980-01-01 means "not set"."""
    try:
        wall = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall clock has no zone
    except ValueError:
        return None
    return LocalTime(wall) if wall.year > 1980 else None


def _unix_time(seconds: float) -> LocalTime | None:
    try:
        moment = datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    return LocalTime(moment.replace(tzinfo=None), "UTC", moment) if moment else None


def _gzip(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    inner = path.removesuffix(".gz").removesuffix(".GZ") if depth else (path.removesuffix(".gz") or "gunzipped")

    def open_inner() -> BinaryIO:
        packed = blob.open()
        return guarded(cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb")), blob.size, below=packed)

    with to_the_damage(open_inner(), says=False) as stream:
        head = stream.read(tar.HEADER)
    if not tar.looks_like_one(head):
        return tree.add(Leaf(inner, blob.size, open_inner))
    with open_inner() as stream:
        unpacked, broken = salvage.spooled(stream)
    if broken:
        _tell(tree, path, broken)
    return _tar(tree, path, unpacked, keys, depth)


def _age(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    plain, wrong = age.decrypt(blob, keys.identities, keys.password)
    if wrong:
        _tell(tree, path, wrong, spot=f"offset {plain.size:#x} of the plain bytes")
    enter(tree, path.removesuffix(".age"), plain, keys, depth)


def _backup(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    for name, size, opener in backup.members(blob, keys.password):
        tree.add(Leaf(_inside(path, name, depth), size, opener))


KNOWN: tuple[tuple[bytes | Callable[[bytes], bool], str, Callable[[Tree, str, Blob, Keys, int], None]], ...] = (
    (b"PK\x03\x04", "zip", _zip),
    (b"PK\x05\x06", "empty zip", _zip),
    (b"\x1f\x8b", "gzip", _gzip),
    (b"age-encryption.org/v1", "age", _age),
    (b"ANDROID BACKUP\n", "adb backup", _backup),
    (tar.looks_like_one, "tar", _tar),
)
