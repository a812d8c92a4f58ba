"""Puts what rules said together: reasons of one rule about one subject are one finding with several places."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from svitac.declare import Rule
from svitac.model import Finding, IndicatorRef, Level, Place, Reason, Stage

MOST_PLACES = 200  # listed in one finding; all of them are in the records


class Raised(Struct, frozen=True, kw_only=True):
    """What one rule said about one subject, in the places seen so far."""

    rule: str
    reason: Reason
    places: tuple[Place, ...]
    more: int = 0


class Gather:
    """Collects reasons by rule and subject. The order of adding does not show in what comes out."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], Raised] = {}

    def say(self, rule: Rule, reason: Reason, places: tuple[Place, ...]) -> None:
        """What a rule said, with the rule's own level, stage and certainty where the reason names none."""
        whole = replace(
            reason,
            level=reason.level or rule.level,
            stage=reason.stage or rule.stage,
            certainty=reason.certainty or rule.certainty,
        )
        self._add(rule.id, whole, places)

    def _add(self, rule: str, reason: Reason, places: tuple[Place, ...], more: int = 0) -> None:
        key = (rule, reason.subject)
        known = self._by_key.get(key)
        if known is None:
            self._by_key[key] = Raised(rule=rule, reason=reason, places=places, more=more)
            return
        if len(known.places) >= MOST_PLACES and reason == known.reason:  # the hot path of a rule that always fires
            self._by_key[key] = replace(known, more=known.more + len(places) + more)
            return
        together = known.places + tuple(p for p in places if p not in known.places)
        self._by_key[key] = Raised(
            rule=rule,
            reason=_stronger(known.reason, reason),
            places=together[:MOST_PLACES],
            more=known.more + more + max(0, len(together) - MOST_PLACES),
        )

    def extend(self, raised: Iterable[Raised]) -> None:
        for one in raised:
            self._add(one.rule, one.reason, one.places, one.more)

    def raised(self) -> list[Raised]:
        return [self._by_key[key] for key in sorted(self._by_key)]

    def findings(self, rules: Mapping[str, Rule], allowed: Callable[[Finding], str]) -> list[Finding]:
        """As findings, the gravest first. `allowed` gives the reason of a local allow-list entry, or ""."""
        found = [_finding(rules[one.rule], one) for one in self.raised()]
        told = [replace(f, allowed=why, level=Level.INFO) if (why := allowed(f)) else f for f in found]
        return sorted(told, key=lambda f: (-f.level.rank, -f.stage.rank, f.rule, f.subject))


def _stronger(one: Reason, other: Reason) -> Reason:
    """The graver of two reasons about one subject, with the indicators of both."""

    def weight(reason: Reason) -> tuple[int, int, str]:
        return (reason.level or Level.INFO).rank, (reason.stage or Stage.NONE).rank, reason.title

    first, second = sorted((one, other), key=weight, reverse=True)
    indicators: tuple[IndicatorRef, ...] = tuple(sorted({*first.indicators, *second.indicators}))
    return replace(first, indicators=indicators)


def _finding(rule: Rule, raised: Raised) -> Finding:
    reason = raised.reason
    published = [indicator.publication for indicator in reason.indicators if indicator.publication]
    return Finding(
        id=hashlib.sha256(f"{rule.id}\0{reason.subject}".encode("utf-8", "backslashreplace")).hexdigest()[:16],
        rule=rule.id,
        subject=reason.subject,
        title=reason.title,
        level=reason.level or rule.level,
        stage=reason.stage or rule.stage,
        certainty=reason.certainty or rule.certainty,
        why=rule.why,
        benign=rule.benign,
        next_steps=rule.next_steps,
        references=tuple(dict.fromkeys((*rule.references, *published))),
        places=tuple(sorted(raised.places)),
        more_places=raised.more,
        indicators=tuple(sorted(reason.indicators)),
    )
