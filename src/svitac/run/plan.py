"""Decides which artifacts read which file, and what is known of the phone before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from svitac.declare import Artifact
from svitac.formats import dumpstate
from svitac.formats.clock import known_zone, with_offset
from svitac.model import Unreadable
from svitac.sources import Leaf, Tree
from svitac.sources.tree import matcher

_PEEK = 2**16
LARGE, SHARES = 32 * 2**20, 4
_TEXT_NAMES = re.compile(r"(?i).*(\.txt|\.log|dumpstate[^/]*|bugreport[^/]*|dumpsys[^/]*)")
_LOOSE = re.compile(r"(?i)dumpsys[_-](.+)")
_ALIASES = {"packages": "package", "battery": "batterystats"}  # what people call the files they save
_ZONE = re.compile(rb"^\[persist\.sys\.timezone\]: \[([^\]\n]+)\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Job:
    """One file and the artifacts that read it as a whole; `dump` when it is also a text of many sections."""

    leaf: Leaf
    whole: tuple[Artifact[Any], ...]
    sections: tuple[Artifact[Any], ...] = ()
    dump: bool = False
    service: str = ""  # a loose file that holds the dump of this one service

    @property
    def artifacts(self) -> tuple[Artifact[Any], ...]:
        return self.whole + self.sections


def plan(tree: Tree, artifacts: Iterable[Artifact[Any]], zone: str = "") -> list[Job]:
    """A job for every file that some artifact reads, in sorted order. `zone` overrides the phone's own."""
    artifacts = tuple(artifacts)
    by_path = [(a, matcher(a.paths)) for a in artifacts if a.paths]
    any_path = matcher(tuple(path for a in artifacts for path in a.paths))  # one look settles most files
    by_section = tuple(a for a in artifacts if a.services or a.sections)
    until, zone = _acquired(tree), zone or _zone(tree)
    jobs = []
    for leaf in tree:
        whole = tuple(a for a, fits in by_path if fits(leaf.path)) if any_path(leaf.path) else ()
        if not whole and not _TEXT_NAMES.fullmatch(leaf.name) and not _LOOSE.fullmatch(leaf.name):
            continue
        known = replace(leaf, zone=zone, until=until)
        dump = not whole and _TEXT_NAMES.fullmatch(leaf.name) is not None and _is_dump(leaf)
        service = "" if dump or whole else _loose_service(leaf.name, by_section)
        if dump:
            jobs += _shared(Job(known, whole, by_section, dump=True))
        elif service:
            jobs.append(Job(known, whole, tuple(a for a in by_section if service in a.services), service=service))
        elif whole:
            jobs += _shared(Job(known, whole))
    return jobs


def _shared(job: Job) -> list[Job]:
    """A large file that many artifacts read is read by several workers, each for some of them.

    How many does not depend on the machine: the order of problems must not.
    """
    if job.leaf.size < LARGE or len(job.artifacts) < 2:
        return [job]
    shares = [replace(job, whole=job.whole[n::SHARES], sections=job.sections[n::SHARES]) for n in range(SHARES)]
    return [share for share in shares if share.artifacts]


def _is_dump(leaf: Leaf) -> bool:
    try:
        with leaf.open() as src:
            return dumpstate.looks_like_one(src.read(_PEEK))
    except Unreadable:
        return True  # the reader will say what is wrong with it


def _loose_service(name: str, artifacts: Iterable[Artifact[Any]]) -> str:
    """The service that a file called `dumpsys_<service>.txt` holds, if some artifact reads that service."""
    found = _LOOSE.fullmatch(name)
    if not found:
        return ""
    known = {service: service for a in artifacts for service in a.services} | _ALIASES
    fits = [word for word in known if re.match(rf"{re.escape(word)}(?![a-z0-9])", found[1].lower())]
    return known[max(fits, key=len)] if fits else ""


def _zone(tree: Tree) -> str:
    """The phone's zone from `getprop.txt`; a bug report's own properties are read by its worker."""
    for leaf in tree.find(["**/getprop.txt"]):
        try:
            with leaf.open() as src:
                if zone := zone_in(src.read(2**22)):
                    return zone
        except Unreadable:
            continue
    return ""


def zone_in(properties: bytes) -> str:
    """`persist.sys.timezone` in the text of `getprop`, or ""."""
    found = _ZONE.search(properties)
    name = found[1].decode("ascii", "replace") if found else ""
    return name if known_zone(name) else ""


def _acquired(tree: Tree) -> datetime | None:
    """When AndroidQF says that it was done."""
    for leaf in tree.find(["**/acquisition.json"]):
        try:
            with leaf.open() as src:
                completed = msgspec.json.decode(src.read(2**20))["completed"]
            return with_offset(completed)
        except (Unreadable, msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None
