"""Android users: which ones run, since when, and when each was last unlocked with its PIN, pattern or password.

`dumpsys user`:

    UserInfo{0:Name:13} serialNo=0
      State: RUNNING_UNLOCKED
      Created: <unknown>
      Last logged in: +2h52m27s0ms ago
      Start time: +2h59m3s0ms ago
      Unlock time: +2h52m27s0ms ago

`Unlock time` is the first unlock after the start: without it the phone has not been unlocked since (BEFORE_FIRST_UNLOCK
state for extraction tools). `Start time` and `Unlock time` count elapsed time, so they hold when the clock was wrong;
`Created` and `Last logged in` are differences of wall clocks and are negative when the clock was set back. Users other
than 0 are guests, work profiles (10 and up) or Samsung's Secure Folder (150). The user's name is not recorded.

The text says how long ago, not when. `approximate` times are counted back from the end of the acquisition, or from the
beginning of a bug report, which writes this service some minutes later: they are off by as much as the acquisition
took, late in the first case, early in the second. Start and unlock are lost with every reboot.
Source: AOSP `UserManagerService.dump`; checked on Android 10.
"""

import re
from datetime import datetime, timedelta

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import duration, rows, whole
from svitac.model import Clock, Covers, File, Problem, Record, Records

USER = re.compile(r"UserInfo\{(-?\d{1,9}):.*:[^:}]{1,16}\}.*")
AGES = {
    "Created": "created",
    "Last logged in": "last_logged_in",
    "Start time": "started",
    "Unlock time": "unlocked",
}


class UserState(Record, frozen=True, kw_only=True):
    user: int
    state: str | None  # "RUNNING_UNLOCKED", "RUNNING_LOCKED", "-1": not running
    start_ago_ms: int | None = None
    unlock_ago_ms: int | None = None
    last_logged_in_ago_ms: int | None = None
    created_ago_ms: int | None = None
    started: datetime | None = None
    unlocked: datetime | None = None  # for the first time since the start
    last_logged_in: datetime | None = None
    created: datetime | None = None
    approximate: bool = True  # the four times, see above

    def says(self) -> str:
        unlocked = f", first unlocked about {self.unlocked:%Y-%m-%d %H:%M} UTC" if self.unlocked else ""
        started = f", started about {self.started:%Y-%m-%d %H:%M} UTC" if self.started else ""
        return f"user {self.user} is in state {self.state or '?'}{started}{unlocked}"


@artifact(
    "android.user_states",
    services=["user"],
    clock=Clock.UTC,
    covers=Covers.LAST,
    kept="start and unlock until the next reboot",
)
def parse(file: File) -> Records[UserState]:
    start, outer, user, said = 0, 0, None, dict[str, str]()
    for number, depth, line in rows(file):
        if start and depth <= outer:
            yield from _state(file, start, user, said)
            start, said = 0, {}
        if not start and line.startswith("UserInfo{"):
            found = USER.fullmatch(line)
            start, outer, user = number, depth, found[1] if found else None
        elif start:
            key, _, value = line.partition(": ")
            if key == "State" or key in AGES:
                said.setdefault(key, value)
    if start:
        yield from _state(file, start, user, said)


def _state(file: File, start: int, user: str | None, said: dict[str, str]) -> Records[UserState]:
    where = text.at(file, start)
    if user is None:
        yield Problem(where=where, detail="not the line of a user")
        return
    try:
        ago = {field: _ago(said[key]) for key, field in AGES.items() if key in said}
        times = {field: _before(file.until, value) for field, value in ago.items()}
        yield UserState(
            where=where,
            user=whole(user),
            state=said.get("State"),
            start_ago_ms=ago.get("started"),
            unlock_ago_ms=ago.get("unlocked"),
            last_logged_in_ago_ms=ago.get("last_logged_in"),
            created_ago_ms=ago.get("created"),
            started=times.get("started"),
            unlocked=times.get("unlocked"),
            last_logged_in=times.get("last_logged_in"),
            created=times.get("created"),
        )
    except ValueError as exc:
        yield Problem(where=where, detail=f"user {user}: {exc}")


def _ago(value: str) -> int | None:
    return None if value == "<unknown>" else duration(value.removesuffix(" ago"))


def _before(until: datetime | None, ago: int | None) -> datetime | None:
    if until is None or ago is None:
        return None
    try:
        return until - timedelta(milliseconds=ago)
    except OverflowError as exc:
        raise ValueError(f"a time out of range: {ago} ms before {until}") from exc
