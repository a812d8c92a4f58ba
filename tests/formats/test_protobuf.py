"""The protobuf wire format: what was written is read, and damage is told where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svitac.formats import protobuf
from svitac.model import Unreadable

NUMBERS = st.integers(1, 2**29 - 1)
VALUES = st.one_of(
    st.tuples(st.just(0), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(1), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(2), st.binary(max_size=300)),
    st.tuples(st.just(5), st.integers(0, 2**32 - 1)),
)
MESSAGES = st.lists(st.tuples(NUMBERS, VALUES), max_size=20)


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def written(fields):
    out = b""
    for number, (wire, value) in fields:
        out += varint(number << 3 | wire)
        if wire == 0:
            out += varint(value)
        elif wire == 2:
            out += varint(len(value)) + value
        else:
            out += value.to_bytes(8 if wire == 1 else 4, "little")
    return out


@given(MESSAGES)
def test_what_was_written_is_read(fields):
    assert list(protobuf.fields(written(fields))) == [(number, value) for number, (_, value) in fields]


@given(MESSAGES, st.integers(0, 5000))
def test_a_cut_message_gives_what_stands_before_the_cut(fields, size):
    whole = [(number, value) for number, (_, value) in fields]
    raw, got = written(fields), []
    try:
        for item in protobuf.fields(raw[:size]):
            got.append(item)
    except Unreadable as exc:
        assert size < len(raw)
        assert exc.spot.startswith("offset 0x")
    assert got == whole[: len(got)]
    if size >= len(raw):
        assert got == whole


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_unreadable(raw):
    try:
        found = protobuf.collect(raw)
    except Unreadable:
        return
    for values in found.values():
        protobuf.text(values)
        protobuf.number(values)


@given(st.binary(max_size=400))
def test_a_number_never_has_more_than_64_bits(raw):
    try:
        for number, value in protobuf.fields(raw):
            assert 0 < number < 2**29
            assert isinstance(value, bytes) or 0 <= value < 2**64
    except Unreadable:
        pass


@given(st.integers(-(2**63), 2**63 - 1))
def test_negative_numbers_are_signed(value):
    assert protobuf.signed(value % 2**64) == value


def test_the_last_value_counts():
    found = protobuf.collect(written([(1, (0, 5)), (1, (0, 7)), (2, (2, b"a")), (2, (2, b"\xff"))]))
    assert protobuf.number(found[1]) == 7
    assert protobuf.text(found[2]) == "\\xff"
    assert (protobuf.number(None), protobuf.text(None)) == (0, "")
    assert (protobuf.number(found[2]), protobuf.text(found[1])) == (0, "")


@pytest.mark.parametrize("wire", [3, 4, 6, 7])
def test_unused_wire_types_are_unreadable(wire):
    with pytest.raises(Unreadable, match="wire type"):
        list(protobuf.fields(bytes([1 << 3 | wire, 0])))


def test_an_endless_number_is_unreadable():
    with pytest.raises(Unreadable, match="ten bytes"):
        list(protobuf.fields(b"\x08" + b"\xff" * 11))
