"""User ids of Android as its services print them: `1000`, `u0a103`, `u11s1001`, `u0i7`, `u0ai7`.

A uid is user * 100000 + app. Apps start at 10000 (`a`), isolated processes at 99000 (`i`), those of an app zygote at
90000 (`ai`); `s` is a system uid of another user than the first. Source: AOSP `UserHandle.formatUid`.
"""

import re

_APP = re.compile(r"u(\d{1,4})(a|s|i|ai)(\d{1,5})", re.ASCII)
_FIRST = {"a": 10_000, "s": 0, "i": 99_000, "ai": 90_000}
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
PER_USER = 100_000


def uid(text: str) -> int:
    """The number. Raises ValueError."""
    if _NUMBER.fullmatch(text):
        return int(text)
    found = _APP.fullmatch(text)
    if not found:
        raise ValueError(f"not a uid: {text[:40]!r}")
    return int(found[1]) * PER_USER + _FIRST[found[2]] + int(found[3])
