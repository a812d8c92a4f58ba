"""The indicators that Svitac ships: small published sets as facts, in our own format, under `knowledge/families`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from svitac import knowledge
from svitac.indicators.model import Indicator, Loaded, Source
from svitac.model import Kind

FOLDER = "families"


def shipped() -> Loaded:
    """Every indicator of every family. A mistake in our own files raises: a test reads them all."""
    found: list[Indicator] = []
    sources = []
    for name in knowledge.names(FOLDER):
        own = list(_indicators(name, knowledge.load(FOLDER, name)))
        digest = hashlib.sha256(knowledge.text(FOLDER, name).encode()).hexdigest()
        sources.append(Source(f"svitac: {name}", digest, len(own)))
        found += own
    return Loaded(indicators=tuple(sorted(found)), sources=tuple(sources))


def _indicators(name: str, family: dict[str, Any]) -> Iterator[Indicator]:
    for number, group in enumerate(family["indicators"], 1):
        source = family["sources"][group["source"]]
        for value in group["values"]:
            yield Indicator(
                kind=Kind(group["kind"]),
                value=str(value),
                collection=family["name"],
                source=f"svitac: {name}, group {number}",
                publication=source["publication"] or "",
                published=str(source["published"] or ""),
                confidence=group["confidence"],
                note=group.get("note", ""),
            )


def merged(sets: Iterable[Loaded]) -> Loaded:
    """Several sets as one."""
    every = list(sets)
    return Loaded(
        indicators=tuple(sorted({i for one in every for i in one.indicators})),
        yara=tuple(sorted({y for one in every for y in one.yara})),
        problems=tuple(p for one in every for p in one.problems),
        sources=tuple(s for one in every for s in one.sources),
    )


@cache
def extraction_tools() -> frozenset[str]:
    """Collections that name a phone-extraction tool: their traces show physical access, not an implant."""
    found: set[str] = set()
    for name in knowledge.names(FOLDER):
        family = knowledge.load(FOLDER, name)
        if family["kind"] == "extraction tool":
            found.update({family["name"], *family.get("aliases", ())})
    return frozenset(found)
