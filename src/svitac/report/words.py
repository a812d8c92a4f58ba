"""What reports say, in words: one table per closed list of the model, and the texts for the owner of the phone.

Rules of the house for these texts: no jargon, no blame, no promise; absence is never health; what is uncertain is said
to be uncertain. A journalist whose phone was seized reads this first, perhaps alone.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from svitac.model import Certainty, Coverage, Covers, Level, Loss, Stage
from svitac.report import when
from svitac.report.data import Verdict

LEVELS = {
    Level.CRITICAL: ("Critical", "a person must look at this today"),
    Level.HIGH: ("High", "a person must look at this soon"),
    Level.MEDIUM: ("Medium", "worth a closer look"),
    Level.LOW: ("Low", "usually harmless, kept for completeness"),
    Level.INFO: ("Information", "no sign of an attack by itself"),
}
SYMBOLS = {Level.CRITICAL: "◆", Level.HIGH: "▲", Level.MEDIUM: "■", Level.LOW: "●", Level.INFO: "○"}

STAGES = {
    Stage.NONE: ("Not an attack step", "describes the phone, not something done to it"),
    Stage.EXPOSED: ("Exposed", "a link or a file known from attacks reached the phone"),
    Stage.VISITED: ("Visited", "the phone was in contact with a server known from attacks"),
    Stage.ATTEMPTED: ("Exploit attempted", "marks of an attempt to break in; not proof that it worked"),
    Stage.EXECUTED: ("Executed", "the program ran on the phone"),
    Stage.PERSISTED: ("Persisted", "the program was installed on the phone, to stay"),
    Stage.TAKEN: ("Data taken", "data left the phone"),
    Stage.PHYSICAL: ("Physical access", "somebody had the phone in their hands"),
}
LADDER = (Stage.EXPOSED, Stage.VISITED, Stage.ATTEMPTED, Stage.EXECUTED, Stage.PERSISTED, Stage.TAKEN)

CERTAINTIES = {
    Certainty.UNCONFIRMED: ("Unconfirmed", "rests on a source that is second-hand or not published"),
    Certainty.POSSIBLE: ("Possible", "an innocent explanation is about as likely"),
    Certainty.PROBABLE: ("Probable", "an innocent explanation exists, but is less likely"),
    Certainty.CERTAIN: ("Certain", "exactly the trace that a named publication describes"),
}

LOSSES = {
    Loss.SOURCE: "nothing that was handed over could be read",
    Loss.FILE: "a file, or the rest of it, was not read",
    Loss.ITEM: "one entry was not read; the rest was",
    Loss.NONE: "nothing was lost, but it must be known",
}


class Told(Struct, frozen=True, kw_only=True):
    """One verdict, told to the owner of the phone. `also` stands instead of the headline beside a graver verdict."""

    headline: str
    also: str = ""
    found: str
    sure: str
    steps: tuple[str, ...]


_KEEP = "Do not reset the phone, and do not delete apps or messages: they are evidence that cannot be made again."
_APART = (
    "Use another phone or computer for anything sensitive, and for talking about this report. Whoever controls this "
    "phone may read along."
)
_EXPERT = "Ask the people who gave you this report to have a specialist confirm it before anybody draws conclusions."
_PASSWORDS = (
    "From another device, change the passwords of your important accounts, sign out all other sessions, and turn on "
    "two-step login."
)
_DATES = "Write down dates and events while you remember them: who had the phone, when, and what you noticed."
_ADVICE = "Keep the phone updated, and turn on Advanced Protection or Lockdown Mode if the phone has it."
_REASON = (
    "If you had a reason to worry, such as a warning from a company or a phone that was taken from you, that reason "
    "still stands. Say so to the people who gave you this report."
)
_AGAINST_SPYWARE = (
    _APART,
    _KEEP,
    "If somebody near you may have installed it, talk with a person you trust about your safety first: if you remove "
    "it, or confront them, they learn that you know.",
    _EXPERT,
    "Think of the people whose messages are on this phone. Plan with a helpline how and when to warn them.",
    _PASSWORDS,
    "Talk with a lawyer before you make anything public. You may have rights and remedies.",
)

_TOLD = {
    Verdict.SPYWARE: Told(
        headline="We found traces of spyware on this phone.",
        found="Traces on the phone show a program that secretly watches the person who uses it.",
        sure="Other experts can check every trace: this report names the place of each one.",
        steps=_AGAINST_SPYWARE,
    ),
    Verdict.LIKELY: Told(
        headline="We found traces that are probably spyware.",
        also="There are also traces that are probably, but not certainly, spyware.",
        found="Traces on the phone look like a program that secretly watches the person who uses it.",
        sure="An innocent explanation is possible, but less likely. A specialist must decide.",
        steps=_AGAINST_SPYWARE,
    ),
    Verdict.PHYSICAL: Told(
        headline="We found traces that somebody had this phone in their hands and worked on it.",
        also="There are also traces that somebody had the phone in their hands and worked on it.",
        found="Traces show that the phone was connected to a device, unlocked, or changed by hand.",
        sure="The phone notes that such things happened, but not who did them.",
        steps=(
            "Compare the times in this report with the times when the phone was not with you. If you did these things "
            "yourself, tell the people who examine the phone: then it is explained.",
            "If you did not, assume that everything that was on the phone at that time may have been copied.",
            _KEEP,
            _PASSWORDS,
            "Keep receipts, warrants and names that belong to the time when the phone was taken.",
            _DATES,
        ),
    ),
    Verdict.EXPOSED: Told(
        headline="We found traces that a spyware attack reached this phone, but no proof that it worked.",
        also="There are also traces that a link, a file or a server known from spyware attacks reached the phone.",
        found=(
            "Something known from spyware attacks came into contact with this phone. That alone does not show that "
            "the phone was taken over."
        ),
        sure="To be reached by an attack is a different thing from an attack that worked.",
        steps=(
            "Do not open the link or the file again, and do not delete the message.",
            _KEEP,
            _EXPERT,
            "You may have been chosen as a target. Ask a helpline to look at your other devices too.",
            _ADVICE,
        ),
    ),
    Verdict.SUSPECT: Told(
        headline="We found something that a specialist must look at.",
        also="There are also traces that a specialist must look at before anybody can say what they mean.",
        found="Some traces can come from spyware, but innocent things leave the same traces.",
        sure="We cannot tell yet. Please do not read this as proof, nor as an all-clear.",
        steps=(_KEEP, _EXPERT, _DATES, "Until then, use another device for what is most sensitive."),
    ),
    Verdict.LOW: Told(
        headline="We found only small things that are usually harmless.",
        found="Each of them is common on phones of people whom nobody attacked. They are listed for completeness.",
        sure=(
            "None of them is a sign of spyware by itself. But this does not show that the phone is free of spyware: "
            "some leaves no traces, and traces disappear with time."
        ),
        steps=("Look through the short list with the people who gave you this report.", _REASON, _ADVICE),
    ),
    Verdict.NOTHING: Told(
        headline="We found no traces of spyware in what we could see.",
        found="None of the checks found anything in the parts of the phone that were handed over and could be read.",
        sure=(
            "This does not show that the phone is free of spyware. Some spyware leaves no traces, traces disappear "
            "with time, and nobody can look for what is not yet known."
        ),
        steps=(
            _REASON,
            "Keep the files that were examined: they can be examined again when more is known.",
            _ADVICE,
        ),
    ),
    Verdict.UNREAD: Told(
        headline="We cannot say anything about this phone: nothing could be read.",
        found="What was handed over was empty, damaged, encrypted, or of a kind that we do not know.",
        sure="No checks could be made. This is neither good nor bad news.",
        steps=(
            "Do not reset the phone.",
            "Ask the people who gave you this report to collect the data again. Below it says what went wrong.",
        ),
    ),
}


def told(verdict: Verdict) -> Told:
    """The texts of a verdict."""
    return _TOLD[verdict]


_ABSENCE = {
    Covers.STATE: "It was not there when the phone was read. It may have been there before.",
    Covers.LAST: "It did not happen lately. Only the last time of each thing is kept.",
    Covers.LOG: "It was not logged. How far back this source reaches is not known.",
}


def absence(item: Coverage, zone: str) -> str:
    """What it means that a source holds no record of something."""
    if not item.found:
        return "Nothing at all: this source was not in what was handed over."
    if item.unread:
        return "Little: part of this source could not be read."
    if not item.records:
        return "Little: the source was there, but it held no entries."
    if item.covers is Covers.LOG and item.first and item.last:
        return f"It was not logged {span(item.first, item.last, zone)}. Before and after, this source saw nothing."
    return _ABSENCE[item.covers]


def span(first: datetime, last: datetime, zone: str) -> str:
    """`on 2024-12-25`, `from 2024-12-20 to 2024-12-25`."""
    start, end = when.day(first, zone), when.day(last, zone)
    return f"on {start}" if start == end else f"from {start} to {end}"
