"""Samsung's log of app installs and removals, the longest memory of its kind on any Android: it goes back months.

Samsung adds lines to `dumpsys package`, at its top or under `Package warning messages:`:

    2025-03-28 02:22:45.340: START INSTALL PACKAGE: observer{133061357}
              stagedDir{/data/app/vmdl1456751445.tmp}
              pkg{com.example}
              versionCode{81253240}
              Request from{com.android.vending}
    2025-03-28 02:22:45.717: result of install: 1{133061357}
    2024-10-18 09:52:01.536: START DELETE PACKAGE: observer{49463941}
    pkg{com.example}, user{10}, caller{1010253} flags{4}
    2024-10-18 09:52:01.538: result of delete: -2{49463941}

Times are local. `requested_by` null or `com.android.shell` is not a store; the caller of a removal is a uid, 2000 the
shell, and its hundred thousands are the Android user. A result of 1 is success, negative numbers are those of AOSP
`PackageManager` (`INSTALL_FAILED_...`, `DELETE_FAILED_...`). A result names only its observer: `package` is then that
of the last START with this observer. Lines of other kinds (`setApplicationCategoryHint`) are not read.
Source: the log's writer in Samsung's `InstallingSession`; checked on fragments of Samsung Android 14 to 16.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import absent, whole
from svitac.model import Clock, Covers, File, FilePath, LocalTime, PackageName, Problem, Record, Records, Stage

START = re.compile(r"\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?): START (INSTALL|DELETE) PACKAGE: ?(.*)")
RESULT = re.compile(
    r"\s*(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?): result of (install|delete): (-?\d+)\{([^{}]*)\}\s*"
)
VALUE = re.compile(r"(?<![A-Za-z])([A-Za-z]+(?: from)?)\{([^{}]*)\}")
MORE = re.compile(r"\s*[A-Za-z]+(?: from)?\{.*")
LOOKS_LIKE_ONE = (": START INSTALL", ": START DELETE", ": result of ")
MOST_PENDING = 1_000  # starts whose result is awaited
LONGEST = 50  # lines that belong to one start; phones write five


class InstallLog(Record, frozen=True, kw_only=True):
    time: LocalTime
    action: str  # "install", "delete", "install result", "delete result"
    package: PackageName | None
    version: int | None = None
    requested_by: PackageName | None = None
    staged: FilePath | None = None
    observer: str = ""
    user: int | None = None
    caller: int | None = None
    result: int | None = None
    flags: int | None = None

    def says(self) -> str:
        who = self.requested_by or (None if self.caller is None else f"uid {self.caller}")
        by = f", asked for by {who or 'nobody named'}" if self.result is None else f": {self.result}"
        return f"{self.action} of {self.package or 'a package not named'}{by}"


@artifact(
    "android.install_log",
    services=["package"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="months, on Samsung phones only",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[InstallLog]:
    walk = _Walk(file)
    for number, line in text.lines(file):
        if walk.parts and len(walk.parts) <= LONGEST and MORE.match(line):
            walk.parts.append(line)
        else:
            if walk.parts:
                yield from walk.close()
            if ": " in line and any(words in line for words in LOOKS_LIKE_ONE):
                yield from walk.line(number, line)
    yield from walk.close()


class _Walk:
    """The start that is open, and the packages of the starts whose result is awaited."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.parts: list[str] = []  # what the open start holds, in its first line and those below
        self._number = 0
        self._head = ("", "")
        self._awaited: OrderedDict[str, str] = OrderedDict()

    def line(self, number: int, line: str) -> Iterator[InstallLog | Problem]:
        if found := START.fullmatch(line):
            self._number, self._head, self.parts = number, (found[1], found[2].lower()), [found[3]]
        elif found := RESULT.fullmatch(line):
            yield from self._result(number, *found.groups())
        elif line.lstrip()[:4].isdigit():
            yield Problem(where=text.at(self.file, number), detail=f"not an entry of the install log: {line[:80]!r}")

    def close(self) -> Iterator[InstallLog | Problem]:
        if not self.parts:
            return
        said = {name: value for part in self.parts for name, value in VALUE.findall(part)}
        (wall, action), self.parts, where = self._head, [], text.at(self.file, self._number)
        package, observer = absent(said.get("pkg", "")), said.get("observer", "")
        if package and observer:
            self._awaited[observer] = package
            if len(self._awaited) > MOST_PENDING:
                self._awaited.popitem(last=False)

        def number(name: str) -> int | None:
            return whole(said[name]) if absent(said.get(name, "")) else None

        try:
            yield InstallLog(
                where=where, time=clock.local(wall, self.file.zone), action=action, package=package,
                version=number("versionCode"), requested_by=absent(said.get("Request from", "")),
                staged=absent(said.get("stagedDir", "")), observer=observer, user=number("user"),
                caller=number("caller"), flags=number("flags"),
            )  # fmt: skip
        except ValueError as exc:
            yield Problem(where=where, detail=f"{action} of {package}: {exc}")

    def _result(self, number: int, wall: str, action: str, code: str, observer: str) -> Iterator[InstallLog | Problem]:
        where, package = text.at(self.file, number), self._awaited.pop(observer, None)
        try:
            yield InstallLog(
                where=where, time=clock.local(wall, self.file.zone), action=f"{action} result", package=package,
                observer=observer, result=whole(code),
            )  # fmt: skip
        except ValueError as exc:
            yield Problem(where=where, detail=f"result of {action}: {exc}")
