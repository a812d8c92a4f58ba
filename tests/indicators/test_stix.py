"""The STIX grammar: what it reads, what it leaves out, and that it never accepts what the OASIS validator refuses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern as Oasis

from svitac.indicators import stix
from svitac.indicators.model import Condition, Pattern, Refused
from svitac.model import Kind


def oasis_accepts(pattern: str) -> bool:
    """The validator's word. It knows hash keys with a hyphen in single quotes only."""
    strict = re.sub(r'\."([^"]*)"', r".'\1'", pattern)
    strict = re.sub(r"\.(SHA-\d+)", r".'\1'", strict, flags=re.IGNORECASE)
    try:
        Oasis(strict)
    except ParseException:
        return False
    return True


def terms(pattern: str) -> list[list[tuple[str, str]]]:
    branches, _ = stix.parse(pattern)
    return [[(c.kind.value, c.value) for c in branch] for branch in branches]


READ = {
    "[domain-name:value='evil.example']": [[("domain", "evil.example")]],
    " [ domain-name:value = 'evil.example' ] ": [[("domain", "evil.example")]],
    "[url:value = 'https://evil.example/?a=b&c=d']": [[("url", "https://evil.example/?a=b&c=d")]],
    r"[file:name = 'it\'s \\ here']": [[("filename", r"it's \ here")]],
    "[file:hashes.'SHA-256' = 'aa']": [[("hash", "aa")]],
    "[file:hashes.\"SHA-256\" = 'aa']": [[("hash", "aa")]],
    "[file:hashes.SHA-256 = 'aa']": [[("hash", "aa")]],
    "[file:hashes.md5 = 'aa']": [[("hash", "aa")]],
    "[app:cert.sha256 = 'aa']": [[("certificate", "aa")]],
    "[domain-name:value IN ('a.example', 'b.example')]": [[("domain", "a.example")], [("domain", "b.example")]],
    "[a:b = 'x' OR app:id = 'p']": [[("package", "p")]],
    "[app:id = 'p' OR app:id = 'q' AND process:name = 'r']": [
        [("package", "p")],
        [("package", "q"), ("process", "r")],
    ],
    "[(app:id = 'p' OR app:id = 'q') AND process:name = 'r']": [
        [("package", "p"), ("process", "r")],
        [("package", "q"), ("process", "r")],
    ],
    "[app:id = 'p'] OR [process:name = 'r']": [[("package", "p")], [("process", "r")]],
    "([app:id = 'p'] OR [process:name = 'r'])": [[("package", "p")], [("process", "r")]],
    "[ipv4-addr:value ISSUBSET '203.0.113.0/24']": [[("ip", "203.0.113.0/24")]],
    "[email-message:to_refs[*].value = 'a@b.example']": [[("email", "a@b.example")]],
    "[process:command_line LIKE '%evil%']": [[("text", "%evil%")]],
}


@pytest.mark.parametrize("pattern", READ)
def test_reads(pattern: str) -> None:
    assert terms(pattern) == READ[pattern]
    assert oasis_accepts(pattern)


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("[domain-name:value != 'a.example']", "!= on domain-name:value"),
        ("[domain-name:value NOT = 'a.example']", "NOT ="),
        ("[domain-name:value NOT IN ('a.example')]", "NOT IN"),
        ("[file:size > 5]", "the property file:size"),
        ("[file:name = 'x' AND file:size = 5]", "the property file:size"),
        ("[EXISTS file:name]", "EXISTS file:name"),
        ("[ipv4-addr:value ISSUPERSET '203.0.113.0/24']", "ISSUPERSET on ipv4-addr:value"),
        ("[app:id = 'p'] AND [app:id = 'q']", "AND between observations"),
        ("[app:id = 'p'] FOLLOWEDBY [app:id = 'q']", "FOLLOWEDBY"),
        ("[app:id = 'p'] WITHIN 5 SECONDS", "WITHIN"),
        ("[app:id = 'p'] REPEATS 5 TIMES", "REPEATS"),
        ("[app:id = 'p'] START t'2024-01-01T00:00:00Z' STOP t'2025-01-01T00:00:00Z'", "START"),
        ("[app:id = 5]", "a value of app:id that is not a string"),
    ],
)
def test_leaves_out_and_says_so(pattern: str, left_out: str) -> None:
    branches, missing = stix.parse(pattern)
    assert branches == []
    assert left_out in missing


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "x",
        "[app:id = 'p'",
        "[app:id 'p']",
        "[app:id = 'p' OR]",
        "[app:id = 'p']]",
        r"[app:id = 'C:\x']",
        "[app:id = 'p'] or [app:id = 'q']",
        "[app:id IN ()]",
        "[app:id LIKE 5]",
        "[" + "(" * 5000,
        "[" + "(app:id='a' OR app:id='b') AND " * 40 + "app:id='c']",
    ],
)
def test_refuses_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(Refused):
        stix.parse(pattern)


NAMES = st.sampled_from([*stix.PROPERTIES, "file:size", "a-b:c.d", "file:hashes.'SHA-256'", 'file:hashes."MD5"'])
STRINGS = st.text("ab=.'\\[] %/", max_size=6).map(
    lambda s: "'" + s.replace("\\", "\\\\").replace("'", "\\'") + "'",
)
OPERATORS = st.sampled_from(["=", "!=", "IN", "LIKE", "MATCHES", "ISSUBSET", "==", "<", "<>", ""])
SPACE = st.sampled_from([" ", "", "  ", "\n"])


@st.composite
def term(draw: st.DrawFn) -> str:
    operator = draw(OPERATORS)
    value = draw(STRINGS | st.just("5"))
    negated = draw(st.sampled_from(["", "", "", "NOT "]))
    return f"{draw(NAMES)} {negated}{operator}{draw(SPACE)}{f'({value}, {value})' if operator == 'IN' else value}"


COMPARISONS = st.recursive(
    term(),
    lambda inner: st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map("".join) | inner.map("({})".format),
    max_leaves=4,
)
OBSERVATIONS = st.recursive(
    COMPARISONS.map("[{}]".format),
    lambda inner: (
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " FOLLOWEDBY "]), inner).map("".join)
        | inner.map("({})".format)
        | inner.map("{} WITHIN 5 SECONDS".format)
    ),
    max_leaves=3,
)


@settings(max_examples=400, deadline=None)
@given(OBSERVATIONS)
def test_accepts_only_what_the_validator_accepts(pattern: str) -> None:
    try:
        stix.parse(pattern)
    except Refused:
        return
    assert oasis_accepts(pattern)


@settings(max_examples=300)
@given(st.text("[]():='\\\"., ab-*5<>!ANDORI\n", max_size=40))
def test_never_fails_but_by_refusing(text: str) -> None:
    try:
        stix.parse(text)
    except Refused:
        return


@given(st.sampled_from(["domain-name:value", "file:hashes.'SHA-256'", "app:cert.sha1"]), st.text(max_size=20))
def test_the_fast_path_and_the_grammar_agree(path: str, value: str) -> None:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    (branch,), missing = stix.parse(f"[{path}='{escaped}']")
    (slow,), _ = stix.parse(f"[ ({path} = '{escaped}') ]")
    assert branch == slow
    assert branch[0].value == value
    assert not missing


def test_like_and_matches_keep_their_pattern() -> None:
    assert stix.parse("[domain-name:value LIKE '%.evil.example']")[0] == [
        (Condition(Kind.DOMAIN, "%.evil.example", Pattern.LIKE),)
    ]
    assert stix.parse(r"[url:value MATCHES '^https?://evil\\.example/']")[0] == [
        (Condition(Kind.URL, r"^https?://evil\.example/", Pattern.REGEX),)
    ]
