"""What matches what: each kind in its own sense of "equal", and the near misses that must not."""

from __future__ import annotations

import pytest

from svitac.indicators import normal
from svitac.indicators.match import Hit, Matcher
from svitac.indicators.model import Condition, Pattern
from svitac.model import (
    CertificateHash,
    DomainName,
    FileHash,
    FilePath,
    FreeText,
    Kind,
    PackageName,
    PhoneNumber,
    ProcessName,
    Record,
    Url,
    Where,
)
from tests.indicators.made import indicator

SHA = "0" * 63 + "1"

HITS = [
    # domains: every parent, any case, port, user, trailing dot, IDN in both forms
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, "evil.example"),
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, "a.b.evil.example"),
    (Kind.DOMAIN, "b.evil.example", Kind.DOMAIN, "a.b.evil.example"),
    (Kind.DOMAIN, "Evil.Example", Kind.DOMAIN, "EVIL.example."),
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, "evil.example:8443"),
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, ".evil.example"),
    (Kind.DOMAIN, "www.evil.example", Kind.DOMAIN, "evil.example"),
    (Kind.DOMAIN, "*.evil.example", Kind.DOMAIN, "cdn.evil.example"),
    (Kind.DOMAIN, "evil[.]example", Kind.DOMAIN, "evil.example"),
    (Kind.DOMAIN, "xn--bcher-kva.example", Kind.DOMAIN, "bücher.example"),
    (Kind.DOMAIN, "bücher.example", Kind.DOMAIN, "www.xn--bcher-kva.example"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "https://user:pw@evil.example:8443/x?y#z"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "blob:https://evil.example/1"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "https://evil.example./"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "http://evil.example\\@good.example/"),
    (Kind.IP, "203.0.113.9", Kind.DOMAIN, "203.0.113.9"),
    (Kind.IP, "203.0.113.9", Kind.URL, "http://203.0.113.9:81/x"),
    # links
    (Kind.URL, "https://evil.example/x?a=b", Kind.URL, "HTTPS://EVIL.example:443/x?a=b#frag"),
    (Kind.URL, "hxxps://evil[.]example/x", Kind.URL, "https://evil.example/x"),
    (Kind.URL, "evil.example/x", Kind.URL, "http://evil.example/x"),
    (Kind.URL, "https://evil.example/", Kind.DOMAIN, "sub.evil.example"),
    (Kind.URL, "http://203.0.113.9:8080", Kind.IP, "203.0.113.9"),
    # free text
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "go to evil.example/xyz now"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "see evil.example."),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "hxxp://a.evil[.]example/1"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "hXXps[:]//evil[dot]example"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "点击evil.example查看"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "*evil.example* or _evil.example_"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "https://good.example/l?u=https%3A%2F%2Fevil.example%2Fx"),
    (Kind.DOMAIN, "xn--80a7ae1g.xn--p1ai", Kind.TEXT, "иди на сајт.рф/х"),
    (Kind.DOMAIN, "bücher.example", Kind.TEXT, "kupi na www.bücher.example odmah"),
    (Kind.IP, "203.0.113.9", Kind.TEXT, "connect 203.0.113.9:443, quickly"),
    (Kind.IP, "2001:db8::9", Kind.TEXT, "at [2001:db8:0::9]"),
    (Kind.URL, "https://evil.example/x", Kind.TEXT, "(https://evil.example/x)."),
    (Kind.URL, "evil.example/x", Kind.TEXT, "try evil.example/x, it is good"),
    (Kind.EMAIL, "Bad@evil.example", Kind.TEXT, "write to bad@evil.example."),
    # addresses
    (Kind.IP, "203.0.113.9", Kind.IP, "203.0.113.9"),
    (Kind.IP, "203.0.113.9", Kind.IP, "203.0.113.9:443"),
    (Kind.IP, "203.0.113.9", Kind.IP, "/203.0.113.9"),
    (Kind.IP, "203.0.113.9", Kind.IP, "::ffff:203.0.113.9"),
    (Kind.IP, "203.0.113.0/24", Kind.IP, "203.0.113.77"),
    (Kind.IP, "2001:db8::/32", Kind.IP, "[2001:DB8:1::2]:443"),
    (Kind.IP, "2001:db8:0:0::9", Kind.IP, "2001:db8::9%wlan0"),
    # paths
    (Kind.PATH, "/tmp/l/", Kind.PATH, "/tmp/l"),
    (Kind.PATH, "/tmp/l", Kind.PATH, "/private/tmp/l/x"),
    (Kind.PATH, "/private/var/tmp/hooker", Kind.PATH, "/var/tmp/hooker"),
    (Kind.PATH, "/var/tmp/hooker", Kind.PATH, "private/var/tmp/hooker"),
    (Kind.PATH, "/data/data/org.evil/x", Kind.PATH, "/data/user/0/org.evil/x/y"),
    (Kind.PATH, "/sdcard/evil.bin", Kind.PATH, "/storage/emulated/0/evil.bin"),
    (Kind.PATH, "/storage/self/primary/e/x", Kind.PATH, "/data/media/0/e/x"),
    (Kind.PATH, "Library/Caches/x.db", Kind.PATH, "/private/var/mobile/Library/Caches/x.db"),
    (Kind.PATH, "evil_dump/", Kind.PATH, "/var/tmp/evil_dump/a/b"),
    (Kind.PATH, "/var/tmp/*/run", Kind.PATH, "/private/var/tmp/abc/run"),
    (Kind.PATH, "/var/tmp/ev*l/", Kind.PATH, "/var/tmp/evXl/deep"),
    (Kind.FILENAME, "pe_main.js", Kind.PATH, "/anywhere/pe_main.js"),
    (Kind.FILENAME, "pe_main.js", Kind.FILENAME, "pe_main.js"),
    # processes
    (Kind.PROCESS, "bh", Kind.PROCESS, "[bh]"),
    (Kind.PROCESS, "rolexd", Kind.PROCESS, "/private/var/tmp/rolexd"),
    (Kind.PROCESS, "com.apple.Mappit.SnapshotService", Kind.PROCESS, "com.apple.Mappi"),
    (Kind.PROCESS, "com.apple.Mappit.SnapshotService", Kind.PROCESS, "com.apple.Mappit"),
    (Kind.PACKAGE, "org.evil.app", Kind.PROCESS, "org.evil.app:service"),
    (Kind.PACKAGE, "org.evil.application", Kind.PROCESS, "vil.application"),
    (Kind.PATH, "/data/local/tmp/wd", Kind.PROCESS, "/data/local/tmp/wd/pred"),
    # the rest
    (Kind.PACKAGE, "org.evil.app", Kind.PACKAGE, "org.evil.app"),
    (Kind.HASH, SHA.upper(), Kind.HASH, SHA),
    (Kind.CERTIFICATE, "ab" * 20, Kind.CERTIFICATE, ":".join(["AB"] * 20)),
    (Kind.EMAIL, "Bad@evil.example", Kind.EMAIL, "mailto:bad@evil.example"),
    (Kind.EMAIL, "bad@evil.example", Kind.PHONE, "bad@evil.example"),
    (Kind.PHONE, "+381 11 123-456", Kind.PHONE, "0038111123456"),
    (Kind.PROPERTY, "sys.brand.note", Kind.PROPERTY, "sys.brand.note"),
    (Kind.PROFILE, "76DAB334-7E17-475D-A5D6-0794EB5818A5", Kind.PROFILE, "76dab334-7e17-475d-a5d6-0794eb5818a5"),
]

MISSES = [
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, "notevil.example"),
    (Kind.DOMAIN, "evil.example", Kind.DOMAIN, "evil.example.com"),
    (Kind.DOMAIN, "b.evil.example", Kind.DOMAIN, "evil.example"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "https://good.example/evil.example"),
    (Kind.DOMAIN, "evil.example", Kind.URL, "https://evil.example@good.example/"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "notevil.example evil.examples an-evil.example"),
    (Kind.DOMAIN, "evil.example", Kind.TEXT, "über-evil.example"),
    (Kind.URL, "https://evil.example/x", Kind.URL, "https://evil.example/x/y"),
    (Kind.URL, "https://evil.example/x", Kind.URL, "http://evil.example/x"),
    (Kind.URL, "https://evil.example/x", Kind.DOMAIN, "evil.example"),
    (Kind.IP, "1.2.3.4", Kind.IP, "11.2.3.45"),
    (Kind.IP, "1.2.3.4", Kind.TEXT, "11.2.3.45 and 1.2.3.45"),
    (Kind.IP, "203.0.113.0/25", Kind.IP, "203.0.113.128"),
    (Kind.PATH, "/tmp/l/", Kind.PATH, "/tmp/look_127"),
    (Kind.PATH, "/tmp/l", Kind.PATH, "/data/tmp/l"),
    (Kind.PATH, "/data/local/tmp/foo", Kind.PATH, "/data/local/tmp/foobar"),
    (Kind.PATH, "Library/x.db", Kind.PATH, "/var/MyLibrary/x.db"),
    (Kind.PATH, "Library/x.db", Kind.PATH, "/var/Library/x.db/y"),
    (Kind.PATH, "/var/tmp/*/run", Kind.PATH, "/var/tmp/a/b/run"),
    (Kind.FILENAME, "pe_main.js", Kind.PATH, "/x/PE_MAIN.js"),
    (Kind.FILENAME, "pe_main.js", Kind.PATH, "/pe_main.js/x"),
    (Kind.PROCESS, "bh", Kind.PATH, "/usr/libexec/bh"),
    (Kind.PROCESS, "com.apple.Mappit.SnapshotService", Kind.PROCESS, "com.apple.Mapp"),
    (Kind.PROCESS, "bh", Kind.PROCESS, "bhd"),
    (Kind.PROCESS, "BackupAgent", Kind.PROCESS, "/usr/libexec/BackupAgent"),
    (Kind.PACKAGE, "org.evil.app", Kind.PACKAGE, "org.evil.App"),
    (Kind.PACKAGE, "org.evil.app", Kind.PACKAGE, "org.evil.app2"),
    (Kind.HASH, SHA, Kind.CERTIFICATE, SHA),
    (Kind.CERTIFICATE, "ab" * 20, Kind.HASH, "ab" * 20),
]


@pytest.mark.parametrize(("kind", "value", "field", "seen"), HITS)
def test_hits(kind: Kind, value: str, field: Kind, seen: str) -> None:
    one = indicator(kind, value)
    assert Matcher([one]).find(field, seen) == [one]


@pytest.mark.parametrize(("kind", "value", "field", "seen"), MISSES)
def test_misses(kind: Kind, value: str, field: Kind, seen: str) -> None:
    assert Matcher([indicator(kind, value)]).find(field, seen) == []


def test_like_and_matches() -> None:
    like = indicator(Kind.DOMAIN, "evil-%.example", pattern=Pattern.LIKE)
    regex = indicator(Kind.URL, r"^https?://[a-z]+\.example/[0-9]{4}$", pattern=Pattern.REGEX)
    folder = indicator(Kind.PATH, "/private/var/tmp/ev_l%", pattern=Pattern.LIKE)
    command = indicator(Kind.TEXT, "%--evil-flag%", pattern=Pattern.LIKE)
    matcher = Matcher([like, regex, folder, command])
    assert matcher.find(Kind.URL, "https://EVIL-7.example/") == [like]
    assert matcher.find(Kind.URL, "https://abc.example/1234") == [regex]
    assert matcher.find(Kind.TEXT, "look: https://abc.example/1234!") == [regex]
    assert matcher.find(Kind.PATH, "/private/var/tmp/evil.bin") == [folder]
    assert matcher.find(Kind.TEXT, "run --evil-flag=1") == [command]
    assert matcher.find(Kind.URL, "https://abc.example/12345") == []


class Signed(Record, frozen=True, kw_only=True):
    name: PackageName
    certificates: tuple[CertificateHash, ...] = ()


class Message(Record, frozen=True, kw_only=True):
    sender: PhoneNumber | None
    text: FreeText | None
    opened: tuple[Url, ...] = ()


class Unmarked(Record, frozen=True, kw_only=True):
    note: str


WHERE = Where("made", "line 1")


def test_nothing_to_watch_is_no_watcher() -> None:
    matcher = Matcher([indicator(Kind.DOMAIN, "evil.example")])
    assert matcher.watch(Unmarked) is None
    assert matcher.watch(Signed) is None
    assert matcher.watch(Message) is not None
    assert Matcher([]).watch(Message) is None


def test_one_value_in_several_collections_hits_several_times() -> None:
    two = [indicator(Kind.DOMAIN, "evil.example", collection=name) for name in ("A", "B")]
    watch = Matcher(two).watch(Message)
    assert watch
    message = Message(where=WHERE, sender=None, text="see evil.example", opened=("https://x.evil.example/",))
    assert watch(message) == [
        Hit("text", "evil.example", two[0]),
        Hit("text", "evil.example", two[1]),
        Hit("opened", "https://x.evil.example/", two[0]),
        Hit("opened", "https://x.evil.example/", two[1]),
    ]


def test_conditions_joined_by_and_must_hold_on_one_record() -> None:
    both = indicator(Kind.PACKAGE, "com.android.service", also=(Condition(Kind.CERTIFICATE, "ab" * 20),))
    watch = Matcher([both]).watch(Signed)
    assert watch
    assert watch(Signed(where=WHERE, name="com.android.service")) == []
    assert watch(Signed(where=WHERE, name="com.other", certificates=("AB" * 20,))) == []
    assert watch(Signed(where=WHERE, name="com.android.service", certificates=("cd" * 20, "AB" * 20))) == [
        Hit("name", "com.android.service", both)
    ]


def test_a_cut_name_says_that_it_was_cut() -> None:
    class Running(Record, frozen=True, kw_only=True):
        name: ProcessName
        file: FilePath | None = None
        sha256: FileHash | None = None
        host: DomainName | None = None

    watch = Matcher([indicator(Kind.PROCESS, "com.apple.Mappit.SnapshotService")]).watch(Running)
    assert watch
    assert [h.truncated for h in watch(Running(where=WHERE, name="com.apple.Mappi"))] == [True]
    assert [h.truncated for h in watch(Running(where=WHERE, name="com.apple.Mappit.SnapshotService"))] == [False]


@pytest.mark.parametrize(
    "text",
    [text * 300_000 for text in ("a.", "a", "/", "/a", ":", "a@", "[.]", "http://", "1.", "é.", "%2", "xn--é")],
)
def test_hostile_values_cost_no_more_than_their_length(text: str) -> None:
    """They end at once, or this test would not; no time is asserted."""
    kinds = [k for k in Kind if k is not Kind.TEXT]
    values = dict.fromkeys(kinds, "evil.example") | {Kind.IP: "2001:db8::1", Kind.HASH: SHA, Kind.PATH: "a/*/b"}
    matcher = Matcher([indicator(kind, value) for kind, value in values.items()])
    assert [matcher.find(kind, text) for kind in Kind] == [[] for _ in Kind]


def test_normal_forms_are_stable() -> None:
    for text in ("EVIL.example.", "a@b.example:80", "http://[2001:db8::1]:443/x", "bücher.example"):
        assert normal.host(normal.host(text)) == normal.host(text)
    for text in ("/private/var/tmp/", "sdcard/x", "//a//b"):
        assert normal.path(normal.path(text)) == normal.path(text)
