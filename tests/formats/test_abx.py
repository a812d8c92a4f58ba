"""XML of Android, text or binary, gives the same elements, stops at the damage and expands nothing."""

import io
from dataclasses import dataclass

import pytest

from svitac.formats import abx
from svitac.model import Unreadable
from tests import abx_cases, make_abx
from tests.make_abx import Hex, Int, Text
from tests.support import HERE

TREE = (
    "packages",
    {},
    (
        "package",
        {"name": "org.a", "ft": Hex(0x18DC8C6A1F0), "version": 7, "flag": True},
        ("sigs", {"count": Int(1)}, "x"),
    ),
    ("package", {"name": Text("org.б"), "none": None, "raw": b"\x01\xff", "f": 1.5}),
)
XML = """<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
<packages>
  <package name="org.a" ft="18dc8c6a1f0" version="7" flag="true"><sigs count="1">x</sigs></package>
  <package name="org.б" raw="01ff" f="1.5" />
</packages>
"""


@dataclass
class Bytes:
    raw: bytes
    path: str = "x.xml"

    def open(self):
        return io.BytesIO(self.raw)


def taken(raw, *tags):
    """What was read, and how it ended."""
    got = []
    try:
        for element in abx.elements(Bytes(raw), *tags or ("package",)):
            said = element.attributes()
            inner = [(child.tag, child.attributes().integer("count"), child.content) for child in element.children]
            time = said.hex_milliseconds("ft")
            got.append(
                (said.text("name"), time and time.year, said.integer("version"), said.flag("flag"), said.text("raw"))
            )
            got.extend(inner)
            assert said.wrong == []
    except Unreadable as exc:
        return got, str(exc)
    return got, ""


EXPECTED = [("org.a", 2024, 7, True, None), ("sigs", 1, "x"), ("org.б", None, None, None, "01ff")]


@pytest.mark.parametrize("raw", [make_abx.abx(TREE), XML.encode()], ids=["binary", "text"])
def test_both_forms_give_the_same(raw):
    assert taken(raw) == (EXPECTED, "")


@pytest.mark.parametrize("raw", [make_abx.abx(TREE), XML.encode()], ids=["binary", "text"])
def test_a_cut_gives_what_was_whole_and_an_error(raw):
    whole = raw.rindex(b"\x33") if raw.startswith(b"ABX") else raw.rindex(b"</packages>")
    for size in range(1, whole):
        got, ended = taken(raw[:size])
        assert got == EXPECTED[: len(got)]
        assert ended


def test_every_type_and_several_roots():
    raw = make_abx.abx(
        ("a", {"i": Int(-5), "l": -6, "h": Hex(-1), "t": True, "n": False, "d": 2.5, "z": None}), ("b", {})
    )
    a, b = abx.elements(Bytes(raw), "a", "b")
    assert a.values == {"i": -5, "l": -6, "h": -1, "t": True, "n": False, "d": 2.5, "z": None}
    assert b.tag == "b"
    assert a.spot == "offset 0x5"
    assert a.attributes().text("i") == "-5"


def test_the_element_around_is_known():
    (e,) = abx.elements(Bytes(make_abx.abx(("u", {"ui": Int(10)}, ("p", {"pn": "org.a"}, ("e", {}))))), "e")
    assert (e.up.values, e.up.up.values) == ({"pn": "org.a"}, {"ui": 10})


def test_values_that_do_not_fit_are_named():
    said = abx.Attributes({"n": "x", "h": "0x1", "b": "yes", "t": "9" * 18, "ok": "ffffffffffffffff"})
    assert (said.integer("n"), said.hexadecimal("h"), said.flag("b"), said.milliseconds("t")) == (None,) * 4
    assert len(said.wrong) == 4
    assert said.hexadecimal("ok") == -1


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "refused"),
        (b"<a><b></a>", "not XML"),
        (b"ABX\0\x10\x32\x00\x05", "string 5 was not given"),
        (b"ABX\0\x0d", "no token"),
        (b"ABX\0\x32\xff\xff\x00\x01a\xef\xff\xff\x00\x01b", "no type"),
        (b"", "empty"),
        (b"<a>" * 300, "nested"),
    ],
)
def test_damage_is_named(raw, says):
    assert says in taken(raw, "a")[1]


def test_an_element_that_holds_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(abx, "MOST_INSIDE", 10)
    assert "more than 10 in one" in taken(b"<package>" + b"<b/>" * 11 + b"</package>")[1]
    assert taken(b"<r>" + b"<package><b/></package>" * 11 + b"</r>")[1] == ""


def test_java_text():
    assert abx._java_text(b"a\xc0\x80b") == "a\0b"
    assert abx._java_text(b"\xed\xa0\xb4\xed\xb4\x9e") == "𝄞"
    assert abx._java_text("𝄞".encode()) == "𝄞"
    assert abx._java_text(b"\xed\xa0\xb4") == r"\xed\xa0\xb4"
    assert abx._java_text(b"\xff") == r"\xff"


@pytest.mark.parametrize("case", abx_cases.CASES)
def test_the_fixtures_are_what_the_writer_makes(case):
    for name, made in abx_cases.CASES[case].items():
        kept = HERE / "artifacts" / case / f"{name}.hex"
        lines = (line.partition("#")[0] for line in kept.read_text().splitlines())
        assert bytes.fromhex("".join(lines)) == b"".join(raw for raw, _ in made)
