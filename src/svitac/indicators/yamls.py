"""YAML as plain values, with the C loader when there is one. Aliases are refused: nobody lists indicators by them."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Broken(ValueError):
    """This is not YAML we read."""


def load_yaml(text: str) -> Any:
    """The value of one document. Raises Broken."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise Broken(f"the alias {event.anchor} is not allowed")
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise Broken(f"not YAML: {' '.join(str(exc).split())[:200]}") from exc
