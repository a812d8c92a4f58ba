"""Android trust agents: what may keep the phone unlocked, when it did, and whether the phone is locked now.

`dumpsys trust`, for each user:

    User "Name" (id=0, flags=0xc13) (current): trustState=TRUSTED, trustManaged=1, deviceLocked=0, ...
      Enabled agents:
       com.google.android.gms/.auth.trustagent.GoogleTrustAgent
        bound=1, connected=1, managingTrust=1, trusted=1
         message="Kept unlocked by a trusted place"
      Events:
       #0  01-08 12:37:52.123 GrantTrust: agent=GoogleTrustAgent, message="...", duration=+4h0m0s0ms
       #1  01-08 12:31:30.004 AgentConnected: agent=GoogleTrustAgent

One record per user (`state`), per enabled agent (`agent`) and per event. Events are the last 50 of a user, of 200 in
all, the newest first, since the phone started; they carry no year: it is the one nearest to the acquisition. They are
of agents only: an unlock by PIN or finger is not among them. `strongAuthRequired` is a set of bits, 0x1: since the
start nobody has entered the PIN, pattern or password. Android 10 prints `trusted=`, newer versions `trustState=`.
The user's name is not recorded.
Source: AOSP `TrustManagerService.dumpUser`, `TrustArchive`; states checked on Android 10 (a phone without agents),
agents and events from AOSP only.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import component, duration, rows, whole
from svitac.formats.wallclock import ascii_digits, wall_of, yearless
from svitac.model import Clock, Covers, File, FreeText, LocalTime, PackageName, Problem, Record, Records, Stage

USER = re.compile(r'User ".*" \(id=(-?\d{1,9}), flags=0x[0-9a-f]{1,8}\)(?: ?\([a-z ]{1,30}\))*(?:: (.*))?')
EVENT = re.compile(
    r"#\d{1,4} +(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}|\S{1,40}) ([^:]{1,40}): "
    r"(?:user=-?\d{1,9}, )?agent=([^,]{1,500})(?:, (.*))?"
)
GRANT = re.compile(r'message="(.*)", duration=(\S{1,40})')


class TrustEvent(Record, frozen=True, kw_only=True):
    type: str  # "state", "agent", or the event: "GrantTrust", "RevokeTrust", "TrustTimeout", "AgentConnected" ...
    user: int
    time: LocalTime | None = None
    agent: str | None = None  # a class; events name only its last part
    package: PackageName | None = None
    locked: bool | None = None  # of a state
    details: str | None = None  # of a state or agent, as printed
    message: FreeText | None = None  # what the agent told the user
    duration_ms: int | None = None  # how long the trust was to last

    def says(self) -> str:
        if self.type == "state":
            locked = {True: "locked", False: "unlocked", None: "neither locked nor unlocked"}[self.locked]
            return f"the phone is {locked} for user {self.user}"
        who = f"{self.package}/{self.agent}" if self.package else self.agent
        return f"{who} may keep the phone unlocked" if self.type == "agent" else f"{self.type} by {who}"


@artifact(
    "android.trust",
    services=["trust"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="since the last start, the last 50 events of each user",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[TrustEvent]:
    user: int | None = None
    agent: tuple[int, str, str] | None = None  # line, package and class of an agent whose state is on the next line
    for number, _, line in rows(file):
        where = text.at(file, number)
        try:
            if agent and user is not None:
                at, package, name = agent
                details, agent = line if line.startswith("bound=") else None, None
                yield TrustEvent(
                    where=text.at(file, at), type="agent", user=user, agent=name, package=package, details=details
                )
            if line.startswith('User "'):
                user = None
                state = _state(file, number, line)
                user = state.user
                yield state
            elif line.startswith("#") and user is not None:
                yield _event(file, number, line, user)
            elif user is not None and "=" not in line and (found := component(line)):
                agent = (number, *found)
        except ValueError as exc:
            yield Problem(where=where, detail=str(exc))
    if agent and user is not None:
        at, package, name = agent
        yield TrustEvent(where=text.at(file, at), type="agent", user=user, agent=name, package=package)


def _state(file: File, number: int, line: str) -> TrustEvent:
    found = USER.fullmatch(line)
    if not found:
        raise ValueError("not the state of a user")
    details = found[2] or ""
    said = dict(part.partition("=")[::2] for part in details.split(", "))
    return TrustEvent(
        where=text.at(file, number),
        type="state",
        user=whole(found[1]),
        locked={"1": True, "0": False}.get(said.get("deviceLocked", "")),
        details=details or None,
    )


def _event(file: File, number: int, line: str, user: int) -> TrustEvent:
    found = EVENT.fullmatch(line)
    if not found:
        raise ValueError(f"not a trust event: {line[:80]!r}")
    stamp, kind, agent, rest = found.groups()
    grant = GRANT.fullmatch(rest or "")
    named = component(agent)
    when = None
    if file.until and " " in stamp:  # a time before 1970 is printed as a number
        when = yearless(ascii_digits(stamp), file.zone, wall_of(file.until, file.zone))
    return TrustEvent(
        where=text.at(file, number),
        type=kind,
        user=user,
        time=when,
        agent=named[1] if named else agent,
        package=named[0] if named else None,
        details=f"at {stamp}" if when is None else None,
        message=grant[1] if grant else None,
        duration_ms=duration(grant[2]) if grant else None,
    )
