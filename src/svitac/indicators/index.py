"""The index of MVT's indicator collection, `indicators.yaml`: which sets exist, and what they rest on.

A list `indicators` of `name`, `sources`, `references` and either `type: github` with `owner`, `repo`, `branch`, `path`,
or `type: download` with `download_url`. Nothing is fetched here. When an index lies beside the sets it names, the
loader takes the first reference of a set as its publication: none of the 16 public STIX sets of 2026 carries one.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from svitac.indicators.reading import text_of
from svitac.indicators.yamls import Broken, load_yaml
from svitac.model import Loss, Problem, Where

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PATH = re.compile(r"(?!/)[A-Za-z0-9._/ +-]+")


class Pack(Struct, frozen=True):
    """One set of an index. `path` is the file in its repository, "" for a download."""

    name: str
    url: str
    sources: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    path: str = ""


def is_index(data: Any) -> bool:
    """Is this an index?"""
    return isinstance(data, dict) and isinstance(data.get("indicators"), list)


def parse(text: str, name: str = "indicators.yaml") -> tuple[tuple[Pack, ...], tuple[Problem, ...]]:
    """The sets of an index, in its order, and what could not be read in it."""
    try:
        data = load_yaml(text)
    except Broken as exc:
        return (), (Problem(where=Where(name), detail=str(exc), loss=Loss.FILE),)
    if not is_index(data):
        return (), (Problem(where=Where(name), detail="not an index of indicators", loss=Loss.FILE),)
    packs, problems = [], []
    for number, entry in enumerate(data["indicators"], 1):
        pack = _pack(entry) if isinstance(entry, dict) else None
        if pack:
            packs.append(pack)
        else:
            where = Where(name, f"entry {number}")
            problems.append(Problem(where=where, detail="an entry without a name or a safe address"))
    return tuple(packs), tuple(problems)


def _pack(entry: dict[str, Any]) -> Pack | None:
    name, path, url = text_of(entry.get("name")), "", text_of(entry.get("download_url"))
    if isinstance(github := entry.get("github"), dict):
        owner, repo, branch = (text_of(github.get(part)) for part in ("owner", "repo", "branch"))
        path = text_of(github.get("path"))
        if not all(map(_NAME.fullmatch, (owner, repo, branch))) or not _PATH.fullmatch(path) or ".." in path:
            return None
        url = f"https://raw.githubusercontent.com/{owner}/{repo}/{branch}/{path}"
    if not name or not url.startswith("https://"):
        return None
    return Pack(name, url, _texts(entry.get("sources")), _texts(entry.get("references")), path)


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(text_of, found))) if isinstance(found, list) else ()
