"""What an indicator is, where it came from, and what loading a set of them gave.

An indicator is kept as published; how its value is compared belongs to its kind (`kinds`, `tables`). Indicators have
a total order, and loading sorts and deduplicates them, so the same files give the same bytes on every machine.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from svitac.model import IndicatorRef, Kind, Problem


class Pattern(StrEnum):
    """How a value is meant."""

    EXACT = "exact"  # equal in the sense of its kind; an address may be a network, a path may hold `*`
    LIKE = "like"  # STIX LIKE: `%` any run, `_` any one character, the whole value
    REGEX = "regex"  # STIX MATCHES: a regular expression, found anywhere in the value


class Condition(Struct, frozen=True, order=True):
    """One test of a value: a term of a STIX pattern."""

    kind: Kind
    value: str
    pattern: Pattern = Pattern.EXACT


class Indicator(Struct, frozen=True, order=True, kw_only=True):
    """One published value to look for, in one collection.

    `collection` is the family or campaign ("NoviSpy"); `source` the file and the place in it, never an absolute path.
    `published` and `valid_until` are ISO dates. `confidence` is "confirmed", "unconfirmed" or "" (not said).
    `also` are further conditions: all of them must hold on the same record.
    """

    kind: Kind
    value: str
    collection: str
    source: str
    publication: str = ""
    published: str = ""
    confidence: str = ""
    valid_until: str = ""
    note: str = ""
    also: tuple[Condition, ...] = ()
    pattern: Pattern = Pattern.EXACT

    def ref(self) -> IndicatorRef:
        """What a finding carries."""
        return IndicatorRef(
            kind=self.kind,
            value=self.value,
            collection=self.collection,
            source=self.source,
            publication=self.publication,
            published=self.published,
            confidence=self.confidence,
        )


class YaraSource(Struct, frozen=True, order=True):
    """The text of YARA rules, and the file (with its place) it stood in."""

    name: str
    text: str


class Source(Struct, frozen=True, order=True):
    """A file that was read: its name, its SHA-256, and how many indicators and rule files it gave."""

    name: str
    sha256: str
    count: int


class Loaded(Struct, frozen=True, kw_only=True):
    """What a set of files gave. `problems` says what was left out, and why."""

    indicators: tuple[Indicator, ...] = ()
    yara: tuple[YaraSource, ...] = ()
    problems: tuple[Problem, ...] = ()
    sources: tuple[Source, ...] = ()


class Refused(ValueError):
    """This value cannot serve as an indicator. Costs the indicator, never its file."""
