"""The YAML of Association Echap's stalkerware indicators: `ioc.yaml` and `watchware.yaml`.

A list of apps: `name`, `packages`, `ios_bundles`, `certificates`, `websites`, `distribution`, and `c2` with `ips` and
`domains`. The vendor's and the distribution sites are published as indicators like the servers; the note says which it
was, so that a visit to a shop is not read as an infection. `certificate_organizations` and `certificate_cname_re`
describe certificates we do not keep the names of; they are reported as not used.
Source: https://github.com/AssoEchap/stalkerware-indicators (CC BY 4.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from svitac.indicators.reading import Read, Text, text_of
from svitac.model import Kind, Loss

PUBLICATION = "https://github.com/AssoEchap/stalkerware-indicators"
_FIELDS = {
    "packages": (Kind.PACKAGE, ""),
    "ios_bundles": (Kind.PACKAGE, "iOS bundle"),
    "certificates": (Kind.CERTIFICATE, ""),
    "websites": (Kind.DOMAIN, "website"),
    "distribution": (Kind.DOMAIN, "distribution"),
    "c2.domains": (Kind.DOMAIN, "server"),
    "c2.ips": (Kind.IP, "server"),
    "c2.ip": (Kind.IP, "server"),
}
_WORDS = frozenset(("name", "names", "type", "c2"))


def is_echap(data: Any) -> bool:
    """Is this a list of named apps with indicators?"""
    return (
        isinstance(data, list)
        and bool(data)
        and all(isinstance(app, dict) and isinstance(app.get("name"), str) for app in data)
        and any(
            field in app for app in data for field in ("packages", "certificates", "websites", "c2", "distribution")
        )
    )


def read(file: Text, data: list[dict[str, Any]]) -> Read:
    """Every indicator of every app."""
    for number, app in enumerate(data, 1):
        name = text_of(app["name"])
        spot = f"entry {number} ({name})"
        for field, values in _fields(app):
            if field not in _FIELDS:
                yield file.problem(spot, f"{field} is not used", Loss.NONE)
                continue
            kind, role = _FIELDS[field]
            note = ", ".join(filter(None, (text_of(app.get("type")), role)))
            for value in values if isinstance(values, list) else [values]:
                yield file.one(spot, kind, value, name, note=note, publication=file.publication or PUBLICATION)


def _fields(app: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, values in app.items():
        if field not in _WORDS and values is not None:
            yield str(field), values
    servers = app.get("c2")
    for field, values in servers.items() if isinstance(servers, dict) else ():
        if values is not None:
            yield f"c2.{field}", values
