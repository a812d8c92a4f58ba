"""Names that apps of the phone looked up in the DNS, from the intrusion log of Android 16 (Advanced Protection).

One event for each look-up that the system's resolver answered: the name, the addresses it got, and the app that asked.
An app that brings its own encrypted resolver leaves only connections (`android.intrusion_connections`).
(event_id, time, type) is the identity of an event: exports overlap and repeat events, and every copy is given.
Format, clock and source: `svitac.formats.intrusion`. Rests on publications and our own cases: no real export at hand.
"""

from datetime import datetime

from msgspec import Struct

from svitac.declare import artifact
from svitac.formats import intrusion
from svitac.model import Clock, Covers, DomainName, File, IpAddress, PackageName, Problem, Record, Records, Stage


class DnsEvent(Record, frozen=True, kw_only=True):
    time: datetime
    event_id: int | None
    host: DomainName
    addresses: tuple[IpAddress, ...]
    package: PackageName | None

    def says(self) -> str:
        return f"{self.package or 'the phone'} looked up {self.host}"


class _Event(Struct):
    hostname: str
    event_time: int | str | None = None
    event_id: intrusion.Int64 | None = None
    ip_addresses: tuple[str, ...] | None = None
    package_name: str | None = None


class _Line(Struct):
    dns_event: _Event


@artifact(
    "android.intrusion_dns",
    paths=intrusion.PATHS,
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept=intrusion.KEPT,
    stage=Stage.VISITED,
)
def parse(file: File) -> Records[DnsEvent]:
    for got in intrusion.events(file, intrusion.DNS, _Line):
        if isinstance(got, Problem):
            yield got
            continue
        where, event = got[0], got[1].dns_event
        try:
            time = intrusion.milliseconds(event.event_time)
        except ValueError as exc:
            yield Problem(where=where, detail=f"look-up of {event.hostname[:80]!r}: {exc}")
            continue
        addresses = tuple(map(intrusion.address, event.ip_addresses or ()))
        yield DnsEvent(
            where=where, time=time, event_id=event.event_id, host=event.hostname, addresses=addresses,
            package=event.package_name or None,
        )  # fmt: skip
