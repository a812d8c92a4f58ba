"""Indicators of one kind, arranged so that looking a value up costs the same with ten and with 100,000 of them.

Every table is a dictionary of normal forms; a value is looked up once, or once per parent (the labels of a host, the
folders of a path), never compared with one indicator after the other. Only LIKE, MATCHES and paths with `*` are tested
one by one, last, and they are few. What `find` gives are entries; `Entry.parts` is above 1 for a term of an AND.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from svitac.indicators import normal, patterns
from svitac.indicators.model import Condition, Indicator, Pattern

COMM = (15, 16)  # Linux TASK_COMM_LEN and iOS MAXCOMLEN, without the final zero


class Entry(NamedTuple):
    """One condition of an indicator: the `part`-th of `parts` that must hold together."""

    indicator: Indicator
    part: int = 0
    parts: int = 1


class Table:
    """Values that are equal when their normal forms are, and the patterns on such values."""

    fold = False  # do patterns ignore case

    def __init__(self, form: Callable[[str], str]) -> None:
        self.form = form
        self.at: dict[str, list[Entry]] = {}
        self.tests: list[tuple[patterns.Test, Entry]] = []

    def __len__(self) -> int:
        return len(self.at) + len(self.tests)

    def add(self, condition: Condition, entry: Entry) -> None:
        if condition.pattern is Pattern.EXACT:
            self.put(condition.value, entry)
        else:
            self.tests.append((patterns.compiled(condition.value, condition.pattern, fold=self.fold), entry))

    def put(self, value: str, entry: Entry) -> None:
        self.at.setdefault(self.form(value), []).append(entry)

    def find(self, value: str) -> list[Entry]:
        found = self.at.get(self.form(value), [])
        return found + self.like(value) if self.tests else found

    def like(self, value: str) -> list[Entry]:
        return [entry for test, entry in self.tests if test(value)]


class Folded(Table):
    """Values without a case of their own: hashes, e-mail addresses, profiles."""

    fold = True


class Hosts(Table):
    """Host names: an indicator matches itself and every name below it.

    `www.` at the start of an indicator is dropped: who publishes `www.evil.example` means the site. A leading `*.` is
    dropped too.
    """

    fold = True

    def __init__(self) -> None:
        super().__init__(lambda value: normal.host(value.removeprefix("*")).removeprefix(".").removeprefix("www."))

    def find(self, host: str) -> list[Entry]:
        """`host` in its normal form."""
        at, found, start = self.at, [], 0
        if len(host) > normal.MAX_HOST:  # a name below an indicator may be any length; an indicator may not
            start = host.find(".", len(host) - normal.MAX_HOST) + 1
            if not start:
                return self.like(host)
        while True:
            if got := at.get(host[start:]):
                found += got
            start = host.find(".", start) + 1
            if not start:
                return found + self.like(host) if self.tests else found


class Addresses(Table):
    """Addresses as numbers; networks by the length of their prefix."""

    def __init__(self) -> None:
        super().__init__(str)
        self.networks: dict[tuple[int, int], dict[int, list[Entry]]] = {}
        self.versions: set[int] = set()

    def __len__(self) -> int:
        return len(self.networks) + len(self.tests)

    def put(self, value: str, entry: Entry) -> None:
        value = normal.refang(value)
        if found := normal.address(value):
            version, number = found
            self.versions.add(version)
            whole = 32 if version == 4 else 128
            hidden = whole - normal.prefix(value, version)
            self.networks.setdefault((version, hidden), {}).setdefault(number >> hidden, []).append(entry)

    def find_address(self, address: normal.Address) -> list[Entry]:
        version, number = address
        found: list[Entry] = []
        for (of, hidden), networks in self.networks.items():
            if of == version and (got := networks.get(number >> hidden)):
                found += got
        return found

    def find(self, value: str) -> list[Entry]:
        address = normal.address(value)
        found = self.find_address(address) if address else []
        return found + self.like(value) if self.tests else found


class Urls(Table):
    """Links with a path. A scheme is compared only when both sides have one."""

    fold = True

    def __init__(self) -> None:
        super().__init__(str)
        self.hosts: set[str] = set()
        self.links: dict[str, list[tuple[str, Entry]]] = {}

    def __len__(self) -> int:
        return len(self.links) + len(self.tests)

    def put(self, value: str, entry: Entry) -> None:
        link = normal.link(value)
        self.hosts.add(link.host)
        self.links.setdefault(link.host + link.rest, []).append((link.scheme, entry))

    def find_link(self, link: normal.Link) -> list[Entry]:
        found = self.links.get(link.host + link.rest, ())
        return [entry for scheme, entry in found if not (scheme and link.scheme) or scheme == link.scheme]


class Paths(Table):
    """Paths: an absolute indicator matches itself and everything below it, by whole components.

    A relative one (`Library/Caches/x.db`) matches at the end of a path, and with a slash at its own end anywhere.
    `*` stands for any run within one component. LIKE and MATCHES are tested by `like`, on each form of a path.
    """

    def __init__(self) -> None:
        super().__init__(normal.path)
        self.deepest = 0  # slashes in the deepest absolute indicator
        self.lasts: set[str] = set()  # the last component of every indicator: a path without any of them cannot match
        self.any_last = False  # an indicator whose last component can stand for several
        self.relative: dict[str, list[tuple[Entry, bool]]] = {}  # True: matches as a folder, anywhere
        self.lengths: set[int] = set()
        self.globs: list[tuple[tuple[patterns.Test, ...], bool, bool, Entry]] = []

    def __len__(self) -> int:
        return super().__len__() + len(self.relative) + len(self.globs)

    def put(self, value: str, entry: Entry) -> None:
        value = value.strip()
        absolute, folder = value.startswith("/"), value.endswith("/")
        path = normal.path(value)
        last = path.rpartition("/")[2]
        self.lasts.add(last)
        self.any_last = self.any_last or "*" in last or path in normal.ALIASED_ROOTS
        if "*" in path:
            tests = tuple(patterns.glob(part) for part in path[1:].split("/"))
            self.globs.append((tests, absolute, folder, entry))
        elif absolute:
            self.at.setdefault(path, []).append(entry)
            self.deepest = max(self.deepest, path.count("/"))
        else:
            self.relative.setdefault(path, []).append((entry, folder))
            self.lengths.add(path.count("/"))

    def cannot(self, parts: list[str]) -> bool:
        """Whether a path of these components, under any alias, surely matches nothing: one look at a set."""
        return not self.any_last and self.lasts.isdisjoint(parts)

    def find(self, path: str) -> list[Entry]:
        """`path` in its normal form."""
        found = list(self._above(path)) if self.deepest else []
        if self.relative or self.globs:
            parts = path[1:].split("/")
            found += [*self._within(parts), *self._globbed(parts)]
        return found

    def _above(self, path: str) -> Iterator[Entry]:
        at, end = self.at, 0
        for _ in range(self.deepest):
            end = path.find("/", end + 1)
            yield from at.get(path if end < 0 else path[:end], ())
            if end < 0:
                return

    def _within(self, parts: list[str]) -> Iterator[Entry]:
        for length in sorted(self.lengths):
            for start in range(len(parts) - length + 1):
                for entry, folder in self.relative.get("/" + "/".join(parts[start : start + length]), ()):
                    if folder or start + length == len(parts):
                        yield entry

    def _globbed(self, parts: list[str]) -> Iterator[Entry]:
        for tests, absolute, folder, entry in self.globs:
            last = len(parts) - len(tests)
            starts = range(last + 1) if not absolute else range(min(1, last + 1))
            ok = (s for s in starts if absolute or folder or s == last)
            if any(all(test(part) for test, part in zip(tests, parts[s : s + len(tests)], strict=True)) for s in ok):
                yield entry


class Processes(Table):
    """Process names, whole; and the names the platform has cut to its 15 (Linux) or 16 (iOS) characters."""

    def __init__(self) -> None:
        super().__init__(normal.process)
        self.cut: dict[str, list[Entry]] = {}

    def put(self, value: str, entry: Entry) -> None:
        super().put(value, entry)
        name = normal.process(value)
        for size in COMM:
            if len(name) > size:
                self.cut.setdefault(name[:size], []).append(entry)


class Packages(Table):
    """Package names, whole; and the last 15 characters, which is what Android leaves of them in a thread's name.

    Reference: AOSP `frameworks/base/core/jni/android_util_Process.cpp`, `set_process_name`; ART `SetThreadName`.
    """

    def __init__(self) -> None:
        super().__init__(str.strip)
        self.tails: dict[str, list[Entry]] = {}

    def put(self, value: str, entry: Entry) -> None:
        super().put(value, entry)
        name = value.strip()
        if len(name) > COMM[0]:
            self.tails.setdefault(name[-COMM[0] :], []).append(entry)
