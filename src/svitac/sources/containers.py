"""Containers, told apart by their first bytes: zip, gzip, age, adb backup. Each puts its files into a `Tree`."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, cast

from svitac.blob import Blob, spool
from svitac.model import LocalTime, Loss, Problem, Unreadable, Where
from svitac.sources import age, backup
from svitac.sources.guard import guarded
from svitac.sources.tree import ENTER, Leaf, Tree

DEEPEST = 4  # a zip in a zip in an age file is three; more is an attack
ENTERED = (".zip", ".age", ".gz", ".ab")  # names that are looked into; an .apk is evidence in itself
MOST_FILES = 2_000_000


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
        magic = stream.read(32)
    for starts, what, open_container in KNOWN:
        if magic.startswith(starts):
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
            blob = spool(stream)
        return enter(tree, leaf.path, blob, keys, depth)
    except Unreadable as exc:
        tree.problems.append(Problem(where=Where(leaf.path, exc.spot), detail=str(exc), loss=Loss.FILE))


def _inside(path: str, name: str, depth: int) -> str:
    """The path of a member. The outermost container's own name is left out: it changes from copy to copy."""
    clean = name.replace("\\", "/").lstrip("/")
    return f"{path}{ENTER}{clean}" if depth else clean


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

    def opener(self, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
        def open_member() -> BinaryIO:
            try:
                stream = cast(BinaryIO, self.file().open(info))
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as exc:
                raise Unreadable(f"damaged or encrypted zip entry: {exc}") from exc
            return guarded(stream, info.compress_size)

        return open_member


def _zip(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    archive = _Zip(blob)
    try:
        infos = archive.file().infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as exc:
        raise Unreadable(f"damaged or truncated zip, its list of files is missing ({exc})") from exc
    if len(infos) > MOST_FILES:
        raise Unreadable(f"refused: a zip of {len(infos)} entries")
    for info in sorted(infos, key=lambda i: (i.filename, i.header_offset)):
        if not info.is_dir():
            wall = _zip_time(info.date_time)
            leaf = Leaf(_inside(path, info.filename, depth), info.file_size, archive.opener(info), wall)
            enter_if_container(tree, leaf, keys, depth + 1)


def _zip_time(parts: tuple[int, ...]) -> LocalTime | None:
    """Zip times are the wall clock of whoever wrote the zip, without a zone; 1980-01-01 means "not set"."""
    try:
        wall = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall clock has no zone
    except ValueError:
        return None
    return LocalTime(wall) if wall.year > 1980 else None


def _gzip(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    inner = path.removesuffix(".gz").removesuffix(".GZ") if depth else (path.removesuffix(".gz") or "gunzipped")

    def open_inner() -> BinaryIO:
        packed = blob.open()
        return guarded(cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb")), blob.size, below=packed)

    tree.add(Leaf(inner, blob.size, open_inner))


def _age(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    plain = age.decrypt(blob, keys.identities, keys.password)
    enter(tree, path.removesuffix(".age"), plain, keys, depth)


def _backup(tree: Tree, path: str, blob: Blob, keys: Keys, depth: int) -> None:
    for name, size, opener in backup.members(blob, keys.password):
        tree.add(Leaf(_inside(path, name, depth), size, opener))


KNOWN: tuple[tuple[bytes, str, Callable[[Tree, str, Blob, Keys, int], None]], ...] = (
    (b"PK\x03\x04", "zip", _zip),
    (b"PK\x05\x06", "empty zip", _zip),
    (b"\x1f\x8b", "gzip", _gzip),
    (b"age-encryption.org/v1", "age", _age),
    (b"ANDROID BACKUP\n", "adb backup", _backup),
)
