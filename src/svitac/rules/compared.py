"""What is compared outside the records, and handed to a rule: one file against the acquisition's list of hashes."""

from typing import Literal

from msgspec import Struct

from svitac.model import Where


class Compared(Struct, frozen=True, kw_only=True):
    """One file of an acquisition against its own list of hashes."""

    outcome: Literal["same", "changed", "missing", "not listed", "unreadable"]
    path: str
    listed: str = ""  # SHA-256 in the list
    actual: str = ""
    where: Where  # the line of the list, or the file
