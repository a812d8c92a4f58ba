"""Which processes each app ran in the last 24 hours, for how long and how important they were.

`dumpsys procstats`, under `AGGREGATED OVER LAST 24 HOURS:`. Complete (`-a`, as in a bug report), under
`Per-Package Stats:`:

    * com.example / u0a39 / v29:
        Process com.example:remote (unique, 2 entries):
              SOff/Norm/  Receiver: +217ms
               SOn/Norm/(Cch Emty): +2m0s932ms (running)
                             TOTAL: +2m10s951ms

and short, a share of the time for each process, without packages:

    * com.example:remote / u0a39 / v29:
             TOTAL: 97% (4.9MB-5.4MB-5.7MB/...)
           Service: 84%

One record per package and process: an app that is gone may still stand here. The 24 hours are put together from the
periods that the phone has saved, and are of when it was on. The other periods and the summaries are not read.
Source: AOSP `ProcessStats.dumpLocked`, `ProcessState`; checked on Android 10.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import duration, rows
from svitac.formats.uids import uid
from svitac.model import File, PackageName, Problem, ProcessName, Record, Records, Stage

DAY = "AGGREGATED OVER LAST 24 HOURS:"
PERIODS = ("AGGREGATED OVER ", "COMMITTED STATS FROM ", "CURRENT STATS:")
PACKAGES = "Per-Package Stats:"
OWNER = re.compile(r"\* (\S+) / (\w+) / v\d+:")
PROCESS = re.compile(r"Process (\S+) \((?:unique|multi), \d+ entries\):")
SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)%.*")
MOST_STATES = 32  # AOSP knows 14
LONGEST = 40
FIGURES = tuple("+0123456789")


class ProcessStatistic(Record, frozen=True, kw_only=True):
    package: PackageName | None  # None in the short form
    process: ProcessName
    uid: int
    total_ms: int | None  # that it ran; complete form
    percent: float | None  # of the time; short form
    states: str  # "Receiver, (Cch Emty)", the names as printed

    def says(self) -> str:
        ran = f"{self.total_ms / 1000:g} s" if self.total_ms is not None else f"{self.percent or 0:g}% of the time"
        return f"process {self.process} of {self.package or f'uid {self.uid}'} ran {ran} in the last 24 hours"


@artifact("android.process_statistics", services=["procstats"], kept="24 hours", stage=Stage.EXECUTED)
def parse(file: File) -> Records[ProcessStatistic]:
    walk, within = _Walk(file), False
    for number, depth, line in rows(file):
        if depth == 0 and line.startswith(PERIODS):
            yield from walk.close()
            within, walk.part = line == DAY, ""
        elif not within:
            continue
        elif depth == 0:
            yield from walk.close()
            walk.part = line
        elif walk.part == PACKAGES:
            yield from walk.complete(number, line)
        elif not walk.part:
            yield from walk.short(number, line)
    yield from walk.close()


class _Walk:
    """The process that is open."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.part = ""  # what the lines belong to; "" right below the period
        self._package: str | None = None
        self._uid = -1
        self._process = ""
        self._line = 0
        self._states: dict[str, None] = {}
        self._total: str | None = None

    def complete(self, number: int, line: str) -> Records[ProcessStatistic]:
        if line.startswith("* "):
            yield from self.close()
            self._package = None
            self._package = yield from self._owner(number, line)
        elif line.startswith("Process ") and (found := PROCESS.fullmatch(line)):
            yield from self.close()
            if self._package:
                self._line, self._process = number, found[1]
        elif self._process and self._total is None:
            self._state(line)

    def short(self, number: int, line: str) -> Records[ProcessStatistic]:
        if line.startswith("* "):
            yield from self.close()
            self._package = None
            self._line, self._process = number, (yield from self._owner(number, line)) or ""
        elif self._process:
            self._state(line)

    def _owner(self, number: int, line: str) -> Generator[Problem, None, str | None]:
        """Returns the name of the package or process, None when the line cannot be read."""
        found = OWNER.fullmatch(line)
        try:
            self._uid = uid(found[2] if found else "")
        except ValueError as exc:
            detail = f"not the head of an entry, or cut ({exc}): {line[:80]!r}"
            yield Problem(where=text.at(self.file, number), detail=detail)
            return None
        return found and found[1]

    def _state(self, line: str) -> None:
        """`SOff/Norm/  Receiver: +217ms`, `Service: 84%`, `TOTAL: +2m10s951ms`."""
        label, colon, value = line.partition(": ")
        name = label.rpartition("/")[2].strip()
        if name == "TOTAL":
            self._total = value
        elif colon and name and len(label) < LONGEST and value[:1] in FIGURES and len(self._states) < MOST_STATES:
            self._states[name] = None

    def close(self) -> Iterator[ProcessStatistic | Problem]:
        if not self._process:
            return
        where, total, share = text.at(self.file, self._line), None, None
        said = self._total or ""
        try:
            if found := SHARE.fullmatch(said):
                share = float(found[1])
            elif said:
                total = duration(said.partition(" ")[0])
        except ValueError as exc:
            yield Problem(where=where, detail=f"process {self._process}: {exc}")
        yield ProcessStatistic(
            where=where, package=self._package, process=self._process, uid=self._uid, total_ms=total, percent=share,
            states=", ".join(self._states),
        )  # fmt: skip
        self._process, self._total, self._states = "", None, {}
