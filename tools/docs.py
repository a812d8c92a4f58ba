"""Writes docs/artifacts.md and docs/rules.md from the docstrings and declarations of the code.

    python tools/docs.py            writes them
    python tools/docs.py --check    says whether they are what the code says; exit code 1 when not

The counts of findings on clean phones come from docs/clean-counts.json, which `tools/clean_counts.py` makes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from svitac.declare import Artifact, Rule
from svitac.discover import artifacts, rules

DOCS = Path(__file__).parent.parent / "docs"
COUNTS = DOCS / "clean-counts.json"
NOTE = "<!-- made by `python tools/docs.py`; do not edit -->"


def main() -> int:
    pages = {"artifacts.md": artifact_page(), "rules.md": rule_page()}
    if sys.argv[1:] == ["--check"]:
        stale = [name for name, text in pages.items() if (DOCS / name).read_text("utf-8") != text]
        print(f"stale: {', '.join(stale)}: run python tools/docs.py" if stale else "docs are what the code says")
        return bool(stale)
    for name, text in pages.items():
        (DOCS / name).write_text(text, "utf-8")
    return 0


def artifact_page() -> str:
    many = len(artifacts())
    parts = ["# Artifacts", NOTE, f"What Svitac reads: {many} artifacts. `svitac explain ID` prints the same."]
    return "\n\n".join([*parts, *(artifact_part(a) for a in artifacts())]) + "\n"


def artifact_part(artifact: Artifact) -> str:
    fields = ", ".join(f"`{name}`" for name in artifact.record.__struct_fields__)
    lines = [
        f"- Looks for: {', '.join(f'`{place}`' for place in artifact.looked_for)}",
        f"- Clock: {artifact.clock.value}",
        f"- Speaks for: {artifact.covers.value}" + (f"; kept: {artifact.kept}" if artifact.kept else ""),
        f"- Record `{artifact.record.__name__}`: {fields}",
    ]
    return "\n\n".join([f"## {artifact.id}", artifact.doc, "\n".join(lines)])


def rule_page() -> str:
    counts = json.loads(COUNTS.read_text("utf-8")) if COUNTS.is_file() else {"corpora": [], "rules": {}}
    parts = ["# Rules", NOTE, f"What Svitac looks for: {len(rules())} rules. `svitac explain ID` prints the same."]
    if counts["corpora"]:
        parts.append(
            f"Findings on clean evidence: {', '.join(counts['corpora'])} "
            "(`python tools/clean_counts.py ../shared/corpus` counts them again)."
        )
    return "\n\n".join([*parts, *(rule_part(r, counts) for r in rules())]) + "\n"


def rule_part(rule: Rule, counts: dict) -> str:
    lines = [
        f"- Level: {rule.level.value}; stage: {rule.stage.value}; certainty: {rule.certainty.value}",
        f"- Looks the same: {rule.benign}",
        *(f"- Next: {step}" for step in rule.next_steps),
        *(f"- Source: <{reference}>" for reference in rule.references),
    ]
    found = counts["rules"].get(rule.id, {})
    if counts["corpora"]:
        said = ", ".join(f"{name}: {found[name]}" for name in counts["corpora"] if name in found) or "none"
        lines.append(f"- On clean evidence: {said}")
    return "\n\n".join([f"## {rule.id}", rule.doc, "\n".join(lines)])


if __name__ == "__main__":
    sys.exit(main())
