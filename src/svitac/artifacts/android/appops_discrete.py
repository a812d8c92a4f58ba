"""Single uses of microphone, camera and location by each app of the last days, from a full file system.

`/data/system/appops/discrete/<milliseconds>tl`, Android 12 to 15, one file for each time the phone saved (at most every
half hour): `<u ui="uid"><p pn="package"><o op="code"><a at="attribution tag"><e nt="time" nd="duration" .../>`. Times
are milliseconds since 1970, cut to whole minutes by the phone; durations are rounded up to minutes, and absent for a
single moment. `state` is how visible the app was: from `top` (the owner looked at it) to `cached`; the microphone in
the background is what spyware needs. Kept for seven days, thirty at most. Newer versions keep a database instead.
Source: AOSP `DiscreteRegistry`, `AppOpsManager`; no file of a real phone was at hand.
"""

from __future__ import annotations

from datetime import datetime

from svitac.declare import artifact
from svitac.formats.abx import Element, elements
from svitac.model import Clock, Covers, File, PackageName, Problem, Record, Records, Stage

OPS = {  # AppOpsManager.OP_*; the ones that are kept so by default, and their near relatives
    0: "COARSE_LOCATION",
    1: "FINE_LOCATION",
    26: "CAMERA",
    27: "RECORD_AUDIO",
    100: "PHONE_CALL_MICROPHONE",
    101: "PHONE_CALL_CAMERA",
    102: "RECORD_AUDIO_HOTWORD",
    120: "RECEIVE_AMBIENT_TRIGGER_AUDIO",
}
STATES = {  # AppOpsManager.UID_STATE_*
    100: "persistent",
    200: "top",
    300: "foreground service (location)",
    400: "foreground service",
    500: "foreground",
    600: "background",
    700: "cached",
}


class DiscreteAccess(Record, frozen=True, kw_only=True):
    time: datetime
    package: PackageName
    uid: int | None
    code: int
    op: str | None  # None: a code that we have no name for
    duration_ms: int | None
    state: str | None
    attribution: str | None

    def says(self) -> str:
        how = f" ({self.state})" if self.state else ""
        return f"{self.package} used {self.op or f'operation {self.code}'}{how}"


@artifact(
    "android.appops_discrete",
    paths=["**/system/appops/discrete/*"],
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept="seven days; survives reboots",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[DiscreteAccess]:
    for element in elements(file, "e"):
        wrong: list[str] = []
        record = _access(file, element, wrong)
        if record:
            yield record
        if wrong or not record:
            detail = "not a use of an operation: " + ("; ".join(wrong[:10]) or "no time, package or code")
            yield Problem(where=element.at(file), detail=detail)


def _access(file: File, element: Element, wrong: list[str]) -> DiscreteAccess | None:
    around = {}
    up = element.up
    while up:
        around[up.tag] = up.attributes(wrong)
        up = up.up
    if not {"u", "p", "o"} <= around.keys():
        return None
    said = element.attributes(wrong)
    time, package, code = said.milliseconds("nt"), around["p"].text("pn"), around["o"].integer("op")
    state, duration = said.integer("us"), said.integer("nd")
    if time is None or package is None or code is None:
        return None
    return DiscreteAccess(
        where=element.at(file),
        time=time,
        package=package,
        uid=around["u"].integer("ui"),
        code=code,
        op=OPS.get(code),
        duration_ms=None if duration in (None, -1) else duration,
        state=None if state is None else STATES.get(state, str(state)),
        attribution=around["a"].text("at") if "a" in around else None,
    )
