"""A value that was published as a trace of spyware, stalkerware or an extraction tool was found on the phone.

How grave it is follows from where it stood: a link in a message only shows that it was received, a package in the list
of installed apps that the app is there. An address can change its owner, a process or file name can be shared, so such
matches weigh less. A trace of an extraction tool shows physical access. An indicator that its publisher or we call
unconfirmed never weighs more than medium.
"""

from msgspec import Struct

from svitac.declare import rule
from svitac.indicators.model import Indicator
from svitac.indicators.pack import extraction_tools
from svitac.model import Certainty, Kind, Level, Reason, Stage
from svitac.rules.publications import METHOD_2021

LEVELS = {
    Stage.NONE: Level.MEDIUM,
    Stage.EXPOSED: Level.MEDIUM,
    Stage.VISITED: Level.HIGH,
    Stage.ATTEMPTED: Level.HIGH,
    Stage.PHYSICAL: Level.CRITICAL,
    Stage.EXECUTED: Level.CRITICAL,
    Stage.PERSISTED: Level.CRITICAL,
    Stage.TAKEN: Level.CRITICAL,
}
SHARED = {  # kinds whose value can honestly belong to somebody else: at most this grave, and this certain
    Kind.IP: (Level.MEDIUM, Certainty.PROBABLE),
    Kind.PROCESS: (Level.HIGH, Certainty.POSSIBLE),
    Kind.FILENAME: (Level.HIGH, Certainty.POSSIBLE),
    Kind.PROPERTY: (Level.HIGH, Certainty.PROBABLE),
}
WORDS = {Kind.PATH: "file", Kind.HASH: "file with the hash", Kind.CERTIFICATE: "app signed with the certificate"}


class Match(Struct, frozen=True):
    """An indicator and how far an attack got if it stands in that source."""

    value: str
    indicator: Indicator
    stage: Stage
    truncated: bool = False  # the platform had cut the name short


@rule(
    "any.indicator",
    level=Level.HIGH,
    certainty=Certainty.CERTAIN,
    benign="An address or name that now belongs to somebody else; a security tool or researcher's phone that holds the "
    "value on purpose; a link that was received but never opened.",
    references=[METHOD_2021],
    next_steps=[
        "Do not reboot, reset or update the phone before a second person has looked.",
        "Keep the acquisition and its hash; ask a trusted laboratory to confirm.",
    ],
)
def check(match: Match) -> Reason:
    found = match.indicator
    stage = Stage.PHYSICAL if found.collection in extraction_tools() else match.stage
    level, certainty = LEVELS[stage], Certainty.CERTAIN
    if found.kind in SHARED:
        most, certainty = SHARED[found.kind]
        level = min(level, most, key=lambda each: each.rank)
    if match.truncated:
        certainty = Certainty.POSSIBLE
    if found.confidence == "unconfirmed":
        level, certainty = min(level, Level.MEDIUM, key=lambda each: each.rank), Certainty.UNCONFIRMED
    what = f"{WORDS.get(found.kind, found.kind.value)} {found.value}"
    return Reason(
        subject=f"{found.kind.value} {found.value}",
        title=f"{found.collection}: {what}",
        level=level,
        stage=stage,
        certainty=certainty,
        indicators=(found.ref(),),
    )
