"""How fast indicators load and match, with 10, 11,000 and 100,000 of them: `python benchmarks/indicators.py`.

The time per record must hardly grow with the number of indicators. Records and indicators are made here, with hits in
one record of a thousand.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from svitac.indicators.load import load
from svitac.indicators.match import Matcher
from svitac.model import (
    DomainName,
    FileHash,
    FilePath,
    FreeText,
    IpAddress,
    PackageName,
    ProcessName,
    Record,
    Url,
    Where,
)

RECORDS = 20_000
KINDS = ("domain-name:value", "file:hashes.'SHA-256'", "app:id", "process:name", "file:path", "ipv4-addr:value")


class Busy(Record, frozen=True, kw_only=True):
    """A record with a field of every common kind."""

    host: DomainName
    url: Url
    text: FreeText
    package: PackageName
    process: ProcessName
    path: FilePath
    sha256: FileHash
    address: IpAddress


def value(kind: str, n: int) -> str:
    return {
        "domain-name:value": f"host{n}.evil{n % 1000}.example",
        "file:hashes.'SHA-256'": f"{n:064x}",
        "app:id": f"org.evil.app{n}",
        "process:name": f"evilprocess{n}d",
        "file:path": f"/private/var/tmp/evil{n}/run",
        "ipv4-addr:value": f"{11 + n % 80}.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}",
    }[kind]


def bundle(count: int) -> str:
    """A STIX bundle of so many indicators, each in one of ten collections."""
    objects: list[dict[str, str]] = [
        {"type": "malware", "id": f"malware--{n}", "name": f"Family {n}"} for n in range(10)
    ]
    for n in range(1, count + 1):
        kind = KINDS[n % len(KINDS)]
        ids = {"source_ref": f"indicator--{n}", "target_ref": f"malware--{n % 10}"}
        objects.append({"type": "indicator", "id": f"indicator--{n}", "pattern": f"[{kind}='{value(kind, n)}']"})
        objects.append({"type": "relationship", "id": f"relationship--{n}", "relationship_type": "indicates", **ids})
    return json.dumps({"type": "bundle", "objects": objects})


def record(n: int) -> Busy:
    return Busy(
        where=Where("made", f"item {n}"),
        host=f"cdn{n}.static.example.org" if n % 1000 else "a.host6.evil6.example",
        url=f"https://www.example{n}.com/path/{n}?q=1",
        text=f"Hello {n}, see www.example.org/{n} or mail me at someone@example.net. Thanks!",
        package=f"com.vendor.app{n}",
        process=f"vendor.hardware.service{n}",
        path=f"/data/user/0/com.vendor.app{n}/files/{n}.db",
        sha256=f"{n + 10**12:064x}",
        address=f"192.0.2.{n % 256}",
    )


def main() -> None:
    records = [record(n) for n in range(RECORDS)]
    with tempfile.TemporaryDirectory() as folder:
        for count in (10, 11_000, 100_000):
            path = Path(folder, f"{count}.stix2")
            path.write_text(bundle(count))
            start = time.perf_counter()
            loaded = load([path])
            read = time.perf_counter()
            watch = Matcher(loaded.indicators).watch(Busy)
            ready = time.perf_counter()
            assert watch is not None
            hits = sum(len(watch(r)) for r in records)
            each = (time.perf_counter() - ready) / RECORDS * 1e6
            print(
                f"{len(loaded.indicators):>7,} indicators: loaded in {read - start:.2f} s, "
                f"ready in {ready - read:.2f} s, {each:.1f} µs a record of 8 fields, {hits} hits"
            )


if __name__ == "__main__":
    main()
