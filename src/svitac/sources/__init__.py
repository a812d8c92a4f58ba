"""Evidence as it is handed over, seen as one tree of files. `open_evidence` recognises the kind by content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from svitac.blob import OnDisk
from svitac.model import Loss, Problem, Unreadable, Where
from svitac.sources.containers import Keys, enter, enter_if_container
from svitac.sources.tree import Leaf, Tree

__all__ = ["Keys", "Leaf", "Tree", "open_evidence"]


def open_evidence(path: Path, keys: Keys | None = None) -> Tree:
    """Everything at `path`, a file or a folder, with the containers in it entered. Raises Unreadable."""
    keys = keys or Keys()
    if path.is_dir():
        return _folder(path, keys)
    if not path.is_file():
        raise Unreadable("no such file or folder" if not path.exists() else "neither a file nor a folder")
    blob = OnDisk(path)
    if not blob.size:
        raise Unreadable("the file is empty")
    tree = Tree(inputs={path.name: blob.open})
    enter(tree, path.name, blob, keys)
    return tree


def _folder(root: Path, keys: Keys) -> Tree:
    tree = Tree()
    for local in _walk(root, tree):
        inside = local.relative_to(root).as_posix()
        blob = OnDisk(local)
        try:
            leaf = Leaf(inside, blob.size, blob.open)
        except OSError as exc:
            tree.problems.append(Problem(where=Where(inside), detail=str(exc.strerror), loss=Loss.FILE))
            continue
        tree.inputs[inside] = blob.open
        enter_if_container(tree, leaf, keys, 1)
    if not tree.leaves and not tree.problems:
        raise Unreadable("the folder is empty")
    return tree


def _walk(root: Path, tree: Tree) -> Iterator[Path]:
    """Regular files in sorted order. A link is named, not followed: it may lead out of the evidence."""

    def unreadable(exc: OSError) -> None:
        inside = Path(exc.filename).relative_to(root).as_posix()
        tree.problems.append(Problem(where=Where(inside), detail=f"{exc.strerror}", loss=Loss.FILE))

    for folder, folders, files in os.walk(root, onerror=unreadable):
        folders.sort()
        for name in sorted(files):
            local = Path(folder, name)
            if local.is_symlink() or not local.is_file():
                where = Where(local.relative_to(root).as_posix())
                tree.problems.append(Problem(where=where, detail="not a regular file: not followed", loss=Loss.NONE))
            else:
                yield local
