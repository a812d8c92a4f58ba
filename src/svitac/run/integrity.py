"""Holds the acquisition against its own list of hashes (`hashes.csv` of AndroidQF).

AndroidQF lists `path,sha256`; the path may have the analyst's folder in front and Windows separators, so it is matched
from its end. What it adds last (`command.log`, `acquisition.json`, `hashes.csv`) may honestly be missing from the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from svitac.model import Unreadable, Where
from svitac.rules.compared import Compared
from svitac.sources import Leaf, Tree
from svitac.sources.tree import ENTER

LATE = frozenset({"command.log", "acquisition.json", "hashes.csv"})


def digest(leaf: Leaf) -> str:
    """SHA-256 of a file of the evidence. Raises Unreadable."""
    return measure(leaf.open)[1]


def compare(tree: Tree, listed: Iterable[tuple[str, str, Where]]) -> Iterator[Compared]:
    """Every listed file, then every file of the acquisition that is not listed. `listed`: path, hash, place."""
    known = {**tree.leaves, **tree.nested}
    homes: dict[str, tuple[dict[str, Leaf], dict[str, list[str]]]] = {}
    seen: set[str] = set()
    for path, sha256, where in listed:
        home = where.path.rpartition("/")[0]
        if home not in homes:
            files = {p: known[p] for p in sorted(known) if _belongs(p, home)}
            homes[home] = files, _by_end(files)
        files, by_end = homes[home]
        inside = _find(path, home, files, by_end)
        if inside is None:
            yield Compared(outcome="missing", path=path, listed=sha256, where=where)
            continue
        seen.add(inside)
        yield _one(files[inside], sha256, where)
    for _, (files, _) in sorted(homes.items()):
        for path in files:
            if path not in seen and path.rpartition("/")[2] not in LATE:
                yield Compared(outcome="not listed", path=path, where=Where(path))


def _belongs(path: str, home: str) -> bool:
    """Whether a file lies in the folder of a list of hashes, and not inside a container there."""
    inside = path.removeprefix(f"{home}/") if home else path
    return (not home or inside != path) and ENTER not in inside


def _one(leaf: Leaf, sha256: str, where: Where) -> Compared:
    try:
        actual = digest(leaf)
    except Unreadable:
        return Compared(outcome="unreadable", path=leaf.path, listed=sha256, where=where)
    same = actual == sha256.lower()
    return Compared(outcome="same" if same else "changed", path=leaf.path, listed=sha256, actual=actual, where=where)


def _by_end(files: dict[str, Leaf]) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for path in files:
        ends.setdefault(path.rpartition("/")[2], []).append(path)
    return ends


def _find(listed: str, home: str, files: dict[str, Leaf], by_end: dict[str, list[str]]) -> str | None:
    """The file that a listed path means: the longest common end, below the folder of the list."""
    path = listed.replace("\\", "/")
    candidates = by_end.get(path.rpartition("/")[2], [])
    fits = [c for c in candidates if f"/{path}".endswith("/" + c.removeprefix(home).lstrip("/"))]
    return max(fits, key=len, default=None)


def measure(opener: Callable[[], BinaryIO]) -> tuple[int, str]:
    """Size and SHA-256 of a file as it was handed over. Raises Unreadable."""
    hasher, size = hashlib.sha256(), 0
    with opener() as src:
        while block := src.read(2**20):
            hasher.update(block)
            size += len(block)
    return size, hasher.hexdigest()
