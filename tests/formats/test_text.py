"""Lines of text: the same as splitting the whole text at once, whatever the size of the blocks."""

import io
import re
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from svitac.formats import text
from svitac.model import Where

TEXTS = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"a", b"\x00", b"\xff", b"\xc5\xa1", b"\xf0\x9f", b" "]),
        st.integers(0, 40).map(lambda n: b"x" * n),
        st.binary(max_size=8),
    ),
    max_size=30,
).map(b"".join)
SIZES = st.integers(1, 25)


@dataclass
class Text:
    raw: bytes
    most: int = 2**20  # what one read gives at most
    path: str = "a.txt"
    first_line: int = 1

    def open(self):
        return Slow(self.raw, self.most)


class Slow(io.BytesIO):
    def __init__(self, raw, most):
        super().__init__(raw)
        self.most = most

    def read(self, size=-1):
        return super().read(min(size, self.most))


def naive(raw, first_line=1, longest=2**20):
    """The plain way: everything in memory."""
    parts = raw.split(b"\n")
    if parts[-1] == b"":
        parts.pop()
    return [(n, shown(part, longest)) for n, part in enumerate(parts, first_line)]


def shown(part, longest):
    cut = text.CUT if len(part) > longest else ""
    return part[:longest].removesuffix(b"\r").decode("utf-8", "backslashreplace") + cut


def sized(raw, block, longest, **more):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        patch.setattr(text, "LONGEST", longest)
        return list(text.lines(Text(raw, **more)))


@given(TEXTS, SIZES, SIZES, SIZES, st.integers(1, 9999))
@example(b"abc\r\nd", 4, 4, 25, 1)  # the line end lies on the border of two blocks
@example(b"abcdefgh\n\nz", 4, 4, 25, 1)
def test_lines_are_those_of_the_naive_reading(raw, block, longest, most, first_line):
    assert sized(raw, block, longest, most=most, first_line=first_line) == naive(raw, first_line, longest)


@given(TEXTS, SIZES)
def test_the_size_of_blocks_changes_nothing(raw, block):
    assert sized(raw, block, 2**20) == list(text.lines(Text(raw))) == naive(raw)


@pytest.mark.parametrize("raw", [b"", b"\n", b"a", b"a\n", b"a\r\n", b"\r\n\r\n", b"a\rb\r\r\n", b"\xff\n\xc5"])
def test_line_ends(raw):
    assert list(text.lines(Text(raw))) == naive(raw)


def test_a_line_of_the_longest_size_is_whole_and_a_longer_one_says_that_it_was_cut():
    longest = text.LONGEST
    raw = (
        b"x" * longest + b"\n" + b"y" * (longest + 1) + b"\n" + b"z" * (3 * longest) + b"\nlast\n" + b"w" * 2 * longest
    )
    got = list(text.lines(Text(raw)))
    assert [number for number, _ in got] == [1, 2, 3, 4, 5]
    assert [len(line) for _, line in got] == [longest, *[longest + len(text.CUT)] * 2, 4, longest + len(text.CUT)]
    assert got == naive(raw)


def test_matches_skips_what_does_not_fit_and_keeps_line_numbers():
    found = list(text.matches(Text(b"a=1\nno\nb=2", first_line=7), re.compile(r"(?P<name>\w)=(?P<value>\d)")))
    assert found == [
        (Where("a.txt", "line 7"), {"name": "a", "value": "1"}),
        (Where("a.txt", "line 9"), {"name": "b", "value": "2"}),
    ]


def test_indent():
    assert [text.indent(line) for line in ("a", "  a", "   ", "")] == [0, 2, 3, 0]
