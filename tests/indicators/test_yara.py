"""YARA rules: compiled one source at a time, and only when the package is there."""

from __future__ import annotations

import pytest

from svitac.indicators import yara
from svitac.indicators.model import YaraSource

GOOD = YaraSource("a.yar", 'rule evil { meta: sample = "x" strings: $a = "EVIL" condition: $a }')
BAD = YaraSource("b.yar", "rule broken { condition: nonsense }")


def test_a_rule_that_does_not_compile_costs_its_file() -> None:
    pytest.importorskip("yara_x")
    scanner = yara.compile([BAD, GOOD])
    assert scanner
    assert scanner.scan(b"an EVIL file") == [yara.YaraHit("evil", "a.yar", {"sample": "x"})]
    assert scanner.scan(b"a good file") == []
    assert [p.where.path for p in scanner.problems] == ["b.yar"]
    assert yara.check([BAD, GOOD]) == tuple(scanner.problems)
    assert yara.compile([]) is None
    assert yara.compile([BAD]) is None


def test_without_the_package_a_problem_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(yara, "import_module", missing)
    assert yara.compile([GOOD]) is None
    assert "pip install svitac[yara]" in yara.check([GOOD])[0].detail
    assert yara.check([]) == ()
