"""The program as a user runs it: its own process, its own exit code, its own streams."""

import json
import os
import re
import subprocess
import sys

import pytest

from svitac.cli import _commands, cli
from svitac.discover import artifacts, rules
from tests import make
from tests.support import HERE

SAMPLE = HERE.parent / "samples" / "androidqf-novispy"
GETPROP = b"[persist.sys.timezone]: [Europe/Belgrade]\n[ro.product.model]: [P1]\n"


def svitac(*words, home=None):
    env = {**os.environ, "SVITAC_HOME": str(home or "/nonexistent"), "COLUMNS": "100"}
    command = [sys.executable, "-m", "svitac", *map(str, words)]
    return subprocess.run(command, capture_output=True, env=env, check=False, text=True, encoding="utf-8")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    target = tmp_path_factory.mktemp("cli") / "result"
    done = svitac("check", SAMPLE, "-o", target)
    assert done.returncode == 1, done.stderr
    assert "NoviSpy: package com.serv.services" in done.stdout
    assert str(target / "report.html") in done.stdout
    return target


def test_json_is_one_document_on_standard_output():
    done = svitac("check", SAMPLE, "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert done.stderr == ""
    assert {"findings", "coverage", "problems", "kind"} == set(document)
    assert document["findings"][0]["level"] == "critical"


def test_nothing_is_kept_without_an_output_folder(tmp_path):
    evidence = make.folder(tmp_path / "e", {"getprop.txt": GETPROP})
    done = svitac("check", evidence)
    assert "Nothing was kept" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["e"]


def test_exit_codes_tell_clean_from_findings_from_unread(tmp_path):
    clean = make.folder(tmp_path / "clean", {"getprop.txt": GETPROP})
    partly = make.folder(tmp_path / "partly", {"getprop.txt": GETPROP, "packages.json": b'[{"name": "org.a"}, {"na'})
    nothing = make.folder(tmp_path / "nothing", {"packages.json": b"\x00\x01"})
    foreign = make.folder(tmp_path / "foreign", {"holiday.jpg": b"\xff\xd8\xff"})
    encrypted = make.folder(tmp_path / "enc", {"backup.ab": make.backup({"a": b"b"}, password="x")})
    codes = {p.name: svitac("check", p, "-q").returncode for p in (clean, partly, nothing, foreign, encrypted)}
    assert codes == {"clean": 0, "partly": 3, "nothing": 4, "foreign": 4, "enc": 4}
    assert svitac("check", tmp_path / "absent").returncode == 2
    assert svitac("check", SAMPLE, "-q").returncode == 1


def test_quiet_says_nothing_when_there_is_nothing_to_say(tmp_path):
    done = svitac("check", make.folder(tmp_path / "e", {"getprop.txt": GETPROP}), "-q")
    assert (done.stdout, done.stderr) == ("", "")


def test_an_encrypted_acquisition_says_how_to_open_it(tmp_path):
    sealed, identity = make.for_key(make.zipped(make.contents(SAMPLE)))
    (tmp_path / "x.zip.age").write_bytes(sealed)
    (tmp_path / "key.txt").write_text(f"# created: today\n{identity}\n")
    (tmp_path / "no-key.txt").write_text("hello\n")
    without = svitac("check", tmp_path / "x.zip.age")
    assert without.returncode == 4
    assert "--key" in without.stderr
    assert without.stdout == ""
    assert "no age identity" in svitac("check", tmp_path / "x.zip.age", "--key", tmp_path / "no-key.txt").stderr
    assert svitac("check", tmp_path / "x.zip.age", "--key", tmp_path / "key.txt", "-q").returncode == 1


def test_a_password_from_a_file_opens_a_backup(tmp_path):
    sms = "apps/com.android.providers.telephony/d_f/000000_sms_backup"
    (tmp_path / "backup.ab").write_bytes(make.backup({sms: make.SMS}, password="šifra"))
    (tmp_path / "password.txt").write_text("šifra\n", encoding="utf-8")
    done = svitac("check", tmp_path / "backup.ab", "--password-file", tmp_path / "password.txt", "--json")
    rows = {row["artifact"]: row["records"] for row in json.loads(done.stdout)["coverage"]}
    assert rows["android.sms"] == 1


def test_a_wrong_time_zone_is_told():
    done = svitac("check", SAMPLE, "--timezone", "Belgrade")
    assert done.returncode == 2
    assert "Europe/Belgrade" in done.stderr


def test_the_given_time_zone_wins(tmp_path):
    target = tmp_path / "r"
    svitac("check", SAMPLE, "-o", target, "--timezone", "Asia/Tokyo", "-q")
    assert set(json.loads((target / "manifest.json").read_text())["zones"].values()) == {"Asia/Tokyo"}


def test_a_folder_that_is_no_result_is_not_overwritten(tmp_path):
    make.folder(tmp_path / "mine", {"thesis.odt": b"work"})
    done = svitac("check", SAMPLE, "-o", tmp_path / "mine")
    assert done.returncode == 2
    assert "choose another folder" in done.stderr


def test_evidence_never_acts_on_the_terminal(tmp_path):
    hostile = "evil\x1b[31m\u202e.app"
    packages = json.dumps([{"name": hostile, "installer": "null", "system": False}]).encode()
    done = svitac("check", make.folder(tmp_path / "e", {"packages.json": packages}))
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "evil\\x1b[31m\\u202e.app" in done.stdout


def test_indicators_can_be_added_listed_explained_and_used(tmp_path):
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "domains.txt").write_text("bad.example.org\n")
    (tmp_path / "my" / "package_names.txt").write_text("com.x8bit.bitwarden\n")
    home = tmp_path / "home"
    assert "added 2 indicators" in svitac("indicators", "add", tmp_path / "my", home=home).stdout
    assert svitac("indicators", "add", tmp_path / "my", home=home).returncode == 2
    assert "NoviSpy" in svitac("indicators", "list", home=home).stdout
    told = svitac("indicators", "explain", "https://user@a.bad.example.org:8443/x", home=home)
    assert told.returncode == 0
    assert "bad.example.org" in told.stdout
    assert svitac("indicators", "explain", "good.example.org", home=home).returncode == 1
    found = json.loads(svitac("check", SAMPLE, "--json", home=home).stdout)["findings"]
    assert any(f["subject"] == "package com.x8bit.bitwarden" for f in found)


def test_what_holds_no_indicators_is_not_added(tmp_path):
    (tmp_path / "x.txt").write_text("\n")
    done = svitac("indicators", "add", tmp_path / "x.txt", home=tmp_path / "home")
    assert done.returncode == 4
    assert not (tmp_path / "home").exists()


def test_update_asks_before_it_connects():
    command = [sys.executable, "-m", "svitac", "indicators", "update"]
    done = subprocess.run(command, input="n\n", capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "This connects to https://" in done.stdout


def test_timeline_forms(result):
    table = svitac("timeline", result).stdout.splitlines()
    assert len(table) > 30
    lines = [json.loads(line) for line in svitac("timeline", result, "--format", "timesketch").stdout.splitlines()]
    assert len(lines) == len(table) - 1
    assert {"message", "datetime", "timestamp_desc"} <= set(lines[0])
    part = svitac("timeline", result, "--format", "jsonl", "--from", "2024-02-21", "--to", "2024-02-22").stdout
    assert 0 < len(part.splitlines()) < len(lines)


def test_records_forms(result):
    listed = svitac("records", result).stdout
    assert re.search(r"\b2\s+android.boot_history", listed)
    rows = svitac("records", result, "android.appops").stdout.splitlines()
    lines = svitac("records", result, "android.appops", "--format", "jsonl").stdout.splitlines()
    assert len(rows) - 1 == len(lines) == 8
    assert rows[0].startswith("path,spot,package")
    assert svitac("records", result, "android.sms").returncode == 2
    assert svitac("records", result.parent).returncode == 4


def test_every_rule_and_artifact_is_explained():
    listed = svitac("explain").stdout
    for thing in (*rules(), *artifacts()):
        assert thing.id in listed
    assert "Looks the same:" in svitac("explain", "android.sideloaded_over_adb").stdout
    assert "Clock:" in svitac("explain", "android.appops").stdout
    near = svitac("explain", "appops")
    assert near.returncode == 2
    assert "android.appops" in near.stderr


def test_help_does_not_load_the_core():
    code = "import sys, svitac.cli as c\ntry: c.main(['--help'])\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("pyarrow", "duckdb", "svitac.artifacts", "jinja2", "yara_x"):
        assert f"'{heavy}" not in done.stdout


def test_every_command_has_help():
    _commands()
    for name, command in cli.commands.items():
        assert command.help, name
