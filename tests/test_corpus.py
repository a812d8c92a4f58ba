"""The shared corpus: a planted phone in four forms, its clean twin, and the fixtures of other projects.

These tests run where `../shared/corpus` is, and say so where it is not.
"""

import json
from collections import Counter

import pytest

from svitac.api import Keys, check, options
from svitac.model import Level
from tests.support import CORPUS, needs_shared

pytestmark = needs_shared
ANDROID = CORPUS / "android"
PLANTED, CLEAN = ANDROID / "planted_custody_not_rebooted", ANDROID / "planted_clean_control"
NOVISPY = {  # published; everything below is in both the bug report and the rest of the acquisition
    "package com.accesibilityservice",
    "package com.serv.services",
    "ip 195.178.51.251",
}
POWERS = {
    "accessibility of com.accesibilityservice",
    "administrator com.serv.services",
    "interception by com.serv.services",
    "sensor use by com.accesibilityservice",
    "sensor use by com.serv.services",
    "setting secure enabled_accessibility_services",
}
HASHES = {  # only packages.json holds them
    "certificate 35926e966186c8f2deec66864389d73989c75c85cb6668da2f455db6fe67e91f",
    "certificate 38693e1ea0fbf39d28f66b1714fdeed4e23b3973276481097d2d66e87f3647eb",
    "hash 99673ce7f10e938ed73ed4a99930fbd6499983caa7a2c1b9e3f0e0bb0a5df602",
    "hash 087fc1217c897033425fe7f1f12b913cd48918c875e99c25bdb9e1ffcf80f57e",
}


def forms(folder):
    text = (ANDROID / "TEST_ONLY_age_identity.txt").read_text()
    identity = tuple(line for line in text.split() if line.startswith("AGE-SECRET-KEY-"))
    (zipped,) = [p for p in folder.glob("*.zip") if not p.name.startswith("bugreport")]
    (report,) = folder.glob("bugreport*.zip")
    return {
        "folder": (folder / "androidqf", Keys()),
        "zip": (zipped, Keys()),
        "age": (zipped.with_suffix(".zip.age"), Keys(identity)),
        "bugreport": (report, Keys()),
    }


def answers(folder, tmp_path):
    return {
        name: check(path, tmp_path / name, options(keys=keys), lambda path, done, of: None)
        for name, (path, keys) in forms(folder).items()
    }


def told(answer):
    return sorted((f.id, f.level, f.stage, f.certainty, f.title, len(f.places)) for f in answer.findings)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return answers(PLANTED, tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return answers(CLEAN, tmp_path_factory.mktemp("clean"))


def test_three_forms_of_the_acquisition_say_the_same(planted, clean):
    for every in (planted, clean):
        assert told(every["folder"]) == told(every["zip"]) == told(every["age"])


def test_the_planted_traces_are_found_in_every_form_that_holds_them(planted):
    for name, answer in planted.items():
        grave = {f.subject for f in answer.findings if f.level.rank >= Level.MEDIUM.rank}
        assert grave >= NOVISPY | POWERS, name
        assert (grave >= HASHES) == (name != "bugreport"), name


def test_the_bug_report_alone_gives_the_same_ids(planted):
    whole = {f.subject: f.id for f in planted["folder"].findings}
    assert all(whole[f.subject] == f.id for f in planted["bugreport"].findings)


def test_nothing_of_the_planted_phone_is_lost(planted, clean):
    for every in (planted, clean):
        for name, answer in every.items():
            assert answer.problems == [], name


def test_the_clean_phone_gives_nothing_above_low(clean):
    for name, answer in clean.items():
        above = [(f.rule, f.title) for f in answer.findings if f.level.rank > Level.LOW.rank]
        assert above == [], name


def test_every_planted_trace_stands_where_the_ground_truth_says(planted):
    truth = json.loads((PLANTED / "ground_truth.json").read_text())
    packages = {"com.accesibilityservice", "com.serv.services"}
    assert packages <= {word for event in truth["events"] for word in event["description"].replace(",", " ").split()}
    (a11y,) = [f for f in planted["folder"].findings if f.subject == "package com.accesibilityservice"]
    assert {p.artifact for p in a11y.places} >= {
        "android.packages",
        "android.dumpsys_package",
        "android.accessibility",
        "android.appops",
        "android.processes",
    }
    (operator,) = [f for f in planted["folder"].findings if "operator@DESKTOP-UF4K2" in f.title]
    assert "2020-01-08 11:39:44 UTC" in operator.title


def records(path, tmp_path, keys=None):
    answer = check(path, tmp_path / "r", options(keys=keys or Keys()), lambda path, done, of: None)
    return Counter({row.artifact: row.records for row in answer.coverage}), answer


MVT = {  # fixture -> artifact -> what MVT 2026.10.26 reads of it (peers.md 5)
    "androidqf": {
        "android.packages": 7,
        "android.processes": 15,
        "android.getprop": 10,
        "android.settings": 9,
        "android.files": 3,
        "android.root_binaries": 4,
        "android.sms": 2,
    },
    "androidqf.zip": {"android.getprop": 10},
    "android_data/bugreport": {
        "android.dumpsys_package": 2,
        "android.appops": 12,
        "android.tombstones": 2,
    },
    "android_backup": {"android.sms": 6},
    "android_backup/backup2.ab": {"android.sms": 1},
    "android_backup/backup3.ab": {"android.sms": 1},
    "androidqf_encrypted": {"android.sms": 1},
}


@pytest.mark.parametrize("fixture", MVT)
def test_at_least_as_many_records_as_mvt(fixture, tmp_path):
    found, _ = records(ANDROID / "mvt_fixtures" / fixture, tmp_path, Keys(password="123456"))
    assert {name: found[name] for name in MVT[fixture] if found[name] < MVT[fixture][name]} == {}


def test_reports_of_android_2_are_read_for_what_they_hold(tmp_path):
    found, answer = records(ANDROID / "miui_2_3_5", tmp_path)
    assert found["android.processes"] > 1_500
    assert found["android.dumpsys_package"] == 216
    assert [f.title for f in answer.findings if f.level.rank > Level.LOW.rank] == []


def test_a_bomb_and_other_hostile_files_end_with_an_error(tmp_path):
    for name in ("bomb.zip", "evil.db", "deep.plist", "bad.jsonld"):
        with pytest.raises(Exception, match=r"nothing that this version knows|bomb"):
            check(CORPUS / "hostile" / name, tmp_path / "r", options(), lambda path, done, of: None)
