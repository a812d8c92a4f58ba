"""What several tests need: cases built from folders, artifacts run on them, the shared corpus when it is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svitac.declare import Artifact
from svitac.discover import artifacts
from svitac.model import Bulk, Problem, Record
from svitac.run.plan import plan
from svitac.run.work import Outcome, Worker, read
from svitac.sources import Keys, open_evidence

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared"
CORPUS = SHARED / "corpus"
ZONE = "Europe/Belgrade"

needs_shared = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus, which is not in the repository")


def build(case: Path, into: Path) -> Path:
    """The evidence of a case, with databases and bytes made from their readable form."""
    for source in sorted(case.rglob("*")):
        if not source.is_file() or source.name in ("expected.jsonl", "expected.txt") or source.stem == "given":
            continue
        target = into / source.relative_to(case)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".sql":
            with sqlite3.connect(target.with_suffix("")) as db:
                db.executescript(source.read_text())
        elif source.suffix == ".hex":
            lines = (line.partition("#")[0] for line in source.read_text().splitlines())
            target.with_suffix("").write_bytes(bytes.fromhex("".join(lines)))
        else:
            target.write_bytes(source.read_bytes())
    return into


def parsed(evidence: Path, wanted: Artifact[Any], keys: Keys | None = None) -> Iterator[Record | Problem]:
    """Everything one artifact gives on a piece of evidence, without workers or a result folder."""
    tree = open_evidence(evidence, keys)
    yield from tree.problems
    for job in plan(tree, [wanted], zone="" if list(tree.find(["**/getprop.txt"])) else ZONE):
        outcome = Outcome(path=job.leaf.path)
        for artifact, files in worker()._views(job, outcome):
            for _, file in files:
                for item in read(artifact, file):
                    if isinstance(item, Bulk):
                        yield from item.rows(range(len(item)))
                    else:
                        yield item
        yield from outcome.problems


def worker() -> Worker:
    return Worker(rules=(), watchers=lambda artifact: None, folder=Path())


def artifact(id: str) -> Artifact[Any]:
    return next(a for a in artifacts() if a.id == id)
