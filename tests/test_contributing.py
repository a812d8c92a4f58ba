"""What CONTRIBUTING.md shows a newcomer works as it stands."""

import re
import sys
import textwrap
import types

import pytest

from svitac.declare import Artifact, Rule
from svitac.model import Problem
from tests.support import HERE, parsed

GUIDE = (HERE.parent / "CONTRIBUTING.md").read_text("utf-8")
ARTIFACT, RULE = (textwrap.dedent(block) for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))


@pytest.fixture(scope="module")
def shown():
    """The two files of the guide, as modules at their places."""
    made = []
    for name, code in (("svitac.artifacts.android.example", ARTIFACT), ("svitac.rules.android.example_opened", RULE)):
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(code, name, "exec"), vars(module))
        made.append(module)
    yield made
    for module in made:
        del sys.modules[module.__name__]


def test_the_artifact_reads_its_log(shown, tmp_path):
    (artifact,) = [v for v in vars(shown[0]).values() if isinstance(v, Artifact)]
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "example.txt").write_text("1582031400 com.example.app opened\n")
    (record,) = parsed(tmp_path, artifact)
    assert not isinstance(record, Problem)
    assert (record.package, record.time.isoformat()) == ("com.example.app", "2020-02-18T13:10:00+00:00")
    assert artifact.title == "Example log: which app was opened when, kept for a week."


def test_the_rule_speaks_about_its_record(shown, tmp_path):
    (rule,) = [v for v in vars(shown[1]).values() if isinstance(v, Rule)]
    assert rule.reads is vars(shown[0])["Opened"]
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "example.txt").write_text("1582031400 com.example.app opened\n1582031401 org.other opened\n")
    (artifact,) = [v for v in vars(shown[0]).values() if isinstance(v, Artifact)]
    assert [bool(rule.check(record)) for record in parsed(tmp_path, artifact)] == [True, False]
