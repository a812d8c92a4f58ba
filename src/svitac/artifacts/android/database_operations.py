"""What running apps did last with their SQLite databases: the statements, and which database.

`dumpsys dbinfo`, per process and database:

    ** Database info for pid 8817 [com.example] **
    Connection pool for /data/user/0/com.example/databases/a.db:
          Most recently executed operations:
            0: [2023-07-27 12:21:44.097] [Pid:(0)]executeForLong took 0ms - succeeded, sql="PRAGMA page_size;", path=...

The last 20 operations of each connection are kept, so minutes or days; times are local. `[Pid:(...)]` is Samsung's, and
0 there stands for the process itself; elsewhere the pid is the process's. An operation without path is of the pool's
database. Statements may hold what an app looked for (values that were bound are not printed); the first 300 characters
are kept.
Source: AOSP `SQLiteConnection.Operation.describe`; checked on Android 10 and on one Samsung dump.
"""

import re

from svitac.declare import artifact
from svitac.formats import clock
from svitac.formats.indented import rows
from svitac.formats.text import at
from svitac.model import (
    Clock,
    Covers,
    File,
    FilePath,
    FreeText,
    LocalTime,
    PackageName,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
)

SHOWN = 300
PROCESS = re.compile(r"\*\* Database info for pid (\d{1,9}) \[(.*)\] \*\*")
POOL = "Connection pool for "
OPERATION = re.compile(
    r"\d+: \[([^\]]*)\] (?:\[Pid:\((\d{1,9})\)\] ?)?(\w+) (?:took|started) (\d{1,15})ms(?: ago)? - (\w+)(.*)"
)
SQL = ', sql="'
PATH = ", path="
NUMBERED = re.compile(r"\d{1,4}: \[")
OWNER = re.compile(r"/data/(?:user(?:_de)?/\d+|data)/([^/]+)/")


class DatabaseOperation(Record, frozen=True, kw_only=True):
    time: LocalTime
    path: FilePath | None  # of the database
    sql: FreeText
    duration_ms: int
    action: str  # "prepare", "executeForLong" ...
    outcome: str  # "succeeded", "failed", "running"
    pid: int | None
    process: ProcessName | None
    package: PackageName | None  # whose data folder holds the database

    def says(self) -> str:
        statement = f": {self.sql}" if self.sql else ""
        return f"{self.process or 'a process'} worked on {self.path or 'a database'} ({self.action}){statement}"


@artifact(
    "android.database_operations",
    services=["dbinfo"],
    clock=Clock.LOCAL,
    covers=Covers.LAST,
    kept="the last 20 operations of each open connection",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[DatabaseOperation]:
    pid: int | None = None
    process = pool = None
    for number, _, line in rows(file):
        if NUMBERED.match(line):
            if not (found := OPERATION.fullmatch(line)):
                yield Problem(where=at(file, number), detail=f"not a database operation, or cut: {line[:80]!r}")
                continue
            wall, own_pid, action, took, outcome, rest = found.groups()
            try:
                time = clock.local(wall, file.zone)
            except ValueError as exc:
                yield Problem(where=at(file, number), detail=f"database operation of {process}: {exc}")
                continue
            sql, path = _sql_and_path(rest)
            path = path or pool
            owner = OWNER.match(path) if path else None
            yield DatabaseOperation(
                where=at(file, number), time=time, path=path, sql=sql[:SHOWN], duration_ms=int(took), action=action,
                outcome=outcome, pid=int(own_pid) if own_pid else pid, process=process,
                package=owner[1] if owner else None,
            )  # fmt: skip
        elif found := PROCESS.fullmatch(line):
            pid, process, pool = int(found[1]), found[2], None
        elif line.startswith(POOL):
            pool = line.removeprefix(POOL).removesuffix(":") or None


def _sql_and_path(rest: str) -> tuple[str, str | None]:
    """The statement may hold anything: the path follows the last `path=` after a closing quote or bracket."""
    head, mark, path = rest.rpartition(PATH)
    if not mark or (head and head[-1] not in '"]'):
        head, path = rest, ""
    _, _, sql = head.partition(SQL)
    return sql.partition('", exception="')[0].removesuffix('"'), path.partition(", ")[0] or None
