"""A YARA rule matched a program that came with the acquisition.

The rule's author describes code of a family, not one file, so a match finds new builds that no published hash knows.
How sure it is depends on the rule; its own description stands beside the match.
"""

from msgspec import Struct

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024


class Matched(Struct, frozen=True):
    """One YARA rule on one program."""

    program: str
    rule: str
    source: str
    description: str


@rule(
    "any.yara",
    level=Level.HIGH,
    stage=Stage.PERSISTED,
    certainty=Certainty.PROBABLE,
    benign="A security tool that carries the same strings, or a rule that is written too broadly.",
    references=[SERBIA_2024],
    next_steps=["Keep the file. Ask the rule's author, or a trusted laboratory, to look at it."],
)
def check(match: Matched) -> Reason:
    return Reason(
        subject=f"yara {match.rule} {match.program}",
        title=f"{match.program} matches the YARA rule {match.rule}",
        says=match.description or f"rule {match.rule} of {match.source}",
    )
