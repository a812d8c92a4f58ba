"""Indicators made for tests."""

from __future__ import annotations

from typing import Any

from svitac.indicators.model import Indicator
from svitac.model import Kind


def indicator(kind: Kind, value: str, collection: str = "Evil", **more: Any) -> Indicator:
    return Indicator(kind=kind, value=value, collection=collection, source="made", **more)
