"""Counts what every rule says about clean evidence, and writes docs/clean-counts.json.

    python tools/clean_counts.py ../shared/corpus

A rule's documentation shows its counts, so that a reader can judge how often it cries wolf. Levels stand beside them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from svitac.cli.given import allow_list
from svitac.indicators.pack import shipped
from svitac.run.check import Options, check

CLEAN = {  # what is known to be clean, and what it is
    "planted_clean_control": "android/planted_clean_control/androidqf",
    "miui_2_3_5": "android/miui_2_3_5",
    "mvt_fixtures/androidqf": "android/mvt_fixtures/androidqf",
    "mvt_fixtures/bugreport": "android/mvt_fixtures/android_data/bugreport",
}


def main() -> None:
    corpus = Path(sys.argv[1])
    counts: dict[str, dict[str, str]] = {}
    for name, place in CLEAN.items():
        with tempfile.TemporaryDirectory() as folder:
            options = Options(known=shipped(), allow=allow_list([]))
            answer = check(corpus / place, Path(folder, "result"), options, lambda path, done, of: None)
        for (rule, level), number in sorted(Counter((f.rule, f.level.value) for f in answer.findings).items()):
            said = f"{number} {level}"
            mine = counts.setdefault(rule, {})
            mine[name] = f"{mine[name]} and {said}" if name in mine else said
    target = Path(__file__).parent.parent / "docs" / "clean-counts.json"
    target.write_text(json.dumps({"corpora": list(CLEAN), "rules": counts}, indent=1) + "\n")
    print(target.read_text())


if __name__ == "__main__":
    main()
