"""A worker that dies, hangs or eats memory costs what it was reading, and nothing else."""

import os
import signal
import time
from pathlib import Path

import pytest

from svitac.declare import artifact
from svitac.model import File, Loss, Record, Records, Where
from svitac.run import workers
from svitac.run.plan import plan
from svitac.run.work import Worker
from svitac.sources import open_evidence
from svitac.store.tables import read
from tests import make


class Line(Record, frozen=True, kw_only=True):
    text: str


def reads(name, act):
    """An artifact that yields one record and then does what `act` does."""

    def parse(file: File) -> Records[Line]:
        yield Line(where=Where(file.path), text=name)
        act()

    return artifact(f"test.{name}", paths=["**/*.txt"])(parse)


def dies():
    os.kill(os.getpid(), signal.SIGKILL)


def hangs():
    time.sleep(600)


def eats():
    bytes(10 * workers.MEMORY)


def leaves():
    os._exit(9)


GOOD, OTHER = reads("good", lambda: None), reads("other", lambda: None)


def run(tmp_path, artifacts, at_once=2):
    evidence = make.folder(tmp_path / "evidence", {"a.txt": b"1", "b.txt": b"2"})
    parts = tmp_path / "parts"
    parts.mkdir()
    jobs = plan(open_evidence(evidence), artifacts)
    return workers.run(jobs, Worker(rules=(), watchers=lambda a: None, folder=parts), at_once), parts


@pytest.mark.parametrize(
    ("act", "says"), [(dies, "signal 9"), (leaves, "failed"), (eats, None), (hangs, "ran out of time")]
)
def test_only_the_guilty_artifact_is_lost(tmp_path, monkeypatch, act, says):
    monkeypatch.setattr(workers, "BASE_SECONDS", 1)
    bad = reads("bad", act)
    outcomes, parts = run(tmp_path, [GOOD, bad, OTHER])
    assert [o.path for o in outcomes] == ["a.txt", "b.txt"]
    for outcome in outcomes:
        found = {r.artifact: r for r in outcome.reports}
        for name in ("test.good", "test.other"):
            assert [r.text for r in read(Line, parts / found[name].part)] == [name.removeprefix("test.")]
        problems = [*outcome.problems, *(p for r in outcome.reports for p in r.problems)]
        assert [(p.artifact, p.loss) for p in problems] == [("test.bad", Loss.FILE)]
        assert says is None or says in problems[0].detail


def test_the_order_of_work_does_not_show(tmp_path):
    one, _ = run(tmp_path / "1", [GOOD, OTHER], at_once=1)
    many, _ = run(tmp_path / "8", [GOOD, OTHER], at_once=8)
    assert one == many


def test_a_bug_outside_the_parser_is_told(tmp_path):
    def broken(number, job):
        raise ZeroDivisionError("ours")

    evidence = make.folder(tmp_path, {"a.txt": b"1"})
    (outcome,) = workers.run(plan(open_evidence(Path(evidence)), [GOOD]), broken)
    assert "ZeroDivisionError: ours" in outcome.problems[0].detail
