"""Use of apps as an Android phone remembers it, from a full file system: events of ten days, sums of two years.

`/data/system_ce/<user>/usagestats/{daily,weekly,monthly,yearly}/<begin>` (`/data/system/usagestats/<user>/` before
Android 11), where `<begin>` is the begin of the interval in milliseconds since 1970; times inside count from it. Daily
files hold every event (see android.usage_events for their meaning); all files hold one sum per app (`type` TOTAL):
`time` is when it was last in the foreground, and the three `last_` fields what else of it was used. `pendingevents_*`
(in `system_de`) are events before the first unlock after a start, with times of their own.

Three forms. Android 11 and later: protobuf with numbers for names, which `mappings` beside the folders explains. An app
that was removed has no name there any more: `package` is None and `unnamed` its number, so its use is still seen.
Without the file, events of the device itself are still known, and how many others are lost is told. Android 10:
protobuf with its names in a list of its own. Until Android 9: XML. Source: AOSP `usagestatsservice.proto`,
`usagestatsservice_v2.proto`, `UsageStatsProtoV2`, `UsageStatsXmlV1`; no file of a real phone was at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from svitac.declare import artifact
from svitac.formats import clock, protobuf
from svitac.formats.abx import Attributes, Element, elements
from svitac.formats.protobuf import Value, number, signed, text
from svitac.model import (
    Clock,
    Covers,
    File,
    Loss,
    PackageName,
    Problem,
    Record,
    Records,
    Stage,
    Unreadable,
    Where,
)

LARGEST = 64 * 2**20
PLACE = re.compile(
    r"(?:.*/)?(?:system_[cd]e/(\d{1,9})/usagestats|usagestats/(\d{1,9}))/(?:(daily|weekly|monthly|yearly)/|pendingevents_)"
    r"(\d{1,15})(?:-c|\.bak)*(?:#\d+)?",
    re.ASCII,
)
_TYPES = (  # UsageEvents.Event, by number
    "NONE ACTIVITY_RESUMED ACTIVITY_PAUSED END_OF_DAY CONTINUE_PREVIOUS_DAY CONFIGURATION_CHANGE SYSTEM_INTERACTION "
    "USER_INTERACTION SHORTCUT_INVOCATION CHOOSER_ACTION NOTIFICATION_SEEN STANDBY_BUCKET_CHANGED "
    "NOTIFICATION_INTERRUPTION SLICE_PINNED_PRIV SLICE_PINNED SCREEN_INTERACTIVE SCREEN_NON_INTERACTIVE KEYGUARD_SHOWN "
    "KEYGUARD_HIDDEN FOREGROUND_SERVICE_START FOREGROUND_SERVICE_STOP CONTINUING_FOREGROUND_SERVICE "
    "ROLLOVER_FOREGROUND_SERVICE ACTIVITY_STOPPED ACTIVITY_DESTROYED FLUSH_TO_DISK DEVICE_SHUTDOWN DEVICE_STARTUP "
    "USER_UNLOCKED USER_STOPPED LOCUS_ID_SET APP_COMPONENT_USED"
)
TYPES = tuple(_TYPES.split(" "))
OF_DEVICE = frozenset({15, 16, 17, 18, 25, 26, 27, 28, 29})  # their package is always this:
DEVICE = "android"
TOTAL = "TOTAL"
_PACKAGES, _EVENTS, _PENDING = 20, 22, 23  # fields of an interval
Fields = dict[int, list[Value]]


class UsageFact(Record, frozen=True, kw_only=True):
    time: datetime | None
    user: int | None
    interval: str  # "daily", "weekly", "monthly", "yearly", "pending"
    type: str  # "ACTIVITY_RESUMED" ..., or "TOTAL" for the sum of an app
    package: PackageName | None
    unnamed: int | None = None  # the number of an app that was removed since
    activity: str | None = None
    root: PackageName | None = None  # the app whose task the screen belongs to, when it is another's
    channel: str | None = None  # of a notification
    shown_ms: int | None = None  # of a sum: how long it was in the foreground
    launches: int | None = None
    last_service: datetime | None = None
    last_visible: datetime | None = None
    last_component: datetime | None = None

    def says(self) -> str:
        package = self.package or ("an app without name" if self.unnamed is None else f"removed app {self.unnamed}")
        if self.type == TOTAL:
            return f"{package} was last in the foreground ({self.interval} sum)"
        return " ".join(part for part in (self.type, package, self.activity, self.channel) if part)


@artifact(
    "android.usage_stats_files",
    paths=[f"**/usagestats/*{name}" for name in ("daily/*", "weekly/*", "monthly/*", "yearly/*", "pendingevents_*")],
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept="events ten days; sums ten days, four weeks, six months, two years; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[UsageFact]:
    found = PLACE.fullmatch(file.path)
    if not found:
        raise Unreadable("its name does not tell when the interval begins")
    user = found[1] or found[2]
    interval = _Interval(file, int(user) if user else None, found[3] or "pending", int(found[4]))
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Unreadable(f"an interval of more than {LARGEST} bytes")
    if raw.lstrip()[:1] == b"<" or raw.startswith(b"ABX"):
        yield from interval.xml()
    else:
        yield from interval.messages(raw)


@dataclass(slots=True)
class _Names:
    """What the numbers of one file stand for."""

    strings: list[str] = field(default_factory=list)  # Android 10: one list
    packages: dict[int, list[str]] = field(default_factory=dict)  # later: a list for each package, its name first
    missing: str = ""  # why not all names are known

    def load(self, mappings: File | None) -> None:
        """Read `mappings`, as far as it can be read."""
        if mappings is None:
            self.missing = "the file `mappings` was not handed over"
            return
        try:
            with mappings.open() as src:
                for key, value in protobuf.fields(src.read(LARGEST)):
                    if key == 2 and isinstance(value, bytes):
                        said = protobuf.collect(value)
                        self.packages[number(said.get(1))] = [text([v]) for v in said.get(2, ())]
        except Unreadable as exc:
            self.missing = f"the file `mappings` is damaged: {exc}"
        if not self.packages:
            self.missing = self.missing or "the file `mappings` names none"

    def of(self, package: int, index: int) -> str | None:
        """A string of a package; indexes count from 1, 0 is none."""
        names = self.packages.get(package, [])
        return names[index - 1] if 0 < index <= len(names) else None

    def listed(self, index: int) -> str | None:
        return self.strings[index - 1] if 0 < index <= len(self.strings) else None


@dataclass(slots=True)
class _Interval:
    file: File
    user: int | None
    kind: str
    begin: int
    names: _Names = field(default_factory=_Names)
    lost: Counter[int] = field(default_factory=Counter)

    def messages(self, raw: bytes) -> Iterator[UsageFact | Problem]:
        loaded, old, count, broken = False, False, 0, None
        try:
            for key, value in protobuf.fields(raw):
                if key == 2 and isinstance(value, bytes):
                    old = True
                    self.names.strings = [text([v]) for v in protobuf.collect(value).get(2, ())]
                elif key in (_PACKAGES, _EVENTS, _PENDING) and isinstance(value, bytes):
                    if not old and key != _PENDING and not loaded:
                        self.names.load(self.file.sibling("/../../mappings"))
                        loaded = True
                    count += 1
                    yield from self._one(Where(self.file.path, f"item {count}"), key, value, old)
        except Unreadable as exc:
            broken = exc
        if lost := sum(self.lost.values()):
            apps = sum(count > 0 for count in self.lost.values())
            detail = f"{lost} entries of {apps} apps are left out: {self.names.missing}"
            yield Problem(where=Where(self.file.path), detail=detail, loss=Loss.FILE)
        if broken:
            raise broken

    def _one(self, where: Where, key: int, raw: bytes, old: bool) -> Iterator[UsageFact | Problem]:
        try:
            said = protobuf.collect(raw)
            if key == _PACKAGES:
                record = self._sum(where, said, old)
            elif key == _PENDING:
                record = self._pending(where, said)
            else:
                record = self._old_event(where, said) if old else self._event(where, said)
        except (Unreadable, OverflowError, ValueError) as exc:
            yield Problem(where=where, detail=f"not an entry of usage: {exc}")
            return
        if record:
            yield record

    def _moment(self, said: Fields, key: int, assumed: bool = False) -> datetime | None:
        """Milliseconds from the begin of the interval; a zero is not written, and means the begin or never."""
        if key not in said and not assumed:
            return None
        when = self.begin + signed(number(said.get(key)))
        return clock.milliseconds(when) if when > 0 else None

    def _unknown(self, package: str | None, token: int) -> bool:
        """Whether we do not know if the app was removed or its name could not be read. Counted."""
        lost = not package and bool(self.names.missing)
        self.lost[token] += lost
        return lost

    def _sum(self, where: Where, said: Fields, old: bool) -> UsageFact | None:
        token = number(said.get(1))
        package = (text(said.get(1)) or self.names.listed(number(said.get(2)))) if old else self.names.of(token, 1)
        if self._unknown(package, token):
            return None
        return UsageFact(
            where=where, time=self._moment(said, 3, assumed=True), user=self.user, interval=self.kind, type=TOTAL,
            package=package or None, unnamed=None if package else token, shown_ms=_small(said, 4),
            launches=_small(said, 6), last_service=self._moment(said, 8),
            last_visible=self._moment(said, 10), last_component=self._moment(said, 12),
        )  # fmt: skip

    def _event(self, where: Where, said: Fields) -> UsageFact | None:
        token, kind = number(said.get(1)), number(said.get(5))
        package = DEVICE if kind in OF_DEVICE else self.names.of(token, 1)
        if self._unknown(package, token):
            return None
        root = self.names.of(token, number(said.get(11)))
        return UsageFact(
            where=where, time=self._moment(said, 3, assumed=True), user=self.user, interval=self.kind,
            type=_type(kind), package=package, unnamed=None if package else token,
            activity=self.names.of(token, number(said.get(2))),
            root=root if root != package else None, channel=self.names.of(token, number(said.get(9))),
        )  # fmt: skip

    def _old_event(self, where: Where, said: Fields) -> UsageFact | None:
        listed = self.names.listed
        package = text(said.get(1)) or listed(number(said.get(2)))
        root = listed(number(said.get(15)))
        return UsageFact(
            where=where, time=self._moment(said, 5, assumed=True), user=self.user, interval=self.kind,
            type=_type(number(said.get(7))), package=package, activity=text(said.get(3)) or listed(number(said.get(4))),
            root=root if root != package else None, channel=text(said.get(12)) or listed(number(said.get(13))),
        )  # fmt: skip

    def _pending(self, where: Where, said: Fields) -> UsageFact:
        package, root = text(said.get(1)) or None, text(said.get(11)) or None
        return UsageFact(
            where=where, time=clock.milliseconds(signed(number(said.get(3)))), user=self.user, interval=self.kind,
            type=_type(number(said.get(5))), package=package, activity=text(said.get(2)) or None,
            root=root if root != package else None, channel=text(said.get(9)) or None,
        )  # fmt: skip

    def xml(self) -> Records[UsageFact]:
        """Until Android 9: `<package lastTimeActive= timeActive= />`, `<event time= type= />`, times from the begin."""
        for element in elements(self.file, "package", "event"):
            said = element.attributes()
            try:
                yield self._from_xml(element, said)
            except (ValueError, OverflowError) as exc:
                said.wrong.append(str(exc))
            if said.wrong:
                yield said.problem(element.at(self.file))

    def _from_xml(self, element: Element, said: Attributes) -> UsageFact:
        event = element.tag == "event"
        past, kind = said.integer("time" if event else "lastTimeActive"), said.integer("type")
        package = said.text("package")
        if past is None or package is None or (event and kind is None):
            raise ValueError("no time, package or type")
        return UsageFact(
            where=element.at(self.file), time=clock.milliseconds(max(0, self.begin + past)), user=self.user,
            interval=self.kind, type=_type(kind or 0) if event else TOTAL, package=package, activity=said.text("class"),
            channel=said.text("notificationChannel"), shown_ms=said.integer("timeActive"),
            launches=said.integer("appLaunchCount"),
        )  # fmt: skip


def _type(code: int) -> str:
    return TYPES[code] if 0 <= code < len(TYPES) else str(code)


def _small(said: Fields, key: int) -> int | None:
    return signed(number(said[key])) if key in said else None
