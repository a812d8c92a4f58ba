"""Which indicators a field of each kind is tested against. One small function per kind of field.

A function takes the field's value and gives what it found: the entry, the part of the value that matched, and whether
the platform may have cut that value short. A field holds more than its own kind of fact: a URL has a host, the host may
be an address, a path ends in a file name, a process may be named after its package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from svitac.indicators import links, normal
from svitac.indicators.model import Condition, Indicator, Pattern
from svitac.indicators.tables import COMM, Addresses, Entry, Folded, Hosts, Packages, Paths, Processes, Table, Urls
from svitac.model import Kind


class Found(NamedTuple):
    entry: Entry
    value: str
    truncated: bool = False


# Apple's sealed volume: published process names imitate what lives here (`/usr/libexec/BackupAgent` is honest)
_SEALED = ("/usr/", "/System/", "/Applications/", "/bin/", "/sbin/")
_BARE = re.compile(r"(?::\d+)?/")
Probe = Callable[[str], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Tables:
    """One table per kind of indicator."""

    domain: Hosts = field(default_factory=Hosts)
    ip: Addresses = field(default_factory=Addresses)
    url: Urls = field(default_factory=Urls)
    path: Paths = field(default_factory=Paths)
    filename: Table = field(default_factory=lambda: Table(str.strip))
    process: Processes = field(default_factory=Processes)
    package: Packages = field(default_factory=Packages)
    hash: Folded = field(default_factory=lambda: Folded(normal.digest))
    certificate: Folded = field(default_factory=lambda: Folded(normal.digest))
    email: Folded = field(default_factory=lambda: Folded(normal.email))
    phone: Table = field(default_factory=lambda: Table(normal.phone))
    property: Table = field(default_factory=lambda: Table(str.strip))
    profile: Folded = field(default_factory=lambda: Folded(lambda value: value.strip().casefold()))
    text: Table = field(default_factory=lambda: Table(str.strip))

    def add(self, indicator: Indicator) -> None:
        """Put every condition of an indicator into its table."""
        conditions = (Condition(indicator.kind, indicator.value, indicator.pattern), *indicator.also)
        for part, condition in enumerate(conditions):
            self._add(condition, Entry(indicator, part, len(conditions)))

    def _add(self, condition: Condition, entry: Entry) -> None:
        """A URL without a path is its host."""
        if condition.kind is Kind.URL and condition.pattern is Pattern.EXACT:
            link = normal.link(condition.value)
            if _BARE.fullmatch(link.rest):
                condition = Condition(Kind.IP if normal.address(link.host) else Kind.DOMAIN, link.host)
        table: Table = getattr(self, condition.kind.value)
        table.add(condition, entry)

    def candidates(self, kind: Kind, values: Sequence[str | None]) -> Iterator[int]:
        """The numbers of the values that may hit: all that do, and few others."""
        probe = self.probe(kind)
        if probe is None:
            return
        if kind is Kind.PATH and not (self.path.any_last or self.path.tests or self.filename.tests):
            lasts, names = self.path.lasts, self.filename.at
            for number, value in enumerate(values):
                if value:
                    parts = value.strip().rstrip("/").split("/")
                    if not lasts.isdisjoint(parts) or parts[-1] in names:
                        yield number
            return
        for number, value in enumerate(values):
            if value and probe(value):
                yield number

    def at_host(self, host: str) -> list[Entry]:
        """Indicators for a host in its normal form, name or address."""
        if host[-1:].isdecimal() or ":" in host:
            address = normal.address(host)
            if address:
                return self.ip.find_address(address)
        return self.domain.find(host)

    def domains(self, value: str) -> Iterable[Found]:
        return [Found(e, value) for e in self.at_host(normal.host(value))]

    def urls(self, value: str) -> Iterable[Found]:
        link = normal.link(value)
        found = self.at_host(link.host) + self.url.find_link(link)
        if self.url.tests:
            found += self.url.like(value)
        return [Found(e, value) for e in found]

    def ips(self, value: str) -> Iterable[Found]:
        return [Found(e, value) for e in self.ip.find(value)]

    def paths(self, value: str) -> Iterable[Found]:
        parts = value.strip().rstrip("/").split("/")
        if self.path.cannot(parts) and not self.path.tests:  # most paths there are
            return [Found(e, value) for e in self.filename.find(parts[-1])]
        path = normal.path(value)
        found = self.path.find(path) + self.filename.find(parts[-1])
        if self.path.tests:
            found += dict.fromkeys(self.path.like(value) + self.path.like(path))
        return [Found(e, value) for e in found]

    def processes(self, value: str) -> Iterator[Found]:
        name = normal.process(value)
        if name.startswith("/"):  # started by its path: the path, its file name, and the last part as a name
            yield from self.paths(name)
            if name.startswith(_SEALED):
                return
            name = name.rstrip("/").rpartition("/")[2]
        package = name.partition(":")[0]
        for entry in self.process.find(name) + self.package.find(package):
            yield Found(entry, value)
        if len(name) in COMM:
            for entry in self.process.cut.get(name, []):
                yield Found(entry, value, truncated=True)
            for entry in self.package.tails.get(name, []):
                yield Found(entry, value, truncated=True)

    def phones(self, value: str) -> Iterable[Found]:
        """A message's other side may be a number or an e-mail address."""
        table = self.email if "@" in value else self.phone
        return [Found(e, value) for e in table.find(value)]

    def texts(self, value: str) -> Iterator[Found]:
        if self.text.tests:
            yield from (Found(e, value) for e in self.text.like(value))
        if 6 in self.ip.versions:
            yield from (Found(e, six) for six in links.sixes(value) for e in self.ip.find(six))
        text = links.prepared(value)
        if not text:
            return
        for seen in links.hosts(text):
            for entry in self.at_host(seen.host):
                yield Found(entry, seen.written)
            if self.url.tests or seen.host in self.url.hosts:
                yield from self._links(text, seen)
        if len(self.email):
            yield from (Found(e, address) for address in links.emails(text) for e in self.email.find(address))

    def _links(self, text: str, seen: links.Seen) -> Iterator[Found]:
        for link, written in links.links(text, seen):
            for entry in self.url.find_link(link) + self.url.like(written):
                yield Found(entry, written)

    def probe(self, kind: Kind) -> Probe | None:
        """The function for a field of this kind, or None when no indicator can match it."""
        function, tables = {
            Kind.DOMAIN: (self.domains, (self.domain, self.ip)),
            Kind.URL: (self.urls, (self.url, self.domain, self.ip)),
            Kind.TEXT: (self.texts, (self.url, self.domain, self.ip, self.email, self.text)),
            Kind.IP: (self.ips, (self.ip,)),
            Kind.PATH: (self.paths, (self.path, self.filename)),
            Kind.PROCESS: (self.processes, (self.process, self.package, self.path, self.filename)),
            Kind.PHONE: (self.phones, (self.phone, self.email)),
        }.get(kind) or self._alone(getattr(self, kind.value))
        return function if any(map(len, tables)) else None

    def _alone(self, table: Table) -> tuple[Probe, tuple[Table, ...]]:
        return (lambda value: [Found(e, value) for e in table.find(value)]), (table,)
