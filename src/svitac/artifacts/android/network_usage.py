"""Bytes that each uid, and the phone as a whole, received and sent, per network and stretch of time.

`dumpsys netstats`: under `Dev stats:`, `Xt stats:` (the phone), `UID stats:` and `UID tag stats:`

    ident=[{type=1, ratType=COMBINED, wifiNetworkKey="Home"wpa, metered=false, ...}] uid=10147 set=DEFAULT tag=0x0
      NetworkStatsHistory: bucketDuration=7200
        st=1578407539 rb=397520517 rp=303482 tb=4680000 tp=61542 op=0

and `dumpsys netstats --checkin` (section CHECKIN NETSTATS, where Samsung prints the former):

    v1,1578407539,1578493939           the day it covers
    xt                                 or uid, tag
    c,wifi,fg,10147,0                  network, set, uid, tag
    d,7200                             bucket
    b,1578407539,100,1,50,1,0          start, received, packets, sent, packets, operations

Times and buckets are seconds (Android 4 printed milliseconds: `bucketStart=...`). uid -1 is everything, -4 apps that
were removed, -5 tethering. `tag` other than 0 is a part of what its uid has already, not more. The set is DEFAULT (in
the background) or FOREGROUND, or ALL. The phone keeps uids 90 days; a dump prints the last 32 buckets of each line,
and only `--uid` or a maker's dumpstate prints uids at all. Phones without any network print no bucket.
Source: AOSP `NetworkStatsHistory.dump`, `NetworkStatsCollection.dumpCheckin`; checked on a Samsung fragment of Android
14 to 16. The Android 10 at hand holds no bucket: the other forms rest on AOSP, public samples and our own cases.
"""

from __future__ import annotations

import re
from datetime import datetime

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import rows, whole
from svitac.model import Clock, Covers, File, Problem, Record, Records

BUCKET = re.compile(r"st=(\d{1,11}) rb=(\d{1,18}) rp=\d+ tb=(\d{1,18}) tp=\d+(?: op=\d+)?", re.ASCII)
OLD_BUCKET = re.compile(r"bucketStart=(\d{1,14})\b.* rxBytes=(\d{1,18})\b.* txBytes=(\d{1,18})\b.*", re.ASCII)
IDENT = re.compile(r"uid=(-?\d{1,9}) set=(\w+) tag=0x([0-9a-f]{1,8})\b.*", re.ASCII)
TYPE = re.compile(r"\btype=(\w+)")
NAME = re.compile(r'(?:networkId|wifiNetworkKey)="([^"]*)"')
TYPES = {"0": "mobile", "1": "wifi", "7": "bluetooth", "9": "ethernet", "17": "vpn", "cell": "mobile"}
SCOPES = {"dev stats:": "device", "xt stats:": "interfaces", "uid stats:": "uid", "uid tag stats:": "tag"}
LONGEST = 300  # no bucket is longer
CHECKIN = {"dev": "device", "xt": "interfaces", "uid": "uid", "tag": "tag"}
SETS = {"all": "ALL", "def": "DEFAULT", "fg": "FOREGROUND", "-1": "ALL", "0": "DEFAULT", "1": "FOREGROUND"}
UIDS = {-1: "everything", -4: "apps that were removed", -5: "tethering"}


class NetworkUsage(Record, frozen=True, kw_only=True):
    uid: int
    start: datetime
    bucket_seconds: int
    received: int | None  # bytes
    sent: int | None
    set: str
    tag: int
    network: str | None  # "wifi", "mobile" ...
    network_name: str | None
    scope: str  # "uid", "tag", "interfaces", "device"

    def says(self) -> str:
        who = UIDS.get(self.uid, f"uid {self.uid}")
        return f"{who} received {self.received or 0} and sent {self.sent or 0} bytes over {self.network or 'a network'}"


@artifact(
    "android.network_usage",
    services=["netstats"],
    sections=["CHECKIN NETSTATS"],
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept="90 days; a dump prints the last 32 buckets, or the last day",
)
def parse(file: File) -> Records[NetworkUsage]:
    walk = _Walk(file)
    for number, _, line in rows(file):
        first = line[0]
        try:
            if first in "sb":
                if (found := walk.bucket(number, line)) is not None:
                    yield found
            elif first in "icdNuxtDXU":
                walk.head(line)
        except (ValueError, OverflowError) as exc:
            yield Problem(where=text.at(file, number), detail=f"network usage: {exc}")


class _Walk:
    """Whose buckets follow."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._scope = ""
        self._who: tuple[int, str, int, str | None, str | None] | None = None
        self._seconds: int | None = None

    def bucket(self, number: int, line: str) -> NetworkUsage | None:
        if line.startswith("st="):
            start, received, sent = self._fields(BUCKET, line)
        elif line.startswith("bucketStart="):
            start, received, sent = self._fields(OLD_BUCKET, line)
            start //= 1_000
        elif line.startswith("b,"):
            start, received, sent = self._checkin(line)
        else:
            return None
        if self._who is None or self._seconds is None:
            return None  # its head could not be read, and that was told
        time = clock.seconds(start)
        if time is None:
            raise ValueError(f"a bucket without its start: {line[:80]!r}")
        uid, kind, tag, network, name = self._who
        return NetworkUsage(
            where=text.at(self.file, number), uid=uid, start=time, bucket_seconds=self._seconds, received=received,
            sent=sent, set=kind, tag=tag, network=network, network_name=name, scope=self._scope,
        )  # fmt: skip

    def _checkin(self, line: str) -> tuple[int, int | None, int | None]:
        parts = line.split(",")
        if len(parts) != 7:
            raise ValueError(f"not a bucket, or cut: {line[:80]!r}")
        _, start, received, _, sent, _, _ = parts
        return whole(start), _known(received), _known(sent)

    def _fields(self, pattern: re.Pattern[str], line: str) -> tuple[int, int | None, int | None]:
        found = pattern.fullmatch(line) if len(line) < LONGEST else None
        if not found:
            raise ValueError(f"not a bucket, or cut: {line[:80]!r}")
        return int(found[1]), int(found[2]), int(found[3])

    def head(self, line: str) -> None:
        if line in CHECKIN or line.endswith(" stats:"):
            self._scope, self._who = CHECKIN.get(line) or SCOPES.get(line.lower(), line[:40]), None
        elif line.startswith("ident="):
            self._who = self._seconds = None
            self._who = self._ident(line)
        elif line.startswith("NetworkStatsHistory: bucketDuration="):
            seconds = whole(line.rpartition("=")[2])
            self._seconds = seconds // 1_000 if seconds >= 1_000_000 else seconds
        elif line.startswith("c,"):
            self._who = self._seconds = None
            self._who = self._group(line)
        elif line.startswith("d,"):
            self._seconds = whole(line[2:])

    def _ident(self, line: str) -> tuple[int, str, int, str | None, str | None]:
        """The name of a Wi-Fi network is anybody's, so what follows the last bracket counts."""
        networks, bracket, rest = line.rpartition("] ")
        found = IDENT.fullmatch(rest)
        if not bracket or not found:
            raise ValueError(f"not a network and its uid, or cut: {line[:80]!r}")
        kind, name = TYPE.search(networks), NAME.search(networks)
        network = None if kind is None else TYPES.get(kind[1], kind[1].lower())
        return int(found[1]), found[2], int(found[3], 16), network, name[1] if name else None

    def _group(self, line: str) -> tuple[int, str, int, str | None, str | None]:
        parts = line.split(",")
        if len(parts) != 5:
            raise ValueError(f"not a network and its uid, or cut: {line[:80]!r}")
        _, network, kind, uid, tag = parts
        return whole(uid), SETS.get(kind, kind), whole(tag), TYPES.get(network, network), None


def _known(said: str) -> int | None:
    """A star stands for what the phone does not count."""
    return None if said == "*" else whole(said)
