"""Android's binary XML (ABX) as it comes out of a text dump: printed through UTF-8, with bytes lost on the way.

A service that prints such a file reads its bytes as UTF-8 first: ASCII and well-formed UTF-8 survive, and every other
run of bytes becomes U+FFFD, one per *maximal subpart*: one byte, or two or three that begin a character and do not end
it. What is left of a number is a small set of values, and this module gives that set, never a guess out of it.

An attribute of type long is `8F`, its name, and eight bytes, the highest first. The name is `FF FF`, a length in two
bytes and the text where it first stands, later its index in two bytes. A tag ends with `33` and the index of its name.
Where a text is indented, the printer put blanks after every 0x0A; `unindent` takes them out.
Source: AOSP `BinaryXmlSerializer`; Unicode 15, section 3.9 "U+FFFD Substitution of Maximal Subparts"; checked on
simulated values (see the tests) and on a real dump of 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

Cell: TypeAlias = tuple[int, int]  # the lowest and the highest value that a byte can have
Reading: TypeAlias = tuple[Cell, ...]  # the eight bytes of a long
Span: TypeAlias = tuple[int, int]  # the first and the last of several values

MAGIC = b"ABX\x00"
LOST = "\ufffd".encode()
_SIZE = 8
_MOST = 2**13  # values that are told apart (a week, whatever was lost); where more are possible, spans are wider
# What one U+FFFD can stand for: any one byte that is no ASCII, or the beginning of a character of three or four bytes.
_HIDDEN: tuple[Reading, ...] = (
    ((0x80, 0xFF),),
    ((0xE0, 0xF4), (0x80, 0xBF)),
    ((0xF0, 0xF4), (0x80, 0xBF), (0x80, 0xBF)),
)


def unindent(raw: bytes, blanks: int) -> bytes:
    """Take out the blanks that the printer put after every line end."""
    return raw.replace(b"\n" + b" " * blanks, b"\n")


def after_name(raw: bytes, at: int, name: str) -> int | None:
    """Where the value of a long attribute begins that starts at `at`: spelled out there, or named by index before."""
    if not raw.startswith(LOST, at):  # 8F
        return None
    at += len(LOST)
    spelled = LOST * 2 + len(name).to_bytes(2, "big") + name.encode()
    if raw.startswith(spelled, at):
        return at + len(spelled)
    index = raw[at : at + 2]
    return at + 2 if len(index) == 2 and index[0] == 0 and 0 < index[1] < 0x80 else None


def readings(raw: bytes, at: int) -> tuple[Reading, ...]:
    """Every way to read the long at `at` that lets its tag end behind it. Empty when there is none."""
    found: list[Reading] = []
    todo: list[tuple[int, Reading]] = [(at, ())]
    while todo:
        at, cells = todo.pop()
        if len(cells) == _SIZE:
            if raw.startswith(b"\x33\x00", at):
                found.append(cells)
        else:
            todo.extend((end, cells + more) for end, more in _next(raw, at) if len(cells) + len(more) <= _SIZE)
    return tuple(sorted(found))


def _next(raw: bytes, at: int) -> Iterator[tuple[int, Reading]]:
    """What the next printed character can have been, and where the one after it begins."""
    if raw.startswith(LOST, at):
        yield from ((at + len(LOST), hidden) for hidden in _HIDDEN)
    elif at < len(raw):
        yield at + 1, ((raw[at], raw[at]),)  # ASCII, or a byte of a character that survived


def spans(ways: tuple[Reading, ...], lowest: int, highest: int) -> list[Span]:
    """All values from `lowest` to `highest` that one of the readings allows, as spans that do not touch."""
    found = sorted(span for way in ways for span in _spans(way, lowest, highest))
    joined: list[Span] = []
    for first, last in found:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _spans(way: Reading, lowest: int, highest: int) -> Iterator[Span]:
    """Fix byte after byte from the top, keeping only what can still fall into the range."""
    heads = [0]
    for place, (low, high) in enumerate(way):
        if len(heads) * (high - low + 1) > _MOST:
            break
        left = 8 * (_SIZE - 1 - place)
        grown = (head << 8 | byte for head in heads for byte in range(low, high + 1))
        heads = [h for h in grown if h << left <= highest and (h + 1 << left) > lowest]
    else:
        place = _SIZE
    rest = way[place:]
    for head in heads:
        first, last = head, head
        for low, high in rest:
            first, last = first << 8 | low, last << 8 | high
        if last >= lowest and first <= highest:
            yield max(first, lowest), min(last, highest)
