"""STIX LIKE and MATCHES as functions that are safe on hostile values.

LIKE is matched piece by piece, leftmost first, without backtracking. MATCHES is a regular expression of somebody
else, run on text of an attacker: we refuse, when loading, expressions over 200 characters, quantified groups that
hold a quantifier or an alternative, back references, look-around, and more choices (repetitions and alternatives,
multiplied) than stay cheap; and we look at no more than the first 1,024 characters of a value. It is less than STIX
allows; what is refused is a problem.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

from svitac.indicators.model import Pattern, Refused

MAX_REGEX = 200
MAX_VALUE = 1024
MAX_CHOICES = 2**31  # measured: about a second in the worst case, on text made for it
_FREE = re.compile(r"(?<!\\)\.[*+]\$?$")  # at the end, `.*` costs nothing
_TOKEN = re.compile(
    r"\\(?P<ref>[1-9k])|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\((?P<flag>\?(?!:)[^)]?)?(?:\?:)?)|(?P<close>\))"
    r"|(?P<many>[*+]|\{\d*,\d*\}|\{\d+\})|(?P<maybe>\?)|(?P<or>\|)|.",
    re.DOTALL,
)

Test = Callable[[str], bool]


def compiled(value: str, pattern: Pattern, *, fold: bool = False) -> Test:
    """The test of a whole value. `fold` compares without regard to case. Raises Refused."""
    return _regex(value, fold) if pattern is Pattern.REGEX else _like(value, "%", "_", fold)


def glob(value: str) -> Test:
    """The test of one part of a path that may hold `*`."""
    return _like(value, "*", "", False)


def _like(value: str, run: str, one: str, fold: bool) -> Test:
    if fold:
        value = value.casefold()
    first, *rest = value.split(run)
    pieces = [_piece(p, one) for p in rest[:-1] if p]
    start, end = _piece(first, one), _piece(rest[-1] if rest else "", one)
    size = len(first) + (len(rest[-1]) if rest else 0)

    def test(text: str) -> bool:
        text = text.casefold() if fold else text
        if len(text) < size or not start.match(text):
            return False
        if not rest:
            return len(text) == size
        at, stop = len(first), len(text) - len(rest[-1])
        for piece in pieces:
            found = piece.search(text, at, stop)
            if not found:
                return False
            at = found.end()
        return end.match(text, stop) is not None

    return test


def _piece(text: str, one: str) -> re.Pattern[str]:
    parts = text.split(one) if one else [text]
    return re.compile(".".join(re.escape(p) for p in parts), re.DOTALL)


def _regex(value: str, fold: bool) -> Test:
    if len(value) > MAX_REGEX:
        raise Refused(f"a regular expression of {len(value)} characters; {MAX_REGEX} are allowed")
    _cheap(value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set": the author's business
            search = re.compile(value, re.IGNORECASE if fold else 0).search
    except (re.error, OverflowError, RecursionError) as exc:
        raise Refused(f"not a regular expression we read: {exc}") from exc
    return lambda text: search(text, 0, MAX_VALUE) is not None


def _cheap(value: str) -> None:
    """Refuse what could take too many steps: the choices of all repetitions and alternatives, multiplied."""
    choices = 1 if value.startswith("^") else MAX_VALUE
    groups = [False]  # for every open group: does it hold a repetition or an alternative
    closed: bool | None = None  # the group that has just ended
    for token in _TOKEN.finditer(_FREE.sub("", value)):
        if token["ref"] or (token["flag"] and not value.startswith("(?P<", token.start())):
            raise Refused("a regular expression with back references, look-around or flags is not supported")
        if token["many"] and closed:
            raise Refused("a regular expression with nested repetitions is not supported")
        choices *= _choices(token)
        if token["open"]:
            groups.append(False)
        elif token["or"] or token["many"] or token["maybe"]:
            groups[-1] = True
        inner = groups.pop() if token["close"] and len(groups) > 1 else None
        groups[-1] = groups[-1] or bool(inner)
        closed = inner
        if choices > MAX_CHOICES:
            raise Refused("a regular expression with so many repetitions and alternatives is not supported")


def _choices(token: re.Match[str]) -> int:
    if token["or"] or token["maybe"]:
        return 3  # of two ways, and dear ones
    many = token["many"]
    if not many or many in "*+":
        return MAX_VALUE if many else 1
    least, found, most = many[1:-1].partition(",")
    return max(1, (int(most) if most else MAX_VALUE) - int(least or 0) + 1) if found else 1
