"""Binary XML printed through UTF-8: the value that was written is always among those that are given."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from svitac.formats import abx_text

NAME = "lastConnection"


def moment(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


OLDEST, NEWEST = moment(2020, 1, 1), moment(2040, 1, 1)
DAY = 86_400_000


def printed(value, spelled=True, indent=0):
    """What a dump shows of the attribute, from its first byte to the end of its tag."""
    name = b"\xff\xff" + len(NAME).to_bytes(2, "big") + NAME.encode() if spelled else b"\x00\x04"
    raw = b"\x8f" + name + value.to_bytes(8, "big") + b"\x33\x00\x02\x32"
    return raw.decode("utf-8", "replace").replace("\n", "\n" + " " * indent).encode()


def values(raw, lowest=OLDEST, highest=NEWEST, indent=0):
    raw = abx_text.unindent(raw, indent) if indent else raw
    at = abx_text.after_name(raw, 0, NAME)
    return abx_text.spans(abx_text.readings(raw, at), lowest, highest)


def holds(spans, value):
    return any(first <= value <= last for first, last in spans)


@given(st.integers(OLDEST, NEWEST), st.booleans(), st.sampled_from([0, 4, 6]))
def test_the_value_that_was_written_is_among_the_possible_ones(value, spelled, indent):
    assert holds(values(printed(value, spelled, indent), indent=indent), value)


@given(st.integers(OLDEST, NEWEST), st.integers(0, 7 * DAY))
def test_the_value_is_kept_when_the_range_is_narrow(value, ago):
    spans = values(printed(value), value + ago - 7 * DAY, value + ago)
    assert holds(spans, value)
    assert all(value + ago - 7 * DAY <= first <= last <= value + ago for first, last in spans)


@given(st.integers(0, 2**64 - 1))
def test_any_eight_bytes_are_covered(value):
    assert holds(values(printed(value), 0, 2**64 - 1), value)


@given(st.integers(OLDEST, NEWEST))
def test_spans_are_sorted_and_do_not_touch(value):
    spans = values(printed(value))
    assert all(a[1] + 1 < b[0] for a, b in pairwise(spans))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_failing(raw):
    at = abx_text.after_name(raw, 0, NAME)
    abx_text.spans(abx_text.readings(raw, at or 0), OLDEST, NEWEST)


def test_what_lost_no_byte_is_exact():
    value = 0x0000017F60785911
    assert values(printed(value)) == [(value, value)]


def test_one_lost_byte_leaves_one_moment_of_a_week():
    value = 0x0000018E6078595D
    assert values(printed(value), moment(2024, 3, 14, 11), moment(2024, 3, 21, 11)) == [(value, value)]
    assert len(values(printed(value), moment(2022, 1, 1), moment(2024, 3, 21, 11))) == 15


def test_a_value_that_is_cut_has_no_reading():
    raw = printed(0x0000018E6078595D)
    at = abx_text.after_name(raw, 0, NAME)
    assert all(abx_text.readings(raw[:size], at) == () for size in range(len(raw) - 2))


def test_something_else_is_not_a_long_attribute():
    assert abx_text.after_name(b"/\xef\xbf\xbd", 0, NAME) is None
    assert abx_text.after_name(abx_text.LOST + b"\x01\x04", 0, NAME) is None
    assert abx_text.after_name(abx_text.LOST, 0, NAME) is None


def test_a_long_run_of_lost_bytes_is_no_trap():
    assert len(abx_text.readings(abx_text.LOST * 8 + b"\x33\x00", 0)) == 1
    assert len(abx_text.readings(abx_text.LOST * 1000, 0)) == 0
