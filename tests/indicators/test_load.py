"""Reading files: every form, its traps, and that one bad indicator never costs another."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svitac.indicators.load import load, read_one
from svitac.indicators.model import Condition, Indicator, Loaded, Pattern
from svitac.model import Kind, Loss, Problem

SHA = "c384dcb33c37ca80f62d4df5a5f7c5f4c6c0d5cfc4b6a4b8b8cd8d10e8b0a6a1"
SHA1 = SHA[:40]


def loaded(tmp_path: Path, today: date | None = None, **files: str | bytes) -> Loaded:
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load([tmp_path], today)


def values(found: Loaded) -> set[tuple[str, str, str]]:
    return {(i.kind.value, i.value, i.collection) for i in found.indicators}


def details(found: Loaded) -> list[str]:
    return [f"{p.where}: {p.detail}" for p in found.problems]


# STIX ---------------------------------------------------------------------------------------------------------------


def one(n: int, pattern: str, **more: Any) -> dict[str, Any]:
    more = {"valid_from": "2024-05-06T00:00:00Z", **more}
    return {"type": "indicator", "id": f"indicator--{n}", "pattern_type": "stix", "pattern": pattern, **more}


def thing(kind: str, n: int, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"{kind}--{n}", "name": name, **more}


def indicates(n: int, target: str, **more: Any) -> dict[str, Any]:
    ends = {"source_ref": f"indicator--{n}", "target_ref": target}
    return {
        "type": "relationship",
        "id": f"relationship--{n}{target}",
        "relationship_type": "indicates",
        **ends,
        **more,
    }


def bundle(*objects: Any) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


def test_stix_collections_dates_and_references(tmp_path: Path) -> None:
    reference = {"external_references": [{"source_name": "x"}, {"url": "https://report.example/1"}]}
    text = bundle(
        indicates(1, "malware--1"),
        one(1, "[domain-name:value='evil.example']", confidence=90, description="C2\nserver"),
        one(2, "[app:id='org.evil']"),
        one(3, "[process:name='evild']"),
        thing("malware", 1, "Evil"),
        thing("report", 1, "On Evil", published="2024-12-16T00:00:00Z", object_refs=["indicator--2", "malware--1"])
        | reference,
    )
    found = loaded(tmp_path, set_DOT_stix2=text)
    assert not found.problems
    assert list(found.indicators) == [
        Indicator(
            kind=Kind.DOMAIN,
            value="evil.example",
            collection="Evil",
            source="set.stix2 indicator--1",
            publication="https://report.example/1",
            published="2024-12-16",
            confidence="confirmed",
            note="C2 server",
        ),
        Indicator(
            kind=Kind.PACKAGE,
            value="org.evil",
            collection="On Evil",
            source="set.stix2 indicator--2",
            publication="https://report.example/1",
            published="2024-12-16",
        ),
        Indicator(
            kind=Kind.PROCESS,
            value="evild",
            collection="set",
            source="set.stix2 indicator--3",
            published="2024-05-06",
        ),
    ]


def test_stix_keeps_every_attribution(tmp_path: Path) -> None:
    text = bundle(
        one(1, "[app:id='org.evil']"),
        thing("malware", 1, "Evil"),
        thing("threat-actor", 1, "Actor"),
        indicates(1, "malware--1"),
        indicates(1, "threat-actor--1"),
    )
    assert values(loaded(tmp_path, set_DOT_json=text)) == {
        ("package", "org.evil", "Evil"),
        ("package", "org.evil", "Actor"),
    }


def test_revoked_and_expired_are_dropped_and_counted(tmp_path: Path) -> None:
    text = bundle(
        one(1, "[app:id='org.a']", revoked=True),
        one(2, "[app:id='org.b']"),
        indicates(2, "malware--1"),
        thing("malware", 1, "Retracted", revoked=True),
        one(3, "[app:id='org.c']", valid_until="2025-01-01T00:00:00Z"),
        one(4, "[app:id='org.d']"),
    )
    found = loaded(tmp_path, set_DOT_stix2=text)
    assert [i.value for i in found.indicators] == ["org.c", "org.d"], "without a date nothing expires"
    assert found.indicators[0].valid_until == "2025-01-01"
    assert [(p.detail, p.loss) for p in found.problems] == [
        ("2 indicators revoked by the publisher: not used", Loss.NONE)
    ]
    found = load([tmp_path], date(2025, 1, 1))
    assert [i.value for i in found.indicators] == ["org.c", "org.d"], "valid on its last day"
    found = load([tmp_path], date(2025, 1, 2))
    assert [i.value for i in found.indicators] == ["org.d"]
    assert "set.stix2: 1 indicator no longer valid on 2025-01-02: not used" in details(found)


def test_the_last_version_of_an_object_counts(tmp_path: Path) -> None:
    text = bundle(
        one(1, "[app:id='org.new']", modified="2025-01-01T00:00:00Z"),
        one(1, "[app:id='org.old']", modified="2024-01-01T00:00:00Z"),
    )
    assert [i.value for i in loaded(tmp_path, set_DOT_stix2=text).indicators] == ["org.new"]


def test_one_bad_pattern_costs_itself(tmp_path: Path) -> None:
    text = bundle(
        one(1, "[url:value='https://evil.example/?a=b']"),
        one(2, "[broken"),
        one(3, "[domain-name:value != 'a.example']"),
        one(4, "[mutex:name = 'x' OR app:id = 'org.evil']"),
        one(5, "[app:id = 'org.evil' AND app:cert.sha1 = '" + SHA1 + "']"),
        one(6, "[domain-name:value = 'com']"),
        one(7, "rule x { condition: true }", pattern_type="yara"),
        one(8, "alert tcp", pattern_type="snort"),
        one(9, "[domain-name:value MATCHES '(a+)+$']"),
        {"type": "indicator", "id": "indicator--10"},
        "not an object",
        one(11, "[domain-name:value LIKE '%.evil.example']"),
    )
    found = loaded(tmp_path, set_DOT_stix2=text)
    assert values(found) == {
        ("url", "https://evil.example/?a=b", "set"),
        ("package", "org.evil", "set"),
        ("domain", "%.evil.example", "set"),
    }
    assert [i.also for i in found.indicators if i.also] == [(Condition(Kind.CERTIFICATE, SHA1),)]
    assert [i.pattern for i in found.indicators if i.kind is Kind.DOMAIN] == [Pattern.LIKE]
    assert [y.text for y in found.yara] == ["rule x { condition: true }"]
    said = "\n".join(details(found))
    for n, words in [(2, "missing"), (3, "!="), (4, "mutex:name"), (6, "single label"), (8, "snort"), (9, "nested")]:
        assert any(f"indicator--{n}:" in line and words in line for line in said.split("\n")), (n, said)
    assert "object 11: an object without an id" in said


# MISP ---------------------------------------------------------------------------------------------------------------


def test_misp_events(tmp_path: Path) -> None:
    attributes = [
        {"type": "domain", "value": "evil.example", "to_ids": True, "uuid": "u1", "comment": "C2"},
        {"type": "domain|ip", "value": "a.evil.example|203.0.113.9", "to_ids": True},
        {"type": "ip-dst|port", "value": "203.0.113.10|443", "to_ids": True},
        {"type": "filename|sha256", "value": f"x.apk|{SHA}", "to_ids": True},
        {"type": "hostname", "value": "quiet.example", "to_ids": False},
        {"type": "hostname", "value": "gone.example", "to_ids": True, "deleted": True},
        {"type": "link", "value": "https://report.example/2", "to_ids": False},
        {"type": "mutex", "value": "x", "to_ids": True},
        {"type": "domain", "value": "broken_", "to_ids": True},
        {"type": "stix2-pattern", "value": "[app:id = 'org.evil']", "to_ids": True},
    ]
    objects = [{"name": "file", "Attribute": [{"type": "mobile-application-id", "value": "org.evil.two"}]}]
    event = {"Event": {"info": "Evil", "date": "2024-01-02", "Attribute": attributes, "Object": objects}}
    found = loaded(
        tmp_path,
        event_DOT_json=json.dumps({"response": [event]}),
        manifest_DOT_json=json.dumps({"u": {"info": "Evil", "Orgc": {}}}),
    )
    assert {(i.kind.value, i.value, i.note) for i in found.indicators} == {
        ("domain", "evil.example", "C2"),
        ("domain", "a.evil.example", ""),
        ("ip", "203.0.113.9", ""),
        ("ip", "203.0.113.10", ""),
        ("hash", SHA, "x.apk"),
        ("package", "org.evil", ""),
        ("package", "org.evil.two", ""),
    }
    assert {(i.collection, i.publication, i.published) for i in found.indicators} == {
        ("Evil", "https://report.example/2", "2024-01-02")
    }
    assert details(found) == [
        "event.json, attribute 8: attributes of type 'mutex' are not supported",
        "event.json, attribute 9: too broad: 'broken_' is a single label",
        "event.json: 2 indicators deleted or marked as not for detection: not used",
    ]


# lists and tables ---------------------------------------------------------------------------------------------------


def test_plain_lists_by_their_names(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        **{
            "2024-12-16_serbia__domains_DOT_txt": "# servers\n\nevil.example \nevil.example/x\n203.0.113.9\nmyhost\n"
            "bad domain\nlast.example",
            "2024-12-16_serbia__v2_domains_DOT_txt": "second.example",
            "2024-12-16_serbia__package_cert_hashes_DOT_txt": SHA.upper() + "   \r\n",
            "2024-12-16_serbia__sha256_DOT_txt": f"{SHA} # dropper\n{SHA[:-1]}\n",
            "2024-12-16_serbia__package_names_DOT_txt": "org.evil.app\n",
            "2024-12-16_serbia__indicators__ips_DOT_txt": "203.0.113.0/24\n127.0.0.1\n",
            "2024-12-16_serbia__files_DOT_txt": "evil.so\n/data/local/tmp/evil/x\n",
            "2024-12-16_serbia__file_paths_DOT_txt": "/data/local/tmp\n/tmp/l/\n",
            "2024-12-16_serbia__emails_DOT_txt": "bad@evil.example\n",
            "2024-12-16_serbia__processes_DOT_txt": "bh",
            "2024-12-16_serbia__android_properties_DOT_txt": "sys.brand.note\n",
            "2024-12-16_serbia__config_profiles_DOT_txt": "76DAB334-7E17-475D-A5D6-0794EB5818A5\n",
        },
    )
    assert {c for _, _, c in values(found)} == {"serbia"}
    assert {i.published for i in found.indicators} == {"2024-12-16"}
    assert {(k, v) for k, v, _ in values(found)} == {
        ("domain", "evil.example"),
        ("url", "evil.example/x"),
        ("ip", "203.0.113.9"),
        ("domain", "last.example"),
        ("domain", "second.example"),
        ("certificate", SHA.upper()),
        ("hash", SHA),
        ("package", "org.evil.app"),
        ("ip", "203.0.113.0/24"),
        ("filename", "evil.so"),
        ("path", "/data/local/tmp/evil/x"),
        ("path", "/tmp/l/"),
        ("email", "bad@evil.example"),
        ("process", "bh"),
        ("property", "sys.brand.note"),
        ("profile", "76DAB334-7E17-475D-A5D6-0794EB5818A5"),
    }
    assert details(found) == [
        "2024-12-16_serbia/domains.txt, line 6: too broad: 'myhost' is a single label",
        "2024-12-16_serbia/domains.txt, line 7: not a domain: 'bad domain'",
        "2024-12-16_serbia/file_paths.txt, line 1: too broad: the path '/data/local/tmp'",
        "2024-12-16_serbia/indicators/ips.txt, line 2: too broad: '127.0.0.1' is on every device",
        f"2024-12-16_serbia/sha256.txt, line 2: not a hash: '{SHA[:60]}'",
    ]


def test_a_list_without_a_telling_name_is_guessed_by_value(tmp_path: Path) -> None:
    text = (
        f"evil.example\nhxxps://evil[.]example/x\n203.0.113.9\n{SHA}\na@evil.example\ncom.evil.app\n/var/tmp/x\n???\n"
    )
    found = loaded(tmp_path, new_DOT_txt=text)
    assert {k for k, _, _ in values(found)} == {"domain", "url", "ip", "hash", "email", "package", "path"}
    assert details(found) == ["new.txt, line 8: not recognised: '???'"]


@pytest.mark.parametrize(
    "value", ["co.uk", "com", "www.org", "0.0.0.0/0", "::/3", "/", "/private/var/", "*", "https://com/"]
)
def test_what_matches_half_the_world_is_refused(tmp_path: Path, value: str) -> None:
    name = {"/": "paths", "*": "files", "0": "ips", ":": "ips", "h": "urls"}.get(value[0], "domains")
    found = loaded(tmp_path, **{f"{name}_DOT_txt": value})
    assert not found.indicators
    assert "too broad" in found.problems[0].detail


def test_csv(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        typed_DOT_csv="type,indicator,confidence,comment\n"
        f"domain,evil.example,unconfirmed,C2\nsha256,{SHA},,\npackage,org.evil.app,,\nmutex,xx y,,\n",
        samples_DOT_csv=f"SHA256,Package Name,Certificate,Version,App\n{SHA},com.evil,{SHA1},9,EvilApp\n",
        pairs_DOT_csv='domain_name,ip_address\n"two.example","203.0.113.9"\n',
        ips_DOT_csv="203.0.113.7\n",
    )
    assert values(found) == {
        ("domain", "evil.example", "typed"),
        ("hash", SHA, "typed"),
        ("package", "org.evil.app", "typed"),
        ("hash", SHA, "EvilApp"),
        ("package", "com.evil", "EvilApp"),
        ("certificate", SHA1, "EvilApp"),
        ("domain", "two.example", "pairs"),
        ("ip", "203.0.113.9", "pairs"),
        ("ip", "203.0.113.7", "ips"),
    }
    samples = {i.kind: i.confidence for i in found.indicators if i.collection == "EvilApp"}
    assert samples == {Kind.HASH: "", Kind.PACKAGE: "unconfirmed", Kind.CERTIFICATE: "unconfirmed"}
    evil = next(i for i in found.indicators if i.value == "evil.example")
    assert (evil.confidence, evil.note, evil.source) == ("unconfirmed", "C2", "typed.csv line 2")
    assert details(found) == ["typed.csv, line 5: no indicator we know of in 'mutex,xx y,,'"]


# the rest -----------------------------------------------------------------------------------------------------------


def test_echap_yaml(tmp_path: Path) -> None:
    text = (
        "- name: EvilApp\n  type: stalkerware\n  packages:\n  - com.evil.app\n  - 7\n  certificates:\n"
        f"  - {SHA1.upper()}\n  websites:\n  - evil.example\n  c2:\n    ips:\n    - 203.0.113.9\n    domains:\n"
        "    - c2.example\n  distribution:\n  - dl.example\n  certificate_cname_re: x\n"
    )
    found = loaded(tmp_path, ioc_DOT_yaml=text)
    assert {(i.kind.value, i.value, i.note) for i in found.indicators} == {
        ("package", "com.evil.app", "stalkerware"),
        ("certificate", SHA1.upper(), "stalkerware"),
        ("domain", "evil.example", "stalkerware, website"),
        ("ip", "203.0.113.9", "stalkerware, server"),
        ("domain", "c2.example", "stalkerware, server"),
        ("domain", "dl.example", "stalkerware, distribution"),
    }
    assert {i.collection for i in found.indicators} == {"EvilApp"}
    assert details(found) == [
        "ioc.yaml, entry 1 (EvilApp): not a text: '7'",
        "ioc.yaml, entry 1 (EvilApp): certificate_cname_re is not used",
    ]


def test_an_index_gives_its_sets_their_publication(tmp_path: Path) -> None:
    index = (
        "indicators:\n- name: Evil\n  type: github\n  references: [https://report.example/3]\n"
        "  github: {owner: o, repo: r, branch: main, path: evil/evil.stix2}\n- name: no address\n"
    )
    found = loaded(
        tmp_path, indicators_DOT_yaml=index, copy__evil__evil_DOT_stix2=bundle(one(1, "[app:id='org.evil']"))
    )
    assert [i.publication for i in found.indicators] == ["https://report.example/3"]
    assert details(found) == ["indicators.yaml, entry 2: an entry without a name or a safe address"]


def test_what_is_no_indicator_is_passed_by_or_reported(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        README_DOT_md="x",
        LICENSE="x",
        tool_DOT_py="x",
        pic_DOT_png=b"\x89PNG",
        _DOT_git__domains_DOT_txt="hidden.example",
        table_DOT_xlsx=b"PK\x03\x04",
        odd_DOT_json='{"a": 1}',
        broken_DOT_json="{",
        deep_DOT_json="[" * 100_000,
        bomb_DOT_yaml="a: &a [x]\nb: [*a, *a]\n",
        rules_DOT_yar="rule a { condition: true }",
        words_DOT_txt="some words\nthat say nothing\n",
        empty_DOT_stix2=bundle(),
        binary_DOT_txt=b"\x00\x01\x02",
    )
    assert not found.indicators
    assert [y.name for y in found.yara] == ["rules.yar"]
    assert [p.where.path for p in found.problems] == [
        "binary.txt",
        "bomb.yaml",
        "broken.json",
        "deep.json",
        "odd.json",
        "table.xlsx",
        "words.txt",
    ]
    assert {p.loss for p in found.problems} == {Loss.FILE}


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    (problem,) = load([tmp_path / "nowhere.txt"]).problems
    assert "cannot be read" in problem.detail
    assert problem.where.path == "nowhere.txt"


def test_same_files_same_result_and_no_absolute_path(tmp_path: Path) -> None:
    lines = [f"a{n % 7}.example" for n in range(30)]
    first = loaded(tmp_path / "one", a__domains_DOT_txt="\n".join(lines), b__domains_DOT_txt="a1.example")
    again = loaded(tmp_path / "two", b__domains_DOT_txt="a1.example", a__domains_DOT_txt="\n".join(lines))
    assert first == again
    assert len(first.indicators) == 8, "seven in a, one of them in b too"
    assert [s.count for s in first.sources] == [30, 1]
    assert str(tmp_path) not in str(first)


@given(st.binary(max_size=200), st.sampled_from(["x.stix2", "domains.txt", "x.csv", "x.yaml", "x.json", "x.txt", "x"]))
def test_no_bytes_break_the_loader(data: bytes, name: str) -> None:
    assert all(isinstance(found, Problem | Indicator) for found in read_one(name, data))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "id", "objects", "Event", "Attribute", "Object", "value"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_breaks_the_loader(value: Any) -> None:
    odd = {"objects": [{"type": "indicator", "id": "indicator--1", "pattern": value, "valid_until": value}, value]}
    attributes = {"Event": {"info": value, "Attribute": [{"type": "domain", "value": value}, value], "Object": value}}
    for thing_ in (value, odd, attributes):
        assert all(isinstance(f, Problem | Indicator) for f in read_one("x.json", json.dumps(thing_).encode()))
