"""What we know, as content: YAML with a source and a date for each piece. This room only reads it.

    families/*.yaml   published families and their small indicator sets, in our own format
    lists/*.yaml      lists that rules need: stores, dangerous permissions, known tools ...

A list file holds `about`, `source`, `checked` (ISO date) and `values`; see CONTRIBUTING.md.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times faster where it was built


def text(folder: str, name: str) -> str:
    """The text of one file."""
    return resources.files(__name__).joinpath(folder, name).read_text("utf-8")


def names(folder: str) -> list[str]:
    """The YAML files of a folder, sorted."""
    files = resources.files(__name__).joinpath(folder).iterdir()
    return sorted(file.name for file in files if file.name.endswith(".yaml"))


@cache
def load(folder: str, name: str) -> dict[str, Any]:
    """One file, parsed."""
    content = yaml.load(text(folder, name), Loader=_Loader)  # noqa: S506 - a safe loader
    if not isinstance(content, dict):
        raise TypeError(f"knowledge/{folder}/{name} should be a mapping")
    return content


def values(name: str) -> tuple[Any, ...]:
    """The values of the list `lists/<name>.yaml`."""
    return tuple(load("lists", f"{name}.yaml")["values"])


def tables() -> dict[str, list[dict[str, str]]]:
    """Every list as a table for SQL rules: `lists/stores.yaml` is `known_stores`, with at least a column `value`."""
    found = {}
    for name in names("lists"):
        rows = values(name.removesuffix(".yaml"))
        found[f"known_{name.removesuffix('.yaml')}"] = [r if isinstance(r, dict) else {"value": r} for r in rows]
    return found
