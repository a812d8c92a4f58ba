"""The main job, from evidence to result folder, on the bundled sample in every form."""

import gzip
import os
import shutil
import subprocess
import sys

import msgspec
import pytest

from svitac.api import Keys, Result, Unreadable, check, options
from tests import make
from tests.support import HERE

SAMPLE = HERE.parent / "samples" / "androidqf-novispy"


def run(evidence, target, **given) -> tuple:
    answer = check(evidence, target, options(**given), lambda path, done, of: None)
    return answer, Result(target)


def told(findings):
    """What findings say, without where: forms of one acquisition differ in that alone."""
    return sorted((f.id, f.level, f.stage, f.certainty, f.title) for f in findings)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return run(SAMPLE, tmp_path_factory.mktemp("sample") / "result")


def test_the_sample_shows_its_published_traces(sample):
    answer, _ = sample
    by_subject = {(f.rule, f.subject): f for f in answer.findings}
    novispy = by_subject["any.indicator", "package com.accesibilityservice"]
    assert (novispy.level, novispy.stage, novispy.certainty) == ("critical", "persisted", "certain")
    assert {p.artifact for p in novispy.places} >= {"android.packages", "android.dumpsys_package", "android.processes"}
    assert novispy.indicators[0].publication.startswith("https://securitylab.amnesty.org/")
    cellebrite = by_subject["any.indicator", "package com.client.appA"]
    assert (cellebrite.level, cellebrite.stage) == ("critical", "physical access")
    falcon = by_subject["any.indicator", "path /data/local/tmp/falcon"]
    assert (falcon.level, falcon.certainty) == ("medium", "unconfirmed")
    for subject in (
        "accessibility of com.accesibilityservice",
        "administrator com.serv.services",
        "interception by com.serv.services",
        "sensor use by com.accesibilityservice",
        "setting secure enabled_accessibility_services",
    ):
        assert any(s == subject for _, s in by_subject), subject


def test_benign_neighbours_are_left_alone(sample):
    answer, _ = sample
    grave = [f.subject for f in answer.findings if f.level.rank > 1]
    assert not [s for s in grave if "bitwarden" in s or "thoughtcrime" in s or "ana@dom-laptop" in s]


def test_everything_was_read(sample):
    answer, _ = sample
    assert answer.problems == []
    assert answer.unread == 0


def test_every_form_of_one_acquisition_gives_the_same_findings(sample, tmp_path):
    expected = told(sample[0].findings)
    content = make.contents(SAMPLE)
    (tmp_path / "root.zip").write_bytes(make.zipped(content))
    (tmp_path / "top.zip").write_bytes(make.zipped({f"5a3e/{name}": data for name, data in content.items()}))
    sealed, identity = make.for_key(make.zipped(content))
    (tmp_path / "x.zip.age").write_bytes(sealed)
    (tmp_path / "y.zip.age").write_bytes(make.for_passphrase(make.zipped(content), "words"))
    forms = {
        "root.zip": Keys(),
        "top.zip": Keys(),
        "x.zip.age": Keys((identity,)),
        "y.zip.age": Keys(password="words"),
    }
    for name, keys in forms.items():
        answer, _ = run(tmp_path / name, tmp_path / "result", keys=keys)
        assert told(answer.findings) == expected, name


def test_the_dump_alone_loose_or_packed_gives_what_it_holds(tmp_path):
    dump = (SAMPLE / "dumpsys.txt").read_bytes()
    (tmp_path / "dumpsys.txt").write_bytes(dump)
    (tmp_path / "dumpsys.txt.gz").write_bytes(gzip.compress(dump))
    make.folder(tmp_path / "loose", {"dumpsys.txt": dump, "getprop.txt": (SAMPLE / "getprop.txt").read_bytes()})
    answers = [run(tmp_path / name, tmp_path / "r")[0] for name in ("dumpsys.txt", "dumpsys.txt.gz", "loose")]
    packages = [{f.subject for f in a.findings if f.rule == "any.indicator"} for a in answers]
    assert packages[0] == packages[1] == packages[2]
    assert "package com.serv.services" in packages[0]


def test_a_result_is_the_same_bytes_anywhere(sample, tmp_path):
    """Another path, locale, time zone, hash seed and number of workers."""
    shutil.copytree(SAMPLE, tmp_path / "elsewhere" / "copy")
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "HOME": str(tmp_path)}
    command = [
        sys.executable,
        "-m",
        "svitac",
        "check",
        str(tmp_path / "elsewhere" / "copy"),
        "-o",
        str(tmp_path / "out"),
    ]
    done = subprocess.run([*command, "--jobs", "1", "-q"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert make.contents(tmp_path / "out") == make.contents(sample[1].path)


def test_the_manifest_names_everything_that_took_part(sample):
    _, result = sample
    manifest = result.manifest
    assert {i.name for i in manifest.inputs} == set(make.contents(SAMPLE))
    assert {d.name for d in manifest.outputs} == set(make.contents(result.path)) - {"manifest.json"}
    assert manifest.zones["dumpsys.txt"] == "Europe/Belgrade"
    assert manifest.acquired == "2024-02-22T09:09:02.500000+00:00"
    assert any(d.name == "svitac: novispy.yaml" and d.count == 18 for d in manifest.indicators)


def test_what_is_stored_is_what_was_answered(sample):
    answer, result = sample
    assert result.findings() == answer.findings
    assert result.coverage() == answer.coverage
    assert result.problems() == answer.problems


def test_coverage_has_a_row_for_everything_found_or_not(sample):
    from svitac.discover import artifacts

    answer, _ = sample
    rows = {row.artifact: row for row in answer.coverage}
    assert set(rows) == {a.id for a in artifacts()}
    assert not rows["android.tombstones"].found
    assert not rows["android.tombstones"].records
    assert rows["android.appops"].first.isoformat() == "2024-02-20T20:03:11.012000+00:00"
    assert rows["android.appops"].found == ("dumpsys.txt: dumpsys appops",)


def test_a_changed_file_is_a_finding(tmp_path):
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    (copy / "getprop.txt").write_text((copy / "getprop.txt").read_text().replace("[13]", "[14]"))
    (copy / "command.log").unlink()
    (copy / "notes.txt").write_text("mine")
    answer, _ = run(copy, tmp_path / "result")
    found = {f.subject: f.level for f in answer.findings if f.rule == "android.acquisition_changed"}
    assert found == {
        "acquired file getprop.txt": "medium",
        "acquired file sample/command.log": "low",
        "acquired file notes.txt": "info",
    }


def test_copies_that_disagree_are_a_finding(tmp_path):
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    packages = msgspec.json.decode((copy / "packages.json").read_bytes())
    kept = [p for p in packages if p["name"] != "com.serv.services"]
    (copy / "packages.json").write_bytes(msgspec.json.encode(kept))
    answer, _ = run(copy, tmp_path / "result")
    subjects = {f.subject for f in answer.findings if f.rule == "android.copies_disagree"}
    assert subjects == {"app com.serv.services"}


def test_one_odd_package_does_not_hide_the_next(tmp_path):
    """MVT stops checking a whole module at a package without `installer` (its issue, peers 3.2 #13)."""
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    packages = msgspec.json.decode((copy / "packages.json").read_bytes())
    odd = [{"name": "org.odd"}, {"name": 7}, "text", {"name": "org.null", "files": None, "installer": None}]
    (copy / "packages.json").write_bytes(msgspec.json.encode([*odd, *packages]))
    (copy / "dumpsys.txt").unlink()
    answer, _ = run(copy, tmp_path / "result")
    assert any(f.subject == "package com.serv.services" for f in answer.findings)
    assert len([p for p in answer.problems if p.artifact == "android.packages"]) == 2


def test_a_broken_bug_report_inside_costs_only_itself(tmp_path):
    """MVT then writes no result at all (peers 3.2 #12)."""
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    (copy / "bugreport.zip").write_bytes(make.zipped({"main_entry.txt": b"x" * 5000})[:-25])
    answer, _ = run(copy, tmp_path / "result")
    assert any(f.subject == "package com.serv.services" for f in answer.findings)
    assert [(p.where.path, p.loss) for p in answer.problems] == [("bugreport.zip", "file")]


def test_foreign_evidence_is_an_error_and_leaves_nothing(tmp_path):
    make.folder(tmp_path / "e", {"holiday.jpg": b"\xff\xd8", "Manifest.db": b"SQLite format 3\0"})
    with pytest.raises(Unreadable, match="iPhone backup"):
        run(tmp_path / "e", tmp_path / "result")
    assert not (tmp_path / "result").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["e"]


def test_only_an_earlier_result_is_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.odt").write_text("years of work")
    with pytest.raises(FileExistsError):
        run(SAMPLE, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.odt").exists()
    run(SAMPLE, tmp_path / "result")
    before = make.contents(tmp_path / "result")
    run(SAMPLE, tmp_path / "result")
    assert make.contents(tmp_path / "result") == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "result"]


def test_an_allowed_finding_is_shown_with_its_reason(tmp_path):
    allow = tmp_path / "allow.yaml"
    allow.write_text("- {kind: package, value: com.client.appA, reason: our own test app, by: ana}\n")
    from svitac.cli.given import allow_list

    answer, _ = run(SAMPLE, tmp_path / "result", allow=allow_list([allow]))
    (found,) = [f for f in answer.findings if f.subject == "package com.client.appA"]
    assert (found.level, found.allowed) == ("info", "our own test app")


def test_what_is_unread_elsewhere_silences_no_rule(tmp_path):
    """An unknown service is told of although a backup is locked and an indicator file is not understood."""
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    dump = (copy / "dumpsys.txt").read_text().replace("{com.x8bit.bitwarden/", "{com.unknown.app/")
    (copy / "dumpsys.txt").write_text(dump)
    (copy / "backup.ab").write_bytes(make.backup({"a": b"b"}, password="secret"))
    answer, _ = run(copy, tmp_path / "result")
    assert any(p.where.path == "backup.ab" for p in answer.problems)
    assert any(f.subject == "accessibility of com.unknown.app" for f in answer.findings)


def test_nothing_is_written_into_the_evidence(tmp_path):
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    with pytest.raises(FileExistsError, match="inside the evidence"):
        run(copy, copy / "result")
    assert make.contents(copy) == make.contents(SAMPLE)
