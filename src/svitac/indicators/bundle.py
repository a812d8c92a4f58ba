"""STIX 2.0 and 2.1 bundles: indicators, and the malware, campaigns and reports that give them a name.

The collection of an indicator is what it `indicates` (malware, tool, campaign, actor ...), else the report or grouping
that lists it, else the file. Several: one indicator each. The publication is the first reference of the indicator, of a
report on it, of what it indicates, or of a report on that, in this order. STIX `confidence` 80 and more is "confirmed",
below 30 "unconfirmed" (STIX 2.1, appendix A: Admiralty scale and None/Low/Med/High).

Revoked indicators, and those whose every collection is revoked, are dropped and counted; so are those whose
`valid_until` lies before `today`. Of several versions of one object, the last one counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from svitac.indicators import stix
from svitac.indicators.model import Condition, Refused, YaraSource
from svitac.indicators.reading import Read, Text, date_of, dropped, text_of

_NAMED = frozenset(
    (
        "attack-pattern",
        "campaign",
        "infrastructure",
        "intrusion-set",
        "malware",
        "threat-actor",
        "tool",
        "vulnerability",
    )
)
_LISTS = ("report", "grouping")


Object = dict[str, Any]


def is_bundle(data: Any) -> bool:
    """Is this a STIX bundle, a TAXII envelope, or the bare list of objects of one?"""
    objects = data.get("objects") if isinstance(data, dict) else data
    return isinstance(objects, list) and any(
        isinstance(o, dict) and "type" in o and str(o.get("id", "")).startswith(f"{o['type']}--") for o in objects[:20]
    )


def read(file: Text, data: Any, today: date | None) -> Read:
    """Every indicator of a bundle."""
    objects = data["objects"] if isinstance(data, dict) else data
    context = _Context(file, today)
    for number, thing in enumerate(objects, 1):
        if isinstance(thing, dict) and isinstance(thing.get("id"), str):
            context.take(thing)
        else:
            yield file.problem(f"object {number}", "an object without an id")
    yield from context.indicators()


class _Context:
    """The objects of a bundle by id, and what points at what: each looked at once."""

    def __init__(self, file: Text, today: date | None) -> None:
        self.file = file
        self.today = today.isoformat() if today else ""
        self.objects: dict[str, Object] = {}

    def take(self, thing: Object) -> None:
        known = self.objects.get(thing["id"])
        if known is None or str(thing.get("modified", "")) >= str(known.get("modified", "")):
            self.objects[thing["id"]] = thing

    def link(self) -> None:
        """Fill `indicates` and `lists`: for every id, what it indicates and the reports that list it."""
        self.indicates: defaultdict[str, list[Object]] = defaultdict(list)
        self.lists: defaultdict[str, list[Object]] = defaultdict(list)
        for thing in self.objects.values():
            kind = thing.get("type")
            if kind == "relationship" and thing.get("relationship_type") == "indicates" and not thing.get("revoked"):
                target = self.objects.get(str(thing.get("target_ref")))
                if target and target.get("type") in _NAMED:
                    self.indicates[str(thing.get("source_ref"))].append(target)
            elif kind in _LISTS:
                refs = thing.get("object_refs")
                for ref in refs if isinstance(refs, list) else ():
                    self.lists[str(ref)].append(thing)

    def indicators(self) -> Read:
        self.link()
        revoked = expired = 0
        for thing in self.objects.values():
            if thing.get("type") != "indicator":
                continue
            named = self.indicates.get(thing["id"]) or self.lists.get(thing["id"]) or []
            collections = [c for c in named if not c.get("revoked")]
            if thing.get("revoked") or (named and not collections):
                revoked += 1
            elif self.today and "0" < date_of(thing.get("valid_until")) < self.today:
                expired += 1
            else:
                yield from self.indicator(thing, collections)
        yield from dropped(self.file, revoked, "revoked by the publisher")
        yield from dropped(self.file, expired, f"no longer valid on {self.today}")

    def indicator(self, thing: Object, collections: list[Object]) -> Read:
        spot = thing["id"]
        pattern, language = thing.get("pattern"), thing.get("pattern_type", "stix")
        if not isinstance(pattern, str):
            yield self.file.problem(spot, "an indicator without a pattern")
        elif language == "yara":
            yield YaraSource(f"{self.file.name} {spot}", pattern)
        elif language != "stix":
            yield self.file.problem(spot, f"patterns of type {text_of(language)!r} are not supported")
        else:
            branches, problem = alternatives(pattern)
            if problem:
                yield self.file.problem(spot, problem)
            for collection in collections or [{}]:
                said = self.said(thing, collection)
                for conditions in branches:
                    yield self.file.all_of(spot, conditions, **said)

    def said(self, thing: Object, collection: Object) -> dict[str, str]:
        """What the bundle says about an indicator as part of one collection."""
        reports = [*self.lists.get(thing["id"], ()), *self.lists.get(collection.get("id", ""), ())]
        published = next((d for r in reports if (d := date_of(r.get("published")))), "")
        sources = [thing, *self.lists.get(thing["id"], ()), collection, *reports]
        said = {
            "collection": text_of(collection.get("name")),
            "published": published or date_of(thing.get("valid_from")) or self.file.published,
            "confidence": _confidence(thing),
            "valid_until": date_of(thing.get("valid_until")),
            "note": text_of(thing.get("description")),
        }
        if found := next((url for s in sources for url in _references(s)), ""):
            said["publication"] = found
        return said


def alternatives(pattern: str) -> tuple[list[tuple[Condition, ...]], str]:
    """The alternatives of a pattern and, in one sentence, what was left out of it."""
    try:
        branches, missing = stix.parse(pattern)
    except Refused as exc:
        return [], f"{exc}: {pattern[:120]!r}"
    if not missing:
        return branches, ""
    return branches, f"not supported: {', '.join(dict.fromkeys(missing))[:200]}, in {pattern[:120]!r}"


def _references(thing: Object) -> Iterator[str]:
    found = thing.get("external_references")
    for reference in found if isinstance(found, list) else ():
        if isinstance(reference, dict) and (url := text_of(reference.get("url"))):
            yield url


def _confidence(thing: Object) -> str:
    value = thing.get("confidence")
    if not isinstance(value, int) or not value:  # 0 is "none given"
        return ""
    return "confirmed" if value >= 80 else "unconfirmed" if value < 30 else ""
