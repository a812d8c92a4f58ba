"""The matcher agrees with a naive one: every indicator compared with every field, with no table and no index."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from svitac.indicators.match import Matcher
from svitac.indicators.model import Condition, Indicator
from svitac.model import (
    CertificateHash,
    DomainName,
    FileHash,
    FileName,
    FilePath,
    FreeText,
    IpAddress,
    Kind,
    PackageName,
    ProcessName,
    Record,
    Struct,
    Url,
    Where,
)
from tests.indicators.made import indicator


class Part(Struct, frozen=True):
    path: FilePath
    sha256: FileHash | None = None
    certificates: tuple[CertificateHash, ...] = ()


class Mixed(Record, frozen=True, kw_only=True):
    host: DomainName | None = None
    url: Url | None = None
    text: FreeText | None = None
    address: IpAddress | None = None
    package: PackageName | None = None
    process: ProcessName | None = None
    name: FileName | None = None
    parts: tuple[Part, ...] = ()


# the naive matcher -------------------------------------------------------------------------------------------------


def host_is(indicator_host: str, seen: str) -> bool:
    wanted = indicator_host.lower().removeprefix("www.").split(".")
    return seen.lower().rstrip(".").split(".")[-len(wanted) :] == wanted


def address(text: str) -> object:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def within(network: str, seen: str) -> bool:
    found = address(seen)
    if "/" not in network:
        return found is not None and found == address(network)
    return found is not None and found in ipaddress.ip_network(network, strict=False)


def parts_of(path: str) -> list[str]:
    parts = [p for p in path.split("/") if p]
    if parts[:2] in (["private", "var"], ["private", "tmp"]):
        return parts[1:]
    if parts[:3] == ["data", "user", "0"]:
        return ["data", "data", *parts[3:]]
    if parts[:1] == ["sdcard"]:
        return ["storage", "emulated", "0", *parts[1:]]
    return parts


def path_is(wanted: str, seen: str) -> bool:
    want, have = parts_of(wanted), parts_of(seen)
    if wanted.startswith("/"):
        return have[: len(want)] == want
    ends = have[len(have) - len(want) :] == want if len(have) >= len(want) else False
    anywhere = any(have[i : i + len(want)] == want for i in range(len(have)))
    return anywhere if wanted.endswith("/") else ends


def field_matches(c: Condition, kind: Kind, seen: str) -> bool:
    if kind in (Kind.DOMAIN, Kind.URL):
        host = seen if kind is Kind.DOMAIN else urlsplit(seen).hostname or ""
        host = host.split(":")[0] if kind is Kind.DOMAIN else host
        if address(host) is not None:
            return c.kind is Kind.IP and within(c.value, host)
        if c.kind is Kind.URL and kind is Kind.URL:
            return url_key(c.value) == url_key(seen)
        return c.kind is Kind.DOMAIN and host_is(c.value, host)
    if kind is Kind.TEXT:
        words = [w.strip(".,!()") for w in seen.split(" ")]
        urls = [w if "://" in w else f"none://{w}" for w in words]
        return any(field_matches(c, Kind.URL, u) for u in urls) if c.kind is not Kind.URL else text_url(c, words)
    if kind is Kind.PATH:
        last = seen.strip().rstrip("/").split("/")[-1]  # as it is written, under whatever alias
        return (c.kind is Kind.PATH and path_is(c.value, seen)) or (c.kind is Kind.FILENAME and last == c.value)
    if kind is Kind.PROCESS:
        if c.kind is Kind.PACKAGE:
            return seen.partition(":")[0] == c.value or (len(seen) == 15 < len(c.value) and c.value.endswith(seen))
        return c.kind is Kind.PROCESS and (seen == c.value or (len(seen) in (15, 16) and c.value.startswith(seen)))
    if kind is Kind.IP:
        return c.kind is Kind.IP and within(c.value, seen)
    if kind in (Kind.HASH, Kind.CERTIFICATE):
        return c.kind is kind and seen.lower() == c.value.lower()
    return c.kind is kind and seen == c.value


def text_url(c: Condition, words: list[str]) -> bool:
    return any(url_key(c.value)[1:] == url_key(w)[1:] and scheme_fits(c.value, w) for w in words)


def scheme_fits(a: str, b: str) -> bool:
    return "://" not in b or urlsplit(a).scheme == urlsplit(b).scheme


def url_key(url: str) -> tuple[str, ...]:
    found = urlsplit(url if "://" in url else f"http://{url}")
    port = f":{found.port}" if found.port and found.port not in (80, 443) else ""
    return found.scheme, (found.hostname or "").rstrip("."), port, found.path or "/", found.query


def fields(record: Mixed) -> list[tuple[str, Kind, str]]:
    flat = [("host", Kind.DOMAIN), ("url", Kind.URL), ("text", Kind.TEXT), ("address", Kind.IP)]
    flat += [("package", Kind.PACKAGE), ("process", Kind.PROCESS), ("name", Kind.FILENAME)]
    found = [(n, k, getattr(record, n)) for n, k in flat]
    for part in record.parts:
        found += [("parts.path", Kind.PATH, part.path), ("parts.sha256", Kind.HASH, part.sha256)]
        found += [("parts.certificates", Kind.CERTIFICATE, c) for c in part.certificates]
    return [f for f in found if f[2]]


def naive(indicators: list[Indicator], record: Mixed) -> set[tuple[str, Indicator]]:
    hits = set()
    for one in indicators:
        first, *also = [Condition(one.kind, one.value), *one.also]
        if all(any(field_matches(c, k, v) for _, k, v in fields(record)) for c in also):
            hits |= {(name, one) for name, k, v in fields(record) if field_matches(first, k, v)}
    return hits


# what is compared --------------------------------------------------------------------------------------------------

LABEL = st.sampled_from(["a", "evil", "b-c", "www", "xevil"])
HOST = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
ADDRESS = st.sampled_from(
    ["1.2.3.4", "11.2.3.4", "1.2.3.45", "1.2.4.4", "::ffff:1.2.3.4", "2001:db8::1", "2001:db8::2"]
)
NETWORK = ADDRESS | st.sampled_from(["1.2.3.0/24", "1.0.0.0/8", "2001:db8::/64", "1.2.3.4/32"])
PIECE = st.sampled_from(["tmp", "l", "look", "var", "private", "data", "user", "0", "sdcard", "x.db", "Library"])
ABSOLUTE = st.lists(PIECE, min_size=1, max_size=5).map(lambda parts: "/" + "/".join(parts))
PATH = ABSOLUTE | st.lists(PIECE, min_size=2, max_size=3).map("/".join)
PROCESS = st.text("ab.", min_size=13, max_size=18).map(lambda s: s.replace(".", "c."))
PACKAGE = st.sampled_from(["org.evil.a", "org.evil.ab", "org.evil.application"])
DIGEST = st.sampled_from(["a" * 40, "A" * 40, "b" * 64, "c" * 32])
URL = st.tuples(
    st.sampled_from(["http://", "https://"]),
    HOST,
    st.sampled_from(["", ":8443"]),
    st.sampled_from(["/", "/x", "/x?a=b=c"]),
).map("".join)
PATHED = URL.filter(lambda u: not u.endswith("/"))
WORD = HOST | URL | st.sampled_from(["hello", "1.2.3.4", "end.", "(evil.example)", "a.evil.example,"])

CONDITION = st.one_of(
    st.tuples(st.just(Kind.DOMAIN), HOST),
    st.tuples(st.just(Kind.IP), NETWORK),
    st.tuples(st.just(Kind.URL), PATHED),
    st.tuples(st.just(Kind.PATH), st.tuples(PATH, st.sampled_from(["", "/"])).map("".join)),
    st.tuples(st.just(Kind.FILENAME), PIECE),
    st.tuples(st.just(Kind.PROCESS), PROCESS),
    st.tuples(st.just(Kind.PACKAGE), PACKAGE),
    st.tuples(st.sampled_from([Kind.HASH, Kind.CERTIFICATE]), DIGEST),
).map(lambda pair: Condition(*pair))
INDICATOR = st.tuples(CONDITION, st.sampled_from("AB"), st.just(()) | st.tuples(CONDITION)).map(
    lambda t: indicator(t[0].kind, t[0].value, t[1], also=t[2])
)
PART = st.builds(Part, path=ABSOLUTE, sha256=st.none() | DIGEST, certificates=st.lists(DIGEST, max_size=2).map(tuple))
RECORD = st.builds(
    Mixed,
    where=st.just(Where("made")),
    host=st.none() | st.tuples(HOST, st.sampled_from(["", ".", ":443"])).map("".join) | st.just("1.2.3.4"),
    url=st.none() | URL | st.just("http://1.2.3.4:80/x"),
    text=st.none() | st.lists(WORD, min_size=1, max_size=3).map(" ".join),
    address=st.none() | ADDRESS,
    package=st.none() | PACKAGE,
    process=st.none() | PROCESS | PACKAGE.map(lambda p: p + ":s") | PACKAGE.map(lambda p: p[-15:]),
    name=st.none() | PIECE,
    parts=st.lists(PART, max_size=2).map(tuple),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(INDICATOR, max_size=12), RECORD)
def test_the_matcher_agrees_with_the_naive_one(indicators: list[Indicator], record: Mixed) -> None:
    watch = Matcher(indicators).watch(Mixed)
    found = {(hit.field, hit.indicator) for hit in watch(record)} if watch else set()
    assert found == naive(indicators, record)


@given(st.lists(INDICATOR, max_size=12), RECORD)
def test_a_hit_shows_what_stands_in_the_record(indicators: list[Indicator], record: Mixed) -> None:
    watch = Matcher(indicators).watch(Mixed)
    for hit in watch(record) if watch else []:
        seen = [value for name, _, value in fields(record) if name == hit.field]
        assert any(re.search(re.escape(hit.value), value) for value in seen)
