"""The defects of MVT 2026.10.26 that we measured (peers.md, 3.2 to 3.4) and that must never be ours.

One test for each that concerns Android, indicators or the command line, on real input through the whole program. The
number is that of the table in 3.2. Not yet, since there are no iPhone sources: #3, #4 (paths without their first `/` in
file systems and manifests), #5 (own and group messages), #6 (`attributedBody`), #9 (images rooted elsewhere), #20
(threat notifications); of 3.3: Safari redirects, gaps in `DataUsage`, apps from outside the App Store; of 3.4: a
`decrypt-backup` that leaves no usable database. Of #16 the tombstone of a root or shell process is no finding here yet;
the record is there, and matches indicators.
"""

import functools
import json
import os
import zlib
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import NamedTuple

import pytest

from svitac import discover
from svitac.api import Keys, Result, check, options
from svitac.cli import main
from svitac.cli.given import allow_list
from svitac.indicators.load import load
from tests import make

GETPROP = b"[persist.sys.timezone]: [Europe/Belgrade]\n[ro.build.version.release]: [14]\n"
SHA512 = "ab" * 64


def bundle(*patterns, **more):
    """A STIX bundle of the collection Spy with one indicator for each pattern."""
    spy = {"type": "malware", "spec_version": "2.1", "id": "malware--1", "name": "Spy", "is_family": True}
    objects = [spy]
    for number, pattern in enumerate(patterns, 1):
        indicator = {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{number}", "pattern": pattern}
        objects.append(indicator | {"pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"} | more)
        link = {"type": "relationship", "id": f"relationship--{number}", "relationship_type": "indicates"}
        objects.append(link | {"source_ref": f"indicator--{number}", "target_ref": "malware--1"})
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


@pytest.fixture(autouse=True)
def no_added_indicators(monkeypatch):
    monkeypatch.setenv("SVITAC_HOME", "/nonexistent")


@pytest.fixture
def look(tmp_path):
    """Check files of an acquisition with the indicators of these patterns and no others."""

    def done(files, *patterns, today=None, result="result", stix=None, **given):
        evidence = make.folder(tmp_path / "evidence", {"getprop.txt": GETPROP, **files})
        (tmp_path / "spy.stix2").write_text(stix or bundle(*patterns))
        known = load([tmp_path / "spy.stix2"], today)
        return check(evidence, tmp_path / result, options(known=known, **given), lambda path, done, of: None)

    return done


def packages(*items):
    return json.dumps(list(items)).encode()


def app(name, installer="com.android.vending", **more):
    return {
        "name": name,
        "installer": installer,
        "uid": 10100,
        "system": False,
        "third_party": True,
        "files": [],
        **more,
    }


def files(*paths, mode="-rw-r--r--", **more):
    return json.dumps([{"path": path, "mode": mode, "size": 1, **more} for path in paths]).encode()


def backup(*bodies, address="+381601234567"):
    """A backup of messages."""
    rows = [{"address": address, "body": body, "date": "1700000000000", "type": "1"} for body in bodies]
    name = "apps/com.android.providers.telephony/d_f/000000_sms_backup"
    return {"backup.ab": make.backup({name: zlib.compress(json.dumps(rows).encode())})}


def events(*rows):
    lines = (
        json.dumps({kind: {"event_id": n, "event_time": 1780000000000 + n, **row}})
        for n, (kind, row) in enumerate(rows)
    )
    return {"Intrusion Logging/2026-05-28.txt": "\n".join(lines).encode() + b"\n"}


def found(answer, rule="any.indicator"):
    assert [p.detail for p in answer.problems if p.bug] == []
    return {f.subject for f in answer.findings if f.rule == rule}


def rows(answer, artifact):
    return next(row for row in answer.coverage if row.artifact == artifact)


class Done(NamedTuple):
    """How the command line ended."""

    exit_code: int
    stdout: str
    stderr: str


def run(*words):
    """The command line in this process, so that a test can break a part of it."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return Done(end.value.code, out.getvalue(), err.getvalue())


# 3.2, what was missed -----------------------------------------------------------------------------------------------


def test_01_no_pattern_keeps_the_others_from_being_used(look):
    """One `=` too many, OR, IN, MATCHES or nonsense aborts MVT's load of every file."""
    answer = look(
        {"packages.json": packages(app("org.spy.one"), app("org.spy.two"), app("org.spy.three")),
         **backup("see https://evil.example/a?b=c")},
        "[url:value='https://evil.example/a?b=c']",
        "[app:id='org.spy.one' OR app:id='org.spy.two']",
        "[app:id MATCHES '^org[.]spy[.]th']",
        "[app:id = ",
        "[domain-name:value IN ('a.example', 'evil.example')]",
    )  # fmt: skip
    assert {"package org.spy.one", "package org.spy.two", "domain evil.example"} < found(answer)
    assert "url https://evil.example/a?b=c" in found(answer)
    assert "package ^org[.]spy[.]th" in found(answer)
    assert len([p for p in answer.problems if p.where.path.endswith("spy.stix2")]) == 1


def test_02_indicators_without_any_domain_check_everything_they_can(look):
    """MVT then aborts the checks of every module that reads links, and says 0 alerts."""
    sender = backup("no link", "see https://good.example/")
    answer = look({"packages.json": packages(app("com.client.appA")), **sender}, "[app:id='com.client.appA']")
    assert found(answer) == {"package com.client.appA"}
    assert rows(answer, "android.sms").records == 2


@pytest.mark.parametrize(
    "text", ["go to evil.example/xyz", "hxxps://evil[.]example/x", "www.evil.example", "EVIL.example."]
)
def test_07_links_need_no_scheme(look, text):
    """MVT looks for `https?://` alone."""
    assert found(look(backup(text), "[domain-name:value='evil.example']")) == {"domain evil.example"}


@pytest.mark.parametrize(
    "link",
    [
        "https://a.b.evil.example/", "https://a.x.b.evil.example/", "https://b.evil.example:8443/x",
        "https://user:pw@b.evil.example/", "https://b.evil.example./", "https://B.EVIL.example",
    ],
)  # fmt: skip
def test_08_a_domain_is_found_below_with_port_user_and_final_dot(look, link):
    """MVT compares the whole host and the registrable domain only: 3.2 % of real indicators missed."""
    assert found(look(backup(f"see {link}"), "[domain-name:value='b.evil.example']")) == {"domain b.evil.example"}


@pytest.mark.parametrize("name", ["bücher.example", "сајт.example"])
def test_08_a_domain_in_its_own_letters_and_in_punycode_is_one(look, name):
    code = name.encode("idna").decode()
    for published, seen in ((name, code), (code, name)):
        pattern = f"[domain-name:value='{published}']"
        assert found(look(backup(f"https://{seen}/"), pattern)) == {f"domain {published}"}


@pytest.mark.parametrize("top", ["", "5a3e-uuid/"])
def test_10_an_acquisition_in_a_zip_needs_no_top_folder(tmp_path, top):
    """AndroidQF streams such zips since June 2026; MVT finds nothing in them and says 0 alerts."""
    content = {"getprop.txt": GETPROP, "packages.json": packages(app("com.serv.services", "null"))}
    (tmp_path / "x.zip").write_bytes(make.zipped({top + name: data for name, data in content.items()}))
    answer = check(tmp_path / "x.zip", tmp_path / "r", options(), lambda path, done, of: None)
    assert "package com.serv.services" in found(answer)


def test_11_androidqfs_own_encryption_is_opened(tmp_path):
    """MVT ends in a BadZipFile traceback."""
    sealed, identity = make.for_key(make.zipped({"packages.json": packages(app("com.serv.services", "null"))}))
    (tmp_path / "x.zip.age").write_bytes(sealed)
    keys = options(keys=Keys((identity,)))
    answer = check(tmp_path / "x.zip.age", tmp_path / "r", keys, lambda path, done, of: None)
    assert "package com.serv.services" in found(answer)


def test_12_a_broken_bug_report_costs_only_itself_and_everything_is_written(look, tmp_path):
    """MVT stops: no timeline, no alerts and no info, though eight modules had run."""
    broken = make.zipped({"main_entry.txt": b"x" * 5000})[:-25]
    answer = look({"packages.json": packages(app("org.spy")), "bugreport.zip": broken}, "[app:id='org.spy']")
    assert found(answer) == {"package org.spy"}
    assert [p.where.path for p in answer.problems] == ["bugreport.zip"]
    names = set(make.contents(tmp_path / "result"))
    assert {"findings.json", "coverage.json", "problems.jsonl", "manifest.json", "report.html"} <= names


def test_13_one_odd_record_does_not_hide_the_next(look):
    """A package without `installer` ends the indicator check of MVT's module."""
    odd = [{"name": "org.odd"}, {"name": 7}, "text", None, {"name": "org.b", "files": "x", "installer": []}]
    answer = look({"packages.json": packages(*odd, app("org.spy"))}, "[app:id='org.spy']")
    assert found(answer) == {"package org.spy"}
    assert len(answer.problems) >= 3


SIDELOADED = [
    "null", "adb", "com.android.shell", "com.miui.packageinstaller", "com.google.android.packageinstaller",
    "com.samsung.android.packageinstaller", "org.telegram.messenger", "com.whatsapp", "com.android.chrome",
]  # fmt: skip
ENABLED = """ACCESSIBILITY MANAGER (dumpsys accessibility)

currentUserId=0
User state[
     Bound services:{}
     Enabled services:{%s}
     Binding services:{}
]
"""


def reader(*apps):
    """A dump of apps with an enabled accessibility service."""
    names = ",".join(f"{{{name}/{name}.Service}}" for name in apps)
    return {"dumpsys_accessibility.txt": (ENABLED % names).encode()}


def test_14_whoever_is_no_store_sideloaded_the_app(look):
    """MVT knows the installer `null` and two others; not `adb`, makers' installers, messengers or browsers."""
    apps = {f"org.app{n}": installer for n, installer in enumerate(SIDELOADED)}
    unsaid = {"org.unsaid": "", "org.unsaid2": None}
    every = {**apps, **unsaid, "org.bought": "com.android.vending"}
    listed = packages(*(app(name, installer) for name, installer in every.items()))
    answer = look({"packages.json": listed, **reader(*every)}, "[app:id='x.y']")
    levels = {f.subject: f.level for f in answer.findings if f.rule == "android.accessibility_by_sideloaded_app"}
    expected = dict.fromkeys(apps, "high") | dict.fromkeys(unsaid, "low")
    assert levels == {f"accessibility of {name}": level for name, level in expected.items()}


def test_15_a_writable_root_is_told(look):
    """MVT passes by `/`, where the system lies since Android 10."""
    answer = look({"mounts.json": b'["/dev/block/dm-4 on / type ext4 (rw,seclabel)"]'}, "[app:id='x.y']")
    assert found(answer, "android.system_mounted_writable") == {"mount /"}


def test_16_rules_need_no_indicators(tmp_path):
    """Without any, MVT does not even look at `/data/local/tmp`."""
    evidence = make.folder(
        tmp_path / "e", {"getprop.txt": GETPROP, "files.json": files("/data/local/tmp/x", mode="-rwxr-xr-x")}
    )
    done = run("check", evidence, "--no-shipped", "--json")
    assert done.exit_code == 1
    assert [f["subject"] for f in json.loads(done.stdout)["findings"]] == ["program /data/local/tmp/x"]


def test_17_a_root_tool_is_checked_like_any_app(look):
    """MVT goes on to the next package before it has compared this one."""
    answer = look({"packages.json": packages(app("com.topjohnwu.magisk"))}, "[app:id='com.topjohnwu.magisk']")
    assert found(answer) == {"package com.topjohnwu.magisk"}


def test_18_hashes_and_addresses_are_used_wherever_they_stand(look):
    """MVT uses hashes in two modules, and e-mail addresses in none that holds messages."""
    listed = files("/sdcard/Download/a.apk", sha256="cd" * 32)
    mail = backup("hello", address="bad@evil.example")
    answer = look(
        {"files.json": listed, **mail},
        f"[file:hashes.'SHA-256'='{'cd' * 32}']",
        "[email-addr:value='bad@evil.example']",
    )
    assert found(answer) == {f"hash {'cd' * 32}", "email bad@evil.example"}


def test_19_revoked_indicators_do_not_fire(look):
    answer = look({"packages.json": packages(app("org.spy"))}, stix=bundle("[app:id='org.spy']", revoked=True))
    assert found(answer) == set()
    assert any("revoked" in p.detail for p in answer.problems)


def test_19_expired_indicators_do_not_fire_after_their_day(look):
    """The day is the analyst's to give: a result must not change by itself overnight."""
    seen = {"packages.json": packages(app("org.spy"))}
    stix = bundle("[app:id='org.spy']", valid_until="2025-01-01T00:00:00Z")
    assert found(look(seen, stix=stix, today=date(2025, 6, 1))) == set()
    assert found(look(seen, stix=stix, today=date(2024, 6, 1))) == {"package org.spy"}


def test_19_no_kind_of_indicator_is_passed_by_in_silence(look):
    """MVT ignores IPv6 addresses, SHA-512 and folders."""
    contact = events(("connect_event", {"ip_address": "/2001:db8::9", "port": 443, "package_name": "org.a"}))
    answer = look(
        {"files.json": files("/data/local/tmp/spy/run", sha512=SHA512), **contact},
        "[ipv6-addr:value='2001:db8::9']",
        f"[file:hashes.'SHA-512'='{SHA512}']",
        "[directory:path='/data/local/tmp/spy']",
        "[mutex:name='x']",
    )
    assert found(answer) == {"ip 2001:db8::9", f"hash {SHA512}", "path /data/local/tmp/spy"}
    assert any("mutex" in p.detail for p in answer.problems)


def test_21_a_process_name_that_linux_cut_is_found(look):
    """The kernel keeps 15 bytes: of an app the last ones, of a program the first."""
    process = {
        "pid": 5301,
        "uid": 0,
        "ppid": 1,
        "state": "S",
        "command_line": [],
        "path": "",
        "context": "",
        "env": None,
    }
    seen = json.dumps([process | {"filename": "(very_long_impla)"}]).encode()
    answer = look({"processes.json": seen}, "[process:name='very_long_implant_name']")
    (finding,) = answer.findings
    assert finding.subject == "process very_long_implant_name"
    assert finding.certainty == "possible", "a cut name is never certain"


@pytest.mark.parametrize("host", ["web.evil.example", "whatsapp-x.example", "wwwevil.example"])
def test_22_no_letter_of_a_host_is_eaten(look, host):
    """`lstrip("www.")` made `atsapp-x.example` of the second, up to 2026.7.29."""
    assert found(look(backup(f"https://{host}/"), f"[domain-name:value='{host}']")) == {f"domain {host}"}
    eaten = host.lstrip("w.")
    assert found(look(backup(f"https://{host}/"), f"[domain-name:value='{eaten}']")) == set()


# 3.3, what was reported and should not be ---------------------------------------------------------------------------


def test_a_path_ends_where_it_ends(look):
    """MVT compares beginnings: `/tmp/l/` raised 27 false alerts in one backup."""
    seen = files("/tmp/look_127", "/data/local/tmp/foobar", "/data/local/tmp/foo/x", "/tmp/l/y")
    answer = look({"files.json": seen}, "[file:path='/tmp/l/']", "[file:path='/data/local/tmp/foo']")
    places = {f.subject: [p.where.spot for p in f.places] for f in answer.findings if f.rule == "any.indicator"}
    assert places == {"path /data/local/tmp/foo": ["item 3"], "path /tmp/l/": ["item 4"]}


def test_an_address_is_a_number_and_not_a_text(look):
    """MVT raises CRITICAL on 11.2.3.45 for 1.2.3.4."""
    seen = [
        ("connect_event", {"ip_address": f"/{ip}", "port": 443, "package_name": "org.a"})
        for ip in ("11.2.3.45", "1.2.3.40")
    ]
    dns = ("dns_event", {"hostname": "good.example", "ip_addresses": ["/21.2.3.4"], "package_name": "org.a"})
    answer = look(events(*seen, dns), "[ipv4-addr:value='1.2.3.4']")
    assert found(answer) == set()
    assert (rows(answer, "android.intrusion_connections").records, rows(answer, "android.intrusion_dns").records) == (
        2,
        1,
    )


def test_mounts_beside_the_system_and_without_access_times_are_no_finding(look):
    seen = json.dumps(["/dev/a on /productx type ext4 (rw)", "/dev/b on /vendor/dsp type ext4 (ro,noatime)"]).encode()
    answer = look({"mounts.json": seen}, "[app:id='x.y']")
    assert answer.findings == []
    assert rows(answer, "android.mounts").records == 2


def test_a_password_manager_from_a_store_is_no_finding(look):
    """MVT reports every accessibility service."""
    seen = {"packages.json": packages(app("com.x8bit.bitwarden")), **reader("com.x8bit.bitwarden")}
    assert look(seen, "[app:id='x.y']").findings == []


def test_visiting_a_site_is_not_an_infection(look):
    """MVT says CRITICAL for a link in a message, for a visit, and for the implant alike."""
    pattern = "[domain-name:value='vendor.example']"
    received = look(backup("read https://vendor.example/news"), pattern).findings[0]
    assert (received.level, received.stage) == ("medium", "exposed")
    visit = events(("dns_event", {"hostname": "www.vendor.example", "ip_addresses": [], "package_name": "org.browser"}))
    visited = next(f for f in look({"backup.ab": b"", **visit}, pattern).findings)
    assert (visited.level, visited.stage) == ("high", "visited")


def test_a_bad_indicator_of_a_feed_can_be_answered_on_the_spot(look, tmp_path):
    """MVT has no allow-list."""
    (tmp_path / "allow.yaml").write_text("- {kind: domain, value: cdn.example, reason: shared host, by: ana}\n")
    answer = look(
        backup("https://cdn.example/x"),
        "[domain-name:value='cdn.example']",
        allow=allow_list([tmp_path / "allow.yaml"]),
    )
    assert [(f.level, f.allowed) for f in answer.findings] == [("info", "shared host")]


def test_a_process_name_is_compared_with_processes(look):
    """MVT compares it with every folder of a path, and with app names."""
    seen = {"files.json": files("/sdcard/bh/x", "/data/bh"), "packages.json": packages(app("bh.bh"))}
    assert found(look(seen, "[process:name='bh']")) == set()


# 3.4, what went wrong in silence ------------------------------------------------------------------------------------


def test_every_finding_is_printed_and_tells_in_the_exit_code(tmp_path):
    """`check-iocs` always prints 0 of every level, and exit codes are 0 whatever was found."""
    evidence = make.folder(tmp_path / "e", {"packages.json": packages(app("com.serv.services", "null"))})
    (tmp_path / "x.csv").write_text("type,value\npackage,com.serv.services\n")
    done = run("check", evidence, "-o", tmp_path / "r", "-i", tmp_path / "x.csv")
    critical = [f for f in Result(tmp_path / "r").findings() if f.level == "critical"]
    assert critical
    assert sum(line.startswith("CRITICAL") for line in done.stdout.splitlines()) == len(critical)
    assert done.exit_code == 1


@pytest.mark.parametrize("form", ["backup.ab", "x.zip.age"])
def test_what_is_locked_is_never_called_clean(tmp_path, form):
    """MVT prints a line in the middle, then 0 alerts, and exits with 0."""
    locked = make.backup({"a": b"b"}, password="x") if form == "backup.ab" else make.for_key(b"PK")[0]
    (tmp_path / form).write_bytes(locked)
    done = run("check", tmp_path / form, "-o", tmp_path / "r")
    assert done.exit_code == 4
    assert "--password-file" in done.stderr or "--key" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "r").exists()


def test_a_locked_backup_beside_what_was_read_is_told_in_the_exit_code(tmp_path):
    sealed = make.backup({"a": b"b"}, password="x")
    evidence = make.folder(tmp_path / "e", {"getprop.txt": GETPROP, "backup.ab": sealed})
    assert run("check", evidence).exit_code == 3


def _raise(*_):
    raise KeyError("installer")


def _die(*_):
    os._exit(1)


def _trap(*_):
    os.kill(os.getpid(), 9)


@pytest.mark.parametrize("accident", [_raise, _die, _trap])
def test_a_reader_that_fails_shows_in_coverage_exit_code_and_report(tmp_path, monkeypatch, accident):
    """In MVT it leaves a line in a log; panel, info and exit code say that all is well."""
    usual = discover.artifacts()

    def broken(one):
        return replace(one, parse=functools.wraps(one.parse)(accident)) if one.id == "android.packages" else one

    monkeypatch.setattr(discover, "artifacts", lambda: tuple(map(broken, usual)))
    spy = packages(app("org.spy"))
    evidence = make.folder(tmp_path / "e", {"getprop.txt": GETPROP, "packages.json": spy})
    done = run("check", evidence, "-o", tmp_path / "r", "--jobs", "1")
    result = Result(tmp_path / "r")
    row = next(row for row in result.coverage() if row.artifact == "android.packages")
    assert (row.records, row.unread) == (0, 1)
    assert done.exit_code == 3
    assert any(p.artifact == "android.packages" for p in result.problems())
    assert "packages.json" in (tmp_path / "r" / "report.html").read_text()


def test_two_sources_of_one_thing_are_both_kept(look, tmp_path):
    """MVT's bug-report module writes over the acquisition's `mounts.json`: 205 rows gone."""
    mountinfo = b"24 1 254:4 / / ro,relatime shared:1 - ext4 /dev/root ro,seclabel\n"
    text = b"== dumpstate: 2024-02-22 10:05:00\n"
    inside = {"main_entry.txt": b"bugreport.txt", "bugreport.txt": text, "FS/proc/1/mountinfo": mountinfo}
    mounts = b'["/dev/a on / type ext4 (ro)", "/dev/b on /data type f2fs (rw)"]'
    seen = {"mounts.json": mounts, "bugreport.zip": make.zipped(inside)}
    answer = look(seen, "[app:id='x.y']")
    assert rows(answer, "android.mounts").records == 3
    assert {name.partition("!/")[0] for name in rows(answer, "android.mounts").found} == {
        "mounts.json",
        "bugreport.zip",
    }


def test_nothing_of_an_earlier_result_stays_and_nothing_of_others_is_touched(look, tmp_path):
    """MVT writes over what is there, and leaves the files of the run before among the new ones."""
    look({"packages.json": packages(app("org.spy"))}, "[app:id='org.spy']")
    assert (tmp_path / "result" / "records" / "android.packages.parquet").exists()
    (tmp_path / "evidence" / "packages.json").unlink()
    look({}, "[app:id='org.spy']")
    assert not (tmp_path / "result" / "records" / "android.packages.parquet").exists()
    make.folder(tmp_path / "mine", {"notes.txt": b"work"})
    with pytest.raises(FileExistsError):
        look({}, "[app:id='org.spy']", result="mine")
    assert make.contents(tmp_path / "mine") == {"notes.txt": b"work"}


def test_nothing_to_read_is_an_error(tmp_path):
    """A wrong folder gives MVT an empty result and exit code 0."""
    assert run("check", make.folder(tmp_path / "e", {"holiday.jpg": b"\xff\xd8"})).exit_code == 4


def test_absent_empty_and_failed_look_different(look):
    """In MVT all three are a file that is not there."""
    answer = look({"packages.json": b"[]", "files.json": b"\x00\x01", "mounts.json": b"[]"}, "[app:id='x.y']")
    absent, empty, failed = (rows(answer, f"android.{name}") for name in ("processes", "packages", "files"))
    assert (absent.found, absent.unread) == ((), 0)
    assert (bool(empty.found), empty.records, empty.unread) == (True, 0, 0)
    assert (bool(failed.found), failed.records, failed.unread) == (True, 0, 1)
