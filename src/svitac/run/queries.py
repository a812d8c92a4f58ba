"""Runs the rules that are questions over all records at once."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

import duckdb

from svitac.declare import Rule
from svitac.model import Place, Problem, Reason, Where
from svitac.run.gather import Gather


def helpers() -> str:
    """The SQL views that rules share, from `rules/*/views.sql`."""
    rooms = sorted(resources.files("svitac.rules").iterdir(), key=lambda room: room.name)
    files = [room.joinpath("views.sql") for room in rooms]
    return "\n".join(file.read_text("utf-8") for file in files if file.is_file())


def ask(db: duckdb.DuckDBPyConnection, rules: Iterable[Rule], gather: Gather) -> list[Problem]:
    """Put what the query rules say into `gather`. A rule that fails is our bug and costs only itself."""
    problems = []
    for rule in rules:
        if not rule.query:
            continue
        try:
            for row in _rows(db, rule.query):
                if reason := rule.check(row):
                    gather.say(rule, reason, tuple(_places(rule, reason, row)))
        except Exception:  # noqa: BLE001 - as in `work.read`: one rule never stops the run
            detail = f"rule {rule.id}: {traceback.format_exc(limit=-3)}"
            problems.append(Problem(where=Where("records"), detail=detail, bug=True))
    return problems


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[dict[str, Any]]:
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(1_000):
        for row in rows:
            yield dict(zip(names, row, strict=True))


def _places(rule: Rule, reason: Reason, row: dict[str, Any]) -> Iterator[Place]:
    """A place for every column of the row that holds a record's address, or a list of them."""
    for name, value in row.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and set(one) == {"path", "spot"}:
                says = f"{name.replace('_', ' ')}: {reason.says}" if reason.says else name.replace("_", " ")
                yield Place(Where(**one), says, "", reason.stage or rule.stage)
