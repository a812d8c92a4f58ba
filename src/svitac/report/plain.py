"""Evidence text made harmless for every reader: what would act on a screen, a terminal or a page is shown instead.

Whoever names an app or writes an SMS chooses these characters. Shown as `\\x1b`, `\\u202e`: control characters (so no
terminal obeys an escape sequence), marks that turn the direction of text round, letters that take no room, private and
half characters, and piles of accents. Joiners (U+200C, U+200D) are honest in Persian, Hindi and emoji, so they are
shown only beside a Latin letter, where they serve to make two names look alike. The list is written out here: the
Unicode tables of Python differ from version to version, and a report must not.
"""

from __future__ import annotations

import re

LIMIT = 2_000

_ODD = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\uffff\U000e0000-\U0010ffff]"
    "|(?<=[!-~])[\u200c\u200d]|[\u200c\u200d](?=[!-~])"
    "|[\u0300-\u036f]{4,}"
)
_WEB = re.compile(r"\bhttp(s?)(?=://)", re.IGNORECASE)


def visible(text: str, limit: int = LIMIT) -> str:
    """The text with nothing in it that acts, shortened in the middle if it is longer than `limit`."""
    return _ODD.sub(_shown, shortened(text, limit))


def _shown(found: re.Match[str]) -> str:
    return found[0].encode("ascii", "backslashreplace").decode() if found[0] > "\x7f" else _low(found[0])


def _low(char: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\x{ord(char):02x}")


def shortened(text: str, limit: int) -> str:
    """Beginning and end, with a note between them."""
    if len(text) <= limit:
        return text
    note = f" [... {len(text)} characters, shortened here ...] "
    return text[: limit // 2] + note + text[len(text) - limit // 2 :]


def inert(text: str) -> str:
    """Web addresses as `hxxp://`: PDF readers, mail programs and terminals make links that nobody asked for."""
    return _WEB.sub(r"hxxp\1", text)


def harmless(text: str, limit: int = LIMIT) -> str:
    """Evidence as reports show it."""
    return inert(visible(text, limit))
