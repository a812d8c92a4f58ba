"""How artifacts and rules are declared: the whole plug-in API on one screen.

A decorator returns a value and registers nothing; `discover` finds the values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast, get_args, get_type_hints

from msgspec import ValidationError, convert

from svitac.model import (
    Bulk,
    Certainty,
    Clock,
    Covers,
    File,
    Garbled,
    Item,
    Level,
    Problem,
    R,
    Reason,
    Record,
    Records,
    Stage,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Artifact(Generic[R]):
    """One source of facts: what to look for, and how to read it.

    `paths` are globs over paths in the evidence (`**/packages.json`); `services` are dumpsys services and `sections`
    dumpstate sections, in whatever text they stand. `covers` and `kept` say what the absence of a record means.
    """

    id: str
    parse: Callable[[File], Iterator[R | Problem | Bulk]]
    paths: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    clock: Clock = Clock.NONE
    covers: Covers = Covers.STATE
    kept: str = ""
    stage: Stage = Stage.NONE

    @property
    def record(self) -> type[R]:
        """The record type, read from the parser's return annotation."""
        (item,) = get_args(get_type_hints(self.parse)["return"])
        return cast("type[R]", next(t for t in get_args(item) if t not in (Problem, Bulk)))

    @property
    def doc(self) -> str:
        """The manual: the docstring of the module."""
        return inspect.getdoc(inspect.getmodule(self.parse)) or ""

    @property
    def title(self) -> str:
        """The manual's first sentence."""
        return self.doc.partition("\n\n")[0].replace("\n", " ")

    @property
    def looked_for(self) -> tuple[str, ...]:
        """Everything this artifact looks for, in words."""
        services = tuple(f"dumpsys {name}" for name in self.services)
        return self.paths + services + tuple(f"section {name}" for name in self.sections)


def artifact(  # noqa: PLR0913 - a declaration: all by name, all with defaults
    id: str,
    *,
    paths: Iterable[str] = (),
    services: Iterable[str] = (),
    sections: Iterable[str] = (),
    clock: Clock = Clock.NONE,
    covers: Covers = Covers.STATE,
    kept: str = "",
    stage: Stage = Stage.NONE,
) -> Callable[[Callable[[File], Iterator[R | Problem | Bulk]]], Artifact[R]]:
    """Declare the parser of one artifact. `stage` is how far an attack got if one of its records is an indicator."""
    wants = {"paths": tuple(paths), "services": tuple(services), "sections": tuple(sections)}
    return lambda parse: Artifact(id, parse, **wants, clock=clock, covers=covers, kept=kept, stage=stage)


def each(items: Iterable[T], make: Callable[[T], R]) -> Records[R]:
    """Make a record of every item; a garbled item becomes a problem and the rest go on."""
    for item in items:
        try:
            yield make(item)
        except Garbled as exc:
            yield Problem(where=exc.where, detail=str(exc))


def into(cls: type[R], **fix: Callable[[Any], Any]) -> Callable[[Item], R]:
    """Fill the fields of `cls` by name, fixing values where asked, refusing a wrong type. Other values are dropped."""
    names = frozenset(cls.__struct_fields__)

    def make(item: Item) -> R:
        where, values = item
        try:
            got = {k: fix[k](v) if k in fix else v for k, v in values.items() if k in names}
            return convert({**got, "where": where}, cls)
        except (ValidationError, ValueError, TypeError, OverflowError) as exc:
            raise Garbled(where, str(exc)) from exc

    return make


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check, and what a person needs to judge its findings.

    Either `check` takes one record (its type is read from the annotation), or `query` is SQL over the views of
    `svitac.rules` and `check` takes one row of it (a dict). A row's columns that hold a record's `where`, or lists
    of them, become the finding's places; the column's name, `_` as blank, says what stands there.
    """

    id: str
    check: Callable[[Any], Reason | None]
    level: Level
    stage: Stage
    certainty: Certainty
    benign: str  # the benign twin: what honest thing looks the same
    references: tuple[str, ...]
    next_steps: tuple[str, ...] = ()
    query: str = ""
    doc: str = field(default="", compare=False)

    @property
    def reads(self) -> type[Record] | None:
        """The record type of a record rule; None for a query."""
        if self.query:
            return None
        hints = get_type_hints(self.check)
        return cast("type[Record]", next(t for name, t in hints.items() if name != "return"))

    @property
    def why(self) -> str:
        """The manual's first sentence: why a hit matters."""
        return self.doc.partition("\n\n")[0].replace("\n", " ")


def rule(  # noqa: PLR0913 - as above
    id: str,
    *,
    level: Level,
    stage: Stage = Stage.NONE,
    certainty: Certainty = Certainty.PROBABLE,
    benign: str,
    references: Iterable[str],
    next_steps: Iterable[str] = (),
    query: str = "",
) -> Callable[[Callable[[Any], Reason | None]], Rule]:
    """Declare a check on one record, or on one row of `query`: return why it matters, or None."""

    def declared(check: Callable[[Any], Reason | None]) -> Rule:
        return Rule(
            id=id,
            check=check,
            level=level,
            stage=stage,
            certainty=certainty,
            benign=benign,
            references=tuple(references),
            next_steps=tuple(next_steps),
            query=query,
            doc=inspect.getdoc(inspect.getmodule(check)) or "",
        )

    return declared
