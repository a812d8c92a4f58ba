"""All the real indicator sets: the counts, the recall, and the false hits that others have."""

from __future__ import annotations

import ipaddress
import json
from functools import cache

import pytest

from svitac.indicators import index, normal, stix, yara
from svitac.indicators.load import load
from svitac.indicators.match import Matcher
from svitac.indicators.model import Indicator, Loaded, Pattern
from svitac.model import Kind, Loss
from tests.indicators.test_stix import oasis_accepts
from tests.support import SHARED, needs_shared

pytestmark = needs_shared
FOLDER = SHARED / "indicators"


@cache
def everything() -> Loaded:
    return load([FOLDER])


def of(kind: Kind, suffix: str = "") -> list[Indicator]:
    return [i for i in everything().indicators if i.kind is kind and suffix in i.source]


def test_every_file_is_read_and_nothing_is_lost_unsaid() -> None:
    stix_files = [s for s in everything().sources if s.name.endswith(".stix2")]
    assert len(stix_files) == 16
    refused = [p for p in everything().problems if ".stix2" in p.where.path]
    assert sum(s.count for s in stix_files) + len(refused) == 5713
    assert [p.detail for p in refused] == ["too broad: 'despachosnegocios' is a single label"]
    assert not [p for p in everything().problems if p.loss in (Loss.FILE, Loss.SOURCE)]
    lost = [p.detail for p in everything().problems if p.loss is Loss.ITEM and "is a test key" not in p.detail]
    assert len(lost) == 2, "the same single label, in the list and in the bundle"


def test_the_validator_accepts_every_real_pattern_we_accept() -> None:
    patterns = {
        thing["pattern"].split("=")[0]: thing["pattern"]
        for path in FOLDER.rglob("*.stix2")
        for thing in json.loads(path.read_bytes())["objects"]
        if thing["type"] == "indicator"
    }
    assert len(patterns) > 10
    for pattern in patterns.values():
        assert stix.parse(pattern)[0]
        assert oasis_accepts(pattern)


def test_every_domain_is_found_in_every_disguise() -> None:
    matcher = Matcher(everything().indicators)
    domains = of(Kind.DOMAIN)
    assert len(domains) > 6000
    for one in domains:
        host = one.value.lower()
        urls = (f"https://{host}/", f"http://{host}:8443/x", f"https://u:p@{host}/", f"https://zz.{host}/a?b=c#d")
        for seen in (*urls, f"https://{host}./", f"hxxps://{host.replace('.', '[.]')}"):
            assert one in matcher.find(Kind.URL, seen), seen
            assert one in matcher.find(Kind.TEXT, f"Click: {seen} now"), seen
        for seen in (host, f"{host}.", f"{host}:443", f"a.b.{host}", host.upper()):
            assert one in matcher.find(Kind.DOMAIN, seen), seen
        assert one in matcher.find(Kind.TEXT, f"go to {host}, please."), host


def test_neighbours_of_addresses_are_left_alone() -> None:
    matcher = Matcher(everything().indicators)
    published = {i.value for i in of(Kind.IP)}
    tried = 0
    for text in sorted(published):
        if "/" in text:
            continue
        for near in (f"1{text}", f"2{text}", f"{text}0", f"{text}5", text[1:], text[:-1]):
            try:
                ipaddress.ip_address(near)
            except ValueError:
                continue
            if near not in published:
                tried += 1
                for kind in (Kind.IP, Kind.DOMAIN, Kind.TEXT):
                    assert matcher.find(kind, near) == [], (text, near)
    assert tried >= 271


def test_paths_end_where_they_end() -> None:
    matcher = Matcher(everything().indicators)
    assert matcher.find(Kind.PATH, "/tmp/look_127") == []
    assert matcher.find(Kind.PATH, "/private/tmp/l/x")
    for one in of(Kind.PATH):
        plain = one.value.rstrip("/")
        assert one in matcher.find(Kind.PATH, plain)
        assert one not in matcher.find(Kind.PATH, plain + "_127")
        assert one in matcher.find(Kind.PATH, plain.removeprefix("/private")), one.value
        assert one in matcher.find(Kind.PATH, plain.removeprefix("/")), "as a dump without its first slash has it"


@pytest.mark.parametrize(
    "kind", [Kind.HASH, Kind.CERTIFICATE, Kind.PACKAGE, Kind.PROCESS, Kind.EMAIL, Kind.PROPERTY, Kind.PROFILE]
)
def test_every_other_indicator_finds_itself(kind: Kind) -> None:
    matcher = Matcher(everything().indicators)
    for one in of(kind):
        assert one.pattern is Pattern.EXACT
        assert one in matcher.find(kind, one.value)


def test_novispy_is_whole_and_named() -> None:
    novispy = [i for i in everything().indicators if i.collection == "NoviSpy"]
    assert len(novispy) == 18
    assert {i.kind for i in novispy} >= {Kind.IP, Kind.HASH, Kind.PACKAGE, Kind.CERTIFICATE}
    assert all(i.source.startswith("amnesty-investigations/2024-12-16_serbia_novispy/novispy.stix2 ") for i in novispy)
    assert all(i.published == "2024-12-13" for i in novispy)


def test_the_index_gives_publications() -> None:
    packs, problems = index.parse((FOLDER / "mvt-indicators" / "indicators.yaml").read_text())
    assert len(packs) > 10
    assert not problems
    pegasus = next(i for i in everything().indicators if i.collection == "Pegasus")
    assert pegasus.publication.startswith("https://www.amnesty.org/")


def test_every_real_rule_compiles_or_says_why() -> None:
    pytest.importorskip("yara_x")
    assert len(everything().yara) == 4
    scanner = yara.compile(everything().yara)
    assert scanner
    assert len(scanner.rules) + len(scanner.problems) == 4


def test_the_same_twice() -> None:
    assert load([FOLDER]) == everything()
    assert normal.host(everything().indicators[-1].value)
