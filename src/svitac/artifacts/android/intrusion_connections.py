"""Connections that apps of the phone opened, from the intrusion log of Android 16 (Advanced Protection).

One event for each TCP connection: the address and port of the server, and the app that opened it. What was sent is not
logged. (event_id, time, type) is the identity of an event; exports overlap, and every copy is given.
Format, clock and source: `svitac.formats.intrusion`. Rests on publications and our own cases: no real export at hand.
"""

from datetime import datetime

from msgspec import Struct

from svitac.declare import artifact
from svitac.formats import intrusion
from svitac.model import Clock, Covers, File, IpAddress, PackageName, Problem, Record, Records, Stage


class Connection(Record, frozen=True, kw_only=True):
    time: datetime
    event_id: int | None
    address: IpAddress
    port: int | None
    package: PackageName | None

    def says(self) -> str:
        return f"{self.package or 'the phone'} connected to {self.address}, port {self.port or 'unknown'}"


class _Event(Struct):
    ip_address: str
    event_time: int | str | None = None
    event_id: intrusion.Int64 | None = None
    port: intrusion.Int64 | None = None
    package_name: str | None = None


class _Line(Struct):
    connect_event: _Event


@artifact(
    "android.intrusion_connections",
    paths=intrusion.PATHS,
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept=intrusion.KEPT,
    stage=Stage.VISITED,
)
def parse(file: File) -> Records[Connection]:
    for got in intrusion.events(file, intrusion.CONNECT, _Line):
        if isinstance(got, Problem):
            yield got
            continue
        where, event = got[0], got[1].connect_event
        try:
            time = intrusion.milliseconds(event.event_time)
        except ValueError as exc:
            yield Problem(where=where, detail=f"connection to {event.ip_address[:80]!r}: {exc}")
            continue
        yield Connection(
            where=where, time=time, event_id=event.event_id, address=intrusion.address(event.ip_address),
            port=event.port, package=event.package_name or None,
        )  # fmt: skip
