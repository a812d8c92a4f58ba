"""Hosts, addresses and links in free text: with a scheme, defanged (`hxxp`, `[.]`), with `www.`, or bare.

A candidate is every run of labels with a dot between them; most are not links (`report.pdf`), and looking them up in a
dictionary costs less than deciding. Texts are read in linear time: each expression starts only where a run starts.

A letter of a script that writes blanks between words (Latin, Greek, Cyrillic) right before or after belongs to the
name; a Chinese one does not. A second reading takes runs of all letters, for names in IDN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from svitac.indicators import normal

_ASCII = re.compile(r"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+")
_WORDS = re.compile(r"(?<![\w-])(?:[\w-]+[.\u3002\uff0e])+[\w-]+")
_LETTER = re.compile(r"[\u00aa-\u052f]")  # Latin beyond ASCII, Greek, Cyrillic
_REST = re.compile(r"[^\s<>\"'`|\u201c\u201d\u2019\u00bb]{0,2048}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://$")
_V6 = re.compile(r"(?<![0-9A-Fa-f:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w.-]+\w")
_TAIL = ".,;:!?)]}*_~"


class Seen(NamedTuple):
    """A host as it stands in a text: in its normal form, as written, and where the written form ends."""

    host: str
    written: str
    start: int
    end: int


def prepared(text: str) -> str:
    """The text with defanged and percent-encoded links written out, or "" when there can be none in it."""
    if "." not in text and "dot" not in text:
        return ""
    text = normal.refang(text)
    if "%2" in text or "%3" in text:
        text = text + "\n" + unquote(text)
    return text


def hosts(text: str) -> Iterator[Seen]:
    """Every run that may be a host or an IPv4 address. `text` must be `prepared`."""
    plain = text.isascii()
    for found in _ASCII.finditer(text):
        start, end = found.span()
        if plain or not (_LETTER.match(text, end) or (start and _LETTER.match(text, start - 1))):
            written = found[0].rstrip("-")
            yield Seen(written.lower().lstrip("_-"), written, start, start + len(written))
    if plain:
        return
    for found in _WORDS.finditer(text):
        if not found[0].isascii():
            yield Seen(normal.host(found[0]), found[0], *found.span())


def links(text: str, seen: Seen) -> Iterator[tuple[normal.Link, str]]:
    """The link that a host in a text begins, as it stands and without the punctuation after it."""
    rest = _REST.match(text, seen.end)
    scheme = _SCHEME.search(text[max(0, seen.start - 24) : seen.start])
    whole = (scheme[0] if scheme else "") + seen.written + (rest[0] if rest else "")
    for written in dict.fromkeys((whole, whole.rstrip(_TAIL))):
        yield normal.link(written), written


def sixes(text: str) -> Iterator[str]:
    """What may be an IPv6 address."""
    return (found[0] for found in _V6.finditer(text))


def emails(text: str) -> Iterator[str]:
    """What may be an e-mail address."""
    return (found[0] for found in _EMAIL.finditer(text)) if "@" in text else iter(())
