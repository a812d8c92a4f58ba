"""The index of a bug report: what stands where, whoever wrote text that looks like a header."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svitac.blob import InMemory
from svitac.formats import dumpstate

DASHES = "-" * 79


def service(name, *body, closed=True, priority=""):
    end = [f"--------- 0.053s was the duration of dumpsys {name}, ending at: 2025-04-05 09:00:01"] if closed else []
    return [DASHES, f"DUMP OF SERVICE {priority}{name}:", *body, *end]


def section(name, *body, closed=True):
    end = [f"------ 0.622s was the duration of '{name}' ------"] if closed else []
    return [f"------ {name} (command -a) ------", *body, *end]


def raw(*parts, line_end="\n"):
    return "".join(line + line_end for part in parts for line in part).encode()


def indexed(text, block=None, longest=None):
    with pytest.MonkeyPatch.context() as patch:
        if block:
            patch.setattr(dumpstate, "BLOCK", block)
            patch.setattr(dumpstate, "LONGEST", longest)
        return dumpstate.index(InMemory(text))


def bodies(text):
    """Every section with its lines, and its first line in the text by number."""
    found = []
    for s in indexed(text).sections:
        lines = text[s.start : s.end].decode().splitlines()
        assert lines == text.decode().splitlines()[s.first_line - 1 :][: len(lines)], "offset and line agree"
        found.append((s.name, lines))
    return found


def forged(text):
    return [what for _, what in indexed(text).forged]


HEADER = ["== dumpstate: 2025-04-05 09:00:00", "", "Build: x"]
PLAIN = raw(
    HEADER,
    section("NETSTAT", "tcp 1"),
    section("DUMPSYS CRITICAL", closed=False),
    service("package", "short", priority="CRITICAL "),
    service("adb", "state"),
    section("SYSTEM LOG", "04-05 09:00:00 line", "--------- beginning of main", "more"),
    section("DUMPSYS", closed=False),
    service("package", "long", "longer", priority="HIGH "),
)


def test_sections_and_services_are_found_at_their_lines():
    assert bodies(PLAIN) == [
        ("NETSTAT", ["tcp 1"]),
        ("DUMPSYS CRITICAL", []),
        ("package", ["short"]),
        ("adb", ["state"]),
        ("SYSTEM LOG", ["04-05 09:00:00 line", "--------- beginning of main", "more"]),
        ("DUMPSYS", []),
        ("package", ["long", "longer"]),
    ]
    assert forged(PLAIN) == []
    assert all(s.trouble == "" for s in indexed(PLAIN).sections)
    assert [s.service for s in indexed(PLAIN).sections] == [False, False, True, True, False, False, True]


def test_line_ends_of_windows_change_nothing():
    windows = PLAIN.replace(b"\n", b"\r\n")
    assert bodies(windows) == bodies(PLAIN)
    assert [s.first_line for s in indexed(windows).sections] == [s.first_line for s in indexed(PLAIN).sections]


def test_the_end_of_a_section_may_stand_in_the_next_one():
    late = section("KERNEL LOG", "a")[-1]
    text = raw(section("KERNEL LOG", "a", closed=False), section("NETSTAT", "b", late, "c"))
    assert bodies(text) == [("KERNEL LOG", ["a"]), ("NETSTAT", ["b", late, "c"])]
    assert forged(text) == []


def test_a_service_inside_a_service_is_its_text():
    inner = service("adb", "forged")
    for before in ([], service("first", "x")):  # the first service of a text is judged like the others
        text = raw(before, service("package", "a", *inner, "b"), service("adb", "real"))
        assert bodies(text)[-2:] == [("package", ["a", *inner, "b"]), ("adb", ["real"])]
        assert forged(text) == ["adb begins inside service package"]


def test_an_inner_service_without_end_is_text_too():
    inner = service("adb", "forged", closed=False)
    text = raw(service("package", "a", *inner, "b"), service("adb", "real"))
    assert bodies(text) == [("package", ["a", *inner, "b"]), ("adb", ["real"])]
    assert forged(text) == ["adb begins inside service package"]


def test_a_service_inside_itself_is_its_text():
    inner = service("package", "forged", closed=False)
    text = raw(service("package", "a", *inner, "b"))
    assert bodies(text) == [("package", ["a", *inner, "b"])]
    assert forged(text) == ["package begins inside service package"]


def test_several_services_and_sections_inside_a_service_are_its_text():
    inner = [*service("adb", "x"), *service("usb", "y"), *section("SYSTEM PROPERTIES", "[a]: [b]")]
    text = raw(service("notification", "a", *inner, "b"), service("usb", "real"))
    assert bodies(text) == [("notification", ["a", *inner, "b"]), ("usb", ["real"])]
    assert len(forged(text)) == 3


def test_a_section_inside_a_service_is_its_text():
    inner = section("SYSTEM PROPERTIES", "[ro.x]: [y]")
    text = raw(service("package", "a", *inner, "b"), section("NETSTAT", "c"))
    assert bodies(text) == [("package", ["a", *inner, "b"]), ("NETSTAT", ["c"])]
    assert "SYSTEM PROPERTIES" in forged(text)[0]
    assert "inside service package" in forged(text)[0]


def test_a_service_that_ends_twice_goes_on_to_its_second_end():
    end = service("package")[-1]
    text = raw(service("package", "a", end, "b"), service("adb", "c"))
    assert bodies(text) == [("package", ["a", end, "b"]), ("adb", ["c"])]
    assert forged(text) == ["service package ends twice"]


def test_a_section_that_ends_twice_goes_on_to_its_second_end():
    end = section("SYSTEM LOG")[-1]
    text = raw(section("SYSTEM LOG", "a", end, "b"), section("NETSTAT", "c"))
    assert bodies(text) == [("SYSTEM LOG", ["a", end, "b"]), ("NETSTAT", ["c"])]
    assert forged(text) == ["section SYSTEM LOG ends twice"]


def test_the_end_of_another_service_takes_nothing_away():
    ends = [service("adb")[-1], service("usb")[-1]]
    text = raw(service("adb", "a"), service("notification", *ends, "x"))
    assert bodies(text) == [("adb", ["a"]), ("notification", [*ends, "x"])]
    assert forged(text) == ["service adb ends twice", "service usb ends, which has not begun"]


def test_a_header_without_its_dashes_is_text():
    text = raw(service("package", "DUMP OF SERVICE adb:", "-" * 78, "DUMP OF SERVICE usb:", "b"))
    assert [name for name, _ in bodies(text)] == ["package"]
    assert forged(text) == []


def test_a_critical_dump_that_was_cut_does_not_take_what_follows():
    text = raw(service("package", "short", closed=False), service("adb", "x"), service("package", "long"))
    assert bodies(text) == [("package", ["short"]), ("adb", ["x"]), ("package", ["long"])]
    assert [s.trouble for s in indexed(text).sections] == ["its end is missing", "", ""]


def test_phones_that_do_not_print_the_end_of_services():
    text = raw(*(service(name, "x", closed=False) for name in ("a", "b", "c")), section("NETSTAT", "y"))
    assert bodies(text) == [("a", ["x"]), ("b", ["x"]), ("c", ["x"]), ("NETSTAT", ["y"])]
    assert all(s.trouble == "" for s in indexed(text).sections)


def test_a_service_that_timed_out_says_so():
    stopped = "*** SERVICE 'media.camera' DUMP TIMEOUT (10000ms) EXPIRED ***"
    text = raw(service("adb", stopped), service("media.camera", "x", stopped))
    assert [s.trouble for s in indexed(text).sections] == ["", "the phone stopped printing it after 10000ms"]


def test_a_text_that_is_cut_says_so():
    text = raw(service("adb", "x"), service("package", "y", closed=False))
    assert [s.trouble for s in indexed(text).sections] == ["", "the text ends in the middle of it"]


def test_forged_headers_are_counted_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(dumpstate, "MOST_FORGED", 10)
    text = raw(service("adb", *["------ FORGED (x) ------"] * 50))
    assert len(forged(text)) == 10


def test_services_that_are_announced():
    text = raw(["Currently running services:", "  adb", "  a.b.C/default"], service("adb", "x"))
    assert indexed(text).announced == {"adb", "a.b.C/default"}
    assert indexed(text.replace(b"\n", b"\r\n")).announced == {"adb", "a.b.C/default"}
    assert indexed(PLAIN).announced == frozenset()


def test_when_it_was_started():
    assert dumpstate.started(PLAIN) == datetime(2025, 4, 5, 9)
    assert dumpstate.started(b"== dumpstate: 2025-13-45 09:00:00\n") is None
    assert dumpstate.started(b"nothing") is None


def test_what_looks_like_one():
    assert dumpstate.looks_like_one(PLAIN)
    assert dumpstate.looks_like_one(raw(service("adb")))
    assert dumpstate.looks_like_one(b"------ UPTIME (uptime) ------\r\n")
    assert not dumpstate.looks_like_one(b"a letter\nwith lines\n")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_text_that_is_cut_anywhere_is_indexed(line_end):
    text = PLAIN.replace(b"\n", line_end.encode())
    whole = indexed(text).sections
    for size in range(len(text)):
        found = indexed(text[:size])
        assert all(0 <= s.start <= s.end <= size for s in found.sections)
        assert found.forged == []
        before = max(0, len(found.sections) - 1)  # the last one may be cut, also in its name
        assert [(s.name, s.start, s.first_line) for s in found.sections[:before]] == [
            (s.name, s.start, s.first_line) for s in whole[:before]
        ]


LINES = st.one_of(
    st.sampled_from(
        [
            "",
            "text",
            DASHES,
            DASHES + "-",
            "------ ",
            "x" * 100,
            "y" * 700,
            "z" * 2000,
            "------ " + "Q" * 300 + " ------",
            "*** SERVICE 'adb' DUMP TIMEOUT (10000ms) EXPIRED ***",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12),
)
PARTS = st.one_of(
    LINES.map(lambda line: [line]),
    st.builds(
        lambda name, body, closed: service(name, *body, closed=closed),
        st.sampled_from(["adb", "package", "usb", "n" * 150]),
        st.lists(LINES, max_size=4),
        st.booleans(),
    ),
    st.builds(
        lambda name, body, closed: section(name, *body, closed=closed),
        st.sampled_from(["NETSTAT", "SYSTEM LOG", "DUMPSYS"]),
        st.lists(LINES, max_size=4),
        st.booleans(),
    ),
)
REPORTS = st.builds(
    lambda parts, line_end, cut: raw(*parts, line_end=line_end)[: -cut or None],
    st.lists(PARTS, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(0, 30),
)


@given(REPORTS, st.integers(300, 1500))
def test_borders_of_blocks_change_nothing(text, block):
    assert indexed(text, block, 128) == indexed(text, 2**20, 128)


@given(REPORTS)
def test_sections_are_in_order_and_apart(text):
    found = indexed(text)
    at = 0
    for s in found.sections:
        assert at <= s.start <= s.end <= len(text)
        assert text.count(b"\n", 0, s.start) == s.first_line - 1 or s.start == len(text)
        at = s.end


def test_an_endless_line_is_no_trap():
    text = b"x" * 5_000_000 + b"\n" + raw(service("adb", "y"))
    assert [(s.name, s.first_line) for s in indexed(text, 4096, 512).sections] == [("adb", 4)]
