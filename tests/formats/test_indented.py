"""What Android services print: durations, numbers, component names, entries over several lines."""

import pytest

from svitac.formats.indented import absent, component, duration, entries, whole
from svitac.formats.text import LONGEST


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("0", 0), ("+27ms", 27), ("-1m5s574ms", -65_574), ("+6s87ms", 6_087), ("-28d3h55m10s420ms", -2_433_310_420)],
)
def test_durations_are_those_of_android(text, milliseconds):
    assert duration(text) == milliseconds


@pytest.mark.parametrize("text", ["", "+", "yesterday", "1 m", "9999999999d", "--"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)


def test_numbers_fit_64_bits():
    assert [whole("-1"), whole("0x7f"), whole(" 12 ")] == [-1, 127, 12]
    for text in ("1_000", "٣", "", "1e4", "99999999999999999999", "0xffffffffffffffff", "9223372036854775808"):
        with pytest.raises(ValueError, match="number"):
            whole(text)


def test_components_are_package_and_class():
    assert component("ComponentInfo{a.b/.C}") == component("{a.b/.C}") == component("a.b/.C") == ("a.b", ".C")
    assert component("a.b") is component("/.C") is component("a.b/") is component("not a/.C") is None


def test_null_is_absent():
    assert [absent("null"), absent("{null}"), absent(""), absent("0")] == [None, None, None, "0"]


def test_an_entry_takes_the_lines_that_start_none():
    lines = [(4, "junk"), (5, "a=1"), (6, "more"), (7, ""), (8, "b=2")]
    assert list(entries(lines, lambda line: "=" in line)) == [(4, "junk"), (5, "a=1\nmore"), (8, "b=2")]


def test_an_endless_entry_is_cut():
    lines = [(1, "a=1"), *((n, "x" * 1000) for n in range(2, 3000)), (3000, "b=2")]
    (_, first), last = entries(lines, lambda line: "=" in line)
    assert len(first) < LONGEST + 100
    assert "line cut" in first
    assert last == (3000, "b=2")
