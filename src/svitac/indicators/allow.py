"""The local allow-list: what a team has looked at and judged harmless for its own cases, each with a reason.

A YAML list. An entry names an indicator (`kind`, `value`) or a finding (`rule`, `subject`), and says `reason`, and may
say `by` and `date`. A finding is covered when its rule and subject are listed, or when every one of its indicators is;
it is then still reported, with the reason. An entry without a reason, or with a word we do not know, is a problem and
covers nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from svitac.indicators import normal
from svitac.indicators.yamls import Broken, load_yaml
from svitac.model import Finding, Kind, Loss, Problem, Where

_WORDS = frozenset(("kind", "value", "rule", "subject", "reason", "by", "date"))
_FORMS = {
    Kind.DOMAIN: normal.host,
    Kind.HASH: normal.digest,
    Kind.CERTIFICATE: normal.digest,
    Kind.EMAIL: normal.email,
    Kind.PATH: normal.path,
    Kind.PROFILE: str.casefold,
    Kind.IP: lambda value: str(normal.address(value) or value),
    Kind.URL: lambda value: str(normal.link(value)),
    Kind.PHONE: normal.phone,
}


class Allowed(Struct, frozen=True, kw_only=True):
    """One entry."""

    reason: str
    kind: Kind | None = None
    value: str = ""
    rule: str = ""
    subject: str = ""
    by: str = ""
    date: str = ""


class AllowList(Struct, frozen=True, kw_only=True):
    """The entries of a list, and what could not be read in it."""

    entries: tuple[Allowed, ...] = ()
    problems: tuple[Problem, ...] = ()

    def covers(self, finding: Finding) -> str:
        """Why a finding is allowed here, or ""."""
        for entry in self.entries:
            if entry.rule and (entry.rule, entry.subject) == (finding.rule, finding.subject):
                return entry.reason
        known = {(e.kind, _form(e.kind, e.value)): e.reason for e in reversed(self.entries) if e.kind}
        reasons = [known.get((ref.kind, _form(ref.kind, ref.value)), "") for ref in finding.indicators]
        return "; ".join(dict.fromkeys(reasons)) if reasons and all(reasons) else ""


def parse(text: str, name: str = "allow.yaml") -> AllowList:
    """The list in a text."""
    try:
        data = load_yaml(text)
    except Broken as exc:
        return AllowList(problems=(Problem(where=Where(name), detail=str(exc), loss=Loss.FILE),))
    if not isinstance(data, list):
        detail = "an allow-list is a list of entries"
        problems = () if data is None else (Problem(where=Where(name), detail=detail, loss=Loss.FILE),)
        return AllowList(problems=problems)
    found = [_entry(thing, Where(name, f"entry {number}")) for number, thing in enumerate(data, 1)]
    return AllowList(
        entries=tuple(e for e in found if isinstance(e, Allowed)),
        problems=tuple(e for e in found if isinstance(e, Problem)),
    )


def _entry(thing: Any, where: Where) -> Allowed | Problem:
    if not isinstance(thing, dict):
        return Problem(where=where, detail="not an entry")
    texts = {str(key): _text(value) for key, value in thing.items()}
    if unknown := sorted(texts.keys() - _WORDS):
        return Problem(where=where, detail=f"unknown: {', '.join(unknown)[:100]}")
    if not texts.get("reason"):
        return Problem(where=where, detail="an entry needs a reason")
    by_kind, by_rule = ({"kind", "value"} <= texts.keys(), {"rule", "subject"} <= texts.keys())
    if by_kind == by_rule or not all(texts.values()):
        return Problem(where=where, detail="an entry has either kind and value, or rule and subject")
    kind = texts.pop("kind", None)
    if kind is not None and kind not in set(Kind):
        return Problem(where=where, detail=f"{kind[:40]!r} is not a kind of indicator")
    return Allowed(kind=Kind(kind) if kind else None, **texts)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value).strip()


def _form(kind: Kind | None, value: str) -> str:
    return _FORMS.get(kind, str)(value.strip()) if kind else value
