"""The vocabulary every other module speaks. It reads nothing, writes nothing and imports no other room.

evidence --File--> format --Item--> artifact --Record | Problem--> store --> rule, indicator --Finding--> report
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, BinaryIO, Protocol, TypeAlias, TypeVar, get_args, get_type_hints

from msgspec import Meta, Struct

# --------------------------------------------------------------------------------------------------------------------
# Where a fact stands, and when it happened


class Where(Struct, frozen=True, order=True, gc=False):
    """The address of a fact in the evidence: a second examiner with another tool can go there and look.

    `path` is the path inside what was handed over, always with `/`; a container inside a container is entered with
    `!/` (`bugreport.zip!/FS/data/tombstones/tombstone_00`). `spot` is the place in that file, in words a person can
    follow: `line 12`, `item 3` (counted from 1), `rowid 17`, `offset 0x4f0`.
    """

    path: str
    spot: str = ""

    def __str__(self) -> str:
        return f"{self.path}, {self.spot}" if self.spot else self.path


class LocalTime(Struct, frozen=True, gc=False):
    """A time as the phone's wall clock showed it, and the zone it was read in.

    `wall` has no zone of its own. `zone` is an IANA name, or "" when nobody could tell; then `utc` is None.
    `ambiguous` marks the hour that daylight saving repeats: `utc` is then the earlier of the two readings.
    """

    wall: datetime
    zone: str = ""
    utc: datetime | None = None
    ambiguous: bool = False

    def __str__(self) -> str:
        return f"{self.wall:%Y-%m-%d %H:%M:%S} {self.zone or '(zone unknown)'}"


class Clock(StrEnum):
    """What the times of a source count in. Declared per source: one bug report mixes several."""

    NONE = "no times"
    LOCAL = "the phone's local time, written without zone"
    UTC = "UTC, written as text"
    EPOCH = "seconds or milliseconds since 1970, UTC"
    OFFSET = "local time written with its offset from UTC"


# --------------------------------------------------------------------------------------------------------------------
# What a field is. Indicator matching, the timeline, hunting and redaction read these; artifact authors write none.


class Kind(StrEnum):
    """What a text field holds, in the field's own sense of "equal"."""

    PACKAGE = "package"  # an Android package or an iOS bundle id: equal as a whole
    PROCESS = "process"  # a process or thread name, which the platform may have cut short
    PATH = "path"  # a path on the phone
    FILENAME = "filename"  # the last part of a path
    HASH = "hash"  # of a file: MD5, SHA-1, SHA-256 or SHA-512, told apart by length
    CERTIFICATE = "certificate"  # the hash of a signing certificate, likewise
    DOMAIN = "domain"  # a host name: equal by label, a parent matches its children
    URL = "url"
    IP = "ip"  # an address, v4 or v6
    EMAIL = "email"
    PHONE = "phone"  # a telephone number as the phone stored it
    PROPERTY = "property"  # the name of a system property
    PROFILE = "profile"  # the identifier of a configuration profile
    TEXT = "text"  # free text that may hold links


def _is(kind: Kind) -> Any:
    return Meta(extra={"kind": kind})


PackageName: TypeAlias = Annotated[str, _is(Kind.PACKAGE)]
ProcessName: TypeAlias = Annotated[str, _is(Kind.PROCESS)]
FilePath: TypeAlias = Annotated[str, _is(Kind.PATH)]
FileName: TypeAlias = Annotated[str, _is(Kind.FILENAME)]
FileHash: TypeAlias = Annotated[str, _is(Kind.HASH)]
CertificateHash: TypeAlias = Annotated[str, _is(Kind.CERTIFICATE)]
DomainName: TypeAlias = Annotated[str, _is(Kind.DOMAIN)]
Url: TypeAlias = Annotated[str, _is(Kind.URL)]
IpAddress: TypeAlias = Annotated[str, _is(Kind.IP)]
EmailAddress: TypeAlias = Annotated[str, _is(Kind.EMAIL)]
PhoneNumber: TypeAlias = Annotated[str, _is(Kind.PHONE)]
PropertyName: TypeAlias = Annotated[str, _is(Kind.PROPERTY)]
ProfileId: TypeAlias = Annotated[str, _is(Kind.PROFILE)]
FreeText: TypeAlias = Annotated[str, _is(Kind.TEXT)]


# --------------------------------------------------------------------------------------------------------------------
# Facts, and what could not be read


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """One typed fact, read from one place. Subclasses stand beside their parser.

    Records hold no cycles, so the garbage collector need not know them: a million cost a third less time.
    """

    where: Where

    def reached(self, usual: Stage) -> Stage:
        """How far an attack got if this record is an indicator: what its artifact says, unless the record knows."""
        return usual

    def says(self) -> str:
        """The fact in one line, for people: `field value, field value`. Subclasses may say it better."""
        named = ((name, getattr(self, name)) for name in self.__struct_fields__ if name != "where")
        return ", ".join(f"{name} {value}" for name, value in named if value not in (None, "", (), False))


class Loss(StrEnum):
    """How much a problem cost."""

    ITEM = "item"  # one row, line or entry; the rest of the file was read
    FILE = "file"  # the file, or what was left of it
    SOURCE = "source"  # nothing that was handed over could be read
    NONE = "none"  # nothing was lost, but the reader must know (forged section headers, a repaired file)


class Problem(Struct, frozen=True, kw_only=True):
    """Something we could not read. Problems are data: stored, counted and reported, never an empty list instead."""

    where: Where
    detail: str
    loss: Loss = Loss.ITEM
    artifact: str = ""  # filled in by the runner
    bug: bool = False  # ours, as opposed to the evidence's


# --------------------------------------------------------------------------------------------------------------------
# What it means


class Level(StrEnum):
    """How soon a person must look. `rank` orders them."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)


class Stage(StrEnum):
    """How far the attack got. A visited domain and a running implant are never reported in the same words."""

    NONE = "not an attack step"
    EXPOSED = "exposed"  # a link or file was received
    VISITED = "visited"  # the phone was in contact with the server
    ATTEMPTED = "exploit attempted"
    EXECUTED = "executed"
    PERSISTED = "persisted"
    TAKEN = "data taken"
    PHYSICAL = "physical access"  # paired, unlocked, extracted, sideloaded: beside the ladder, not on it

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)


class Certainty(StrEnum):
    """How sure we are that the finding is what its title says."""

    UNCONFIRMED = "unconfirmed"  # rests on a secondary or unpublished source
    POSSIBLE = "possible"
    PROBABLE = "probable"
    CERTAIN = "certain"  # the trace itself, exactly as a named publication gives it

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)


class IndicatorRef(Struct, frozen=True, order=True):
    """The published indicator that matched, with everything needed to look it up."""

    kind: Kind
    value: str
    collection: str  # "NoviSpy"
    source: str  # the file or pack it was loaded from, with its place
    publication: str = ""  # URL
    published: str = ""  # ISO date
    confidence: str = ""


class Place(Struct, frozen=True, order=True):
    """One record that a finding rests on."""

    where: Where
    says: str
    artifact: str = ""
    stage: Stage = Stage.NONE


class Reason(Struct, frozen=True, kw_only=True):
    """What a rule returns about a record, or about a row of its query.

    `subject` names the fact on the phone, whatever file told it: `package com.serv.services`. Reasons of one rule with
    one subject are one finding with several places.
    """

    subject: str
    title: str
    says: str = ""  # what this place says; the record's own words when empty
    level: Level | None = None  # when it differs from the rule's
    stage: Stage | None = None
    certainty: Certainty | None = None
    indicators: tuple[IndicatorRef, ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """Why a fact matters. `id` is a hash of rule and subject, so a person's verdict survives a new run."""

    id: str
    rule: str
    subject: str
    title: str
    level: Level
    stage: Stage
    certainty: Certainty
    why: str
    benign: str
    next_steps: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    more_places: int = 0  # beyond those listed; every one is in the records
    indicators: tuple[IndicatorRef, ...] = ()
    allowed: str = ""  # the reason of the local allow-list entry that covers it


class Covers(StrEnum):
    """What the absence of a record in this source can mean."""

    STATE = "what was true when the phone was read"
    LOG = "everything between its first and its last record"
    LAST = "only the last time each thing happened"


class Coverage(Struct, frozen=True, kw_only=True):
    """What one artifact looked for, found and could read."""

    artifact: str
    title: str
    looked_for: tuple[str, ...]
    found: tuple[str, ...] = ()
    records: int = 0
    problems: int = 0
    unread: int = 0  # problems that cost a file, or the rest of one
    covers: Covers = Covers.STATE
    first: datetime | None = None
    last: datetime | None = None
    kept: str = ""  # how long the phone keeps this source


# --------------------------------------------------------------------------------------------------------------------
# Reading


class Unreadable(Exception):
    """This file is not what the parser expects. Costs the rest of the file, never the run."""

    def __init__(self, detail: str, spot: str = "") -> None:
        super().__init__(detail)
        self.spot = spot


class Garbled(Exception):
    """This item is not what the parser expects. Costs the item, never the file."""

    def __init__(self, where: Where, detail: str) -> None:
        super().__init__(detail)
        self.where = where


class File(Protocol):
    """A file, or one section of a text, as a parser sees it."""

    @property
    def path(self) -> str:
        """The path in the evidence; see `Where.path`."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def first_line(self) -> int:
        """The number of the first line: 1, or more for a section in the middle of a text."""

    @property
    def modified(self) -> LocalTime | None:
        """When the container says it was last written, if it does."""

    @property
    def zone(self) -> str:
        """The phone's time zone (IANA name), or "" when unknown."""

    @property
    def until(self) -> datetime | None:
        """When the acquisition ended (UTC): no honest record is later."""

    def open(self) -> BinaryIO:
        """A new, independent reader at the first byte. Raises Unreadable."""

    def sibling(self, suffix: str) -> File | None:
        """The file of the same name with `suffix` appended, such as `-wal`."""


class Bulk(Struct, frozen=True):
    """Many records of one type as columns: what a source of a million rows may yield instead of records.

    `columns` holds one list per field but `where`, all of one length; a datetime field may hold Unix seconds. The rows
    are `item first`, `item first + 1` ... of the file. A record is made only of a row that somebody asks for.
    """

    record: type[Record]
    path: str
    first: int
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def rows(self, numbers: Iterable[int]) -> Iterator[Record]:
        """The records of these rows, counted from 0."""
        for number in numbers:
            values = {name: _moment(column[number]) for name, column in self.columns.items() if name in self.times}
            rest = {name: column[number] for name, column in self.columns.items() if name not in values}
            yield self.record(where=Where(self.path, f"item {self.first + number}"), **rest, **values)

    @property
    def times(self) -> frozenset[str]:
        """The fields that hold a time."""
        return frozenset(name for name, hint in get_type_hints(self.record).items() if datetime in get_args(hint))


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


R = TypeVar("R", bound=Record)
Item: TypeAlias = tuple[Where, dict[str, Any]]  # what a format reads
Records: TypeAlias = Iterator[R | Problem]  # what an artifact yields
