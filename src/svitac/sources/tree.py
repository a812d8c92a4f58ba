"""What every source is turned into: files by their path in the evidence, in sorted order."""

from __future__ import annotations

import fnmatch
import re
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from svitac.model import LocalTime, Problem

ENTER = "!/"  # a container inside the evidence is entered with this


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file of the evidence. Satisfies `svitac.model.File`."""

    path: str
    size: int
    opener: Callable[[], BinaryIO] = field(compare=False, repr=False)
    modified: LocalTime | None = None
    zone: str = ""
    until: datetime | None = None
    first_line: int = 1
    home: weakref.ref[Tree] | None = field(default=None, compare=False, repr=False)  # weak: no cycle keeps files open

    def open(self) -> BinaryIO:
        return self.opener()

    def sibling(self, suffix: str) -> Leaf | None:
        """The file of this name with `suffix` appended; `/..` at its beginning leads up: `/../x` is beside it."""
        tree, base = self.home and self.home(), self.path
        while suffix.startswith("/.."):
            base, suffix = base.rpartition("/")[0], suffix[3:]
        return tree.leaves.get(base + suffix) if tree else None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(slots=True, weakref_slot=True)
class Tree:
    """Everything that was handed over, with containers entered, and what could not be entered.

    `inputs` lists what an examiner can hash again: the files as they lie on the analyst's disk.
    """

    leaves: dict[str, Leaf] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    containers: dict[str, str] = field(default_factory=dict)  # path -> what it is: "zip", "adb backup"
    nested: dict[str, Leaf] = field(default_factory=dict)  # the containers inside, as the files they are
    inputs: dict[str, Callable[[], BinaryIO]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Leaf]:
        return iter(self.leaves[path] for path in sorted(self.leaves))

    def add(self, leaf: Leaf) -> None:
        """Put a file in; a second one of the same path is kept under `path#2`."""
        path, count = leaf.path, 1
        while path in self.leaves:
            count += 1
            path = f"{leaf.path}#{count}"
        known = leaf if path == leaf.path else replace(leaf, path=path)
        object.__setattr__(known, "home", weakref.ref(self))  # it is new: a copy of a million of them takes seconds
        self.leaves[path] = known

    def find(self, patterns: Iterable[str]) -> Iterator[Leaf]:
        """The files whose path, or path inside a nested container, fits one of the globs."""
        wanted = matcher(tuple(patterns))
        return (leaf for leaf in self if wanted(leaf.path))


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """A test for paths. `**/x` also fits `x` at the root, and the root of any nested container."""
    if not patterns:
        return lambda path: False
    parts = [
        f"(?:.*/)?{fnmatch.translate(p.removeprefix('**/'))}" if p.startswith("**/") else fnmatch.translate(p)
        for p in patterns
    ]
    fits = re.compile("|".join(parts)).match
    return lambda path: fits(path) is not None
