"""Nothing in evidence acts on a screen, and what was there can still be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svitac.report.plain import harmless, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Скупштина, öäü, 日本", "Скупштина, öäü, 日本"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("com.serv\u200dices", "com.serv\\u200dices"),
        ("\x1b[2J\x9b\x00\x7f", "\\x1b[2J\\x9b\\x00\\x7f"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("\ud800x\ufeff\U000e0041", "\\ud800x\\ufeff\\U000e0041"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 4, "e" + "\\u0301" * 4),
    ],
)
def test_what_acts_is_written_out_and_what_speaks_is_left(text, shown):
    assert visible(text) == shown


def test_long_text_keeps_its_ends_and_says_how_long_it_was():
    text = "A" * 5_000 + "B" * 5_000
    short = visible(text, 100)
    assert short == "A" * 50 + " [... 10000 characters, shortened here ...] " + "B" * 50
    assert visible("A" * 2_000) == "A" * 2_000


def test_web_addresses_cannot_be_opened_by_accident():
    assert harmless("see https://evil.example HTTP://x ftp://y") == "see hxxps://evil.example hxxp://x ftp://y"


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(10, 300))
def test_nothing_that_acts_is_left(text, limit):
    shown = harmless(text, limit)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert len(shown) <= 10 * limit + 60
