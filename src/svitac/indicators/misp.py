"""MISP events: `{"Event": {...}}`, lists of them, the answer of a search, or bare attributes.

The collection is the event's `info`, the publication its first attribute of type `link`, the date the event's own.
Attributes that are deleted or not meant for detection (`to_ids` false) are dropped and counted; without `to_ids` we
take an attribute. Composite types are taken apart; of `filename|sha256` the hash is the indicator and the name a note.
`manifest.json` of a feed holds no indicators. Reference: MISP core format, draft-dulaunoy-misp-core-format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from svitac.indicators.bundle import alternatives
from svitac.indicators.model import YaraSource
from svitac.indicators.reading import Read, Text, date_of, dropped, text_of
from svitac.model import Kind

_KINDS = {
    "domain": Kind.DOMAIN,
    "hostname": Kind.DOMAIN,
    "hostname|port": Kind.DOMAIN,
    "ip-dst": Kind.IP,
    "ip-src": Kind.IP,
    "ip-dst|port": Kind.IP,
    "ip-src|port": Kind.IP,
    "url": Kind.URL,
    "filename": Kind.FILENAME,
    "email": Kind.EMAIL,
    "email-src": Kind.EMAIL,
    "email-dst": Kind.EMAIL,
    "email-reply-to": Kind.EMAIL,
    "phone-number": Kind.PHONE,
    "mobile-application-id": Kind.PACKAGE,
    "x509-fingerprint-md5": Kind.CERTIFICATE,
    "x509-fingerprint-sha1": Kind.CERTIFICATE,
    "x509-fingerprint-sha256": Kind.CERTIFICATE,
}
_HASHES = ("md5", "sha1", "sha256", "sha512")

Attribute = dict[str, Any]


def is_misp(data: Any) -> bool:
    """Is this an event, a list of events or attributes, or the manifest of a feed?"""
    return is_manifest(data) or bool(_events(data))


def is_manifest(data: Any) -> bool:
    """Is this the list of the events of a feed?"""
    return (
        isinstance(data, dict)
        and bool(data)
        and all(isinstance(v, dict) and "info" in v and "Orgc" in v for v in data.values())
    )


def read(file: Text, data: Any) -> Read:
    """Every attribute of every event that is meant for detection."""
    silent = 0
    for event in _events(data):
        links = (a.get("value") for a in _attributes(event) if a.get("type") == "link")
        said = {
            "collection": text_of(event.get("info")),
            "publication": next(map(text_of, links), file.publication),
            "published": date_of(event.get("date")) or file.published,
        }
        for number, attribute in enumerate(_attributes(event), 1):
            if attribute.get("deleted") or attribute.get("to_ids") is False:
                silent += attribute.get("type") in _KINDS or attribute.get("type") in _HASHES
            else:
                yield from _attribute(file, attribute, f"attribute {attribute.get('uuid') or number}", said)
    yield from dropped(file, silent, "deleted or marked as not for detection")


def _events(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, dict) and "response" in data:
        data = data["response"]
    found = data if isinstance(data, list) else [data]
    events = [e.get("Event", e) for e in found if isinstance(e, dict)]
    return [
        e for e in events if isinstance(e, dict) and any(isinstance(e.get(k), list) for k in ("Attribute", "Object"))
    ]


def _attributes(event: dict[str, Any]) -> Iterator[Attribute]:
    for holder in [event, *_list(event.get("Object"))]:
        if not holder.get("deleted"):
            yield from _list(holder.get("Attribute"))


def _list(found: Any) -> list[dict[str, Any]]:
    return [thing for thing in found if isinstance(thing, dict)] if isinstance(found, list) else []


def _attribute(file: Text, attribute: Attribute, spot: str, said: dict[str, str]) -> Read:
    kind, value = str(attribute.get("type")), attribute.get("value")
    said = {**said, "note": text_of(attribute.get("comment"))}
    first, _, second = value.partition("|") if isinstance(value, str) else ("", "", "")
    name, _, part = kind.partition("|")
    if kind in _HASHES:
        yield file.one(spot, Kind.HASH, value, **said)
    elif name == "filename" and part in _HASHES:
        yield file.one(spot, Kind.HASH, second, **{**said, "note": said["note"] or first})
    elif kind == "domain|ip":
        yield file.one(spot, Kind.DOMAIN, first, **said)
        yield file.one(spot, Kind.IP, second, **said)
    elif kind in _KINDS:
        yield file.one(spot, _KINDS[kind], first if part == "port" else value, **said)
    elif kind == "yara" and isinstance(value, str):
        yield YaraSource(f"{file.name} {spot}", value)
    elif kind == "stix2-pattern" and isinstance(value, str):
        branches, problem = alternatives(value)
        if problem:
            yield file.problem(spot, problem)
        yield from (file.all_of(spot, conditions, **said) for conditions in branches)
    elif attribute.get("to_ids"):
        yield file.problem(spot, f"attributes of type {kind[:40]!r} are not supported")
