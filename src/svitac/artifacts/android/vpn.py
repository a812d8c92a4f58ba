"""Apps that carry the phone's traffic, or may: virtual private networks.

Three places tell of them:

    vpn_management (Android 12 and later)      connectivity                            activity, in System UI's own dump
      VPNs:                                      NetworkAgentInfo{... VPN CONNECTED      SecurityController state:
        0: com.example                             extra: VPN:com.example ...}             mCurrentVpns={0=com.example}
          Active package name: com.example
          Active vpn type: 1

`connected` is a VPN that runs; `prepared` is an app that the owner allowed to, and that may start at any time. The vpn
type is AOSP `VpnManager`'s: -1 none, 1 an app's, 2 the platform's, 3 legacy (from the settings), 4 the maker's.
`[Legacy VPN]` stands for no app. The traffic then passes through that app's servers, which is honest for most; other
network sources name the VPN's servers and not those visited. State only. Source: AOSP `VpnManagerService.dump`,
`Vpn.dump`, System UI `SecurityControllerImpl.dump`. `mCurrentVpns` was checked on Samsung and on an Android 10 without
a VPN; the other two rest on AOSP, public samples and our own cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import rows
from svitac.model import File, PackageName, Problem, Record, Records, Stage

CURRENT = "mCurrentVpns={"
CARRIED = re.compile(r"\bextra: VPN:([\w.]+)")
ENTRY = re.compile(r"(\d{1,9}): (\S.*)")
LEGACY = "[Legacy VPN]"
ACTIVE, TYPE = "Active package name: ", "Active vpn type: "
TYPES = {"-1": None, "1": "app", "2": "platform", "3": "legacy", "4": "maker"}


class Vpn(Record, frozen=True, kw_only=True):
    user: int | None
    package: PackageName | None  # None: set up in the settings
    state: str  # "connected", "prepared"
    type: str | None = None  # "app", "platform", "legacy", "maker"

    def says(self) -> str:
        return f"VPN of {self.package or 'the settings'} is {self.state}"


@artifact(
    "android.vpn",
    services=["vpn_management", "connectivity", "activity"],
    kept="while it lasts",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[Vpn]:
    walk = _Walk(file)
    for number, depth, line in rows(file):
        if line.startswith(CURRENT):
            yield from _current(file, number, line.removeprefix(CURRENT))
        elif line.startswith("NetworkAgentInfo") and (found := CARRIED.search(line)):
            yield Vpn(where=text.at(file, number), user=None, package=found[1], state="connected")
        elif line == "VPNs:":
            yield from walk.close()
            walk.depth = depth
        elif walk.depth >= 0:
            yield from walk.line(number, depth, line)
    yield from walk.close()


def _current(file: File, number: int, items: str) -> Iterator[Vpn | Problem]:
    where, closed = text.at(file, number), items.endswith("}")
    if not closed:
        yield Problem(where=where, detail=f"a list of VPNs that is cut: {items[:80]!r}")
        return
    for item in filter(None, items[:-1].split(", ")):
        user, equals, name = item.partition("=")
        if equals and user.isascii() and user.isdigit() and len(user) < 10 and name:
            package = None if name == LEGACY else name
            yield Vpn(where=where, user=int(user), package=package, state="connected")
        else:
            yield Problem(where=where, detail=f"not a VPN: {item[:80]!r}")


class _Walk:
    """The entry that is open, in `VPNs:`."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.depth = -1  # of `VPNs:`, when we are below it
        self._line = 0
        self._entry_depth = -1
        self._user = 0
        self._package = ""
        self._type: str | None = None
        self._typed = False

    def line(self, number: int, depth: int, line: str) -> Iterator[Vpn]:
        if depth <= self.depth:
            yield from self.close()
            self.depth = -1
        elif (not self._line or depth <= self._entry_depth) and (found := ENTRY.fullmatch(line)):
            yield from self.close()
            self._line, self._entry_depth = number, depth
            self._user, self._package = int(found[1]), found[2]
        elif self._line and line.startswith(ACTIVE):
            self._package = line.removeprefix(ACTIVE)
        elif self._line and line.startswith(TYPE):
            said = line.removeprefix(TYPE)
            self._type, self._typed = TYPES.get(said, said), said != "-1"

    def close(self) -> Iterator[Vpn]:
        """The first user has an entry without an app too: it is none."""
        if self._line and (self._package != LEGACY or self._typed):
            yield Vpn(
                where=text.at(self.file, self._line), user=self._user,
                package=None if self._package == LEGACY else self._package,
                state="connected" if self._typed else "prepared", type=self._type,
            )  # fmt: skip
        self._line, self._type, self._typed = 0, None, False
