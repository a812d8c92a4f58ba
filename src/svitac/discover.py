"""Finds every artifact and rule: our own packages in sorted order, then entry points of installed plug-ins."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, TypeVar

import svitac.artifacts
import svitac.rules
from svitac.declare import Artifact, Rule

T = TypeVar("T")


def _found(kind: type[T], root: ModuleType, group: str) -> tuple[T, ...]:
    own = (m.name for m in pkgutil.walk_packages(root.__path__, root.__name__ + "."))
    modules = [importlib.import_module(name) for name in sorted(own)]
    modules += [entry.load() for entry in sorted(entry_points(group=group), key=lambda e: e.name)]
    return tuple(value for module in modules for _, value in sorted(vars(module).items()) if isinstance(value, kind))


@cache
def artifacts() -> tuple[Artifact[Any], ...]:
    """Every artifact, by id. Private plug-ins declare the entry point group `svitac.artifacts`."""
    return tuple(sorted(_found(Artifact, svitac.artifacts, "svitac.artifacts"), key=lambda a: a.id))


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by id. Private plug-ins declare the entry point group `svitac.rules`."""
    return tuple(sorted(_found(Rule, svitac.rules, "svitac.rules"), key=lambda r: r.id))
