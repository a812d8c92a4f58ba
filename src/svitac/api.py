"""What the other packages and other people's programs may import. Everything else is private and may move."""

from svitac.model import (
    Certainty,
    Coverage,
    Finding,
    IndicatorRef,
    Kind,
    Level,
    LocalTime,
    Place,
    Problem,
    Record,
    Stage,
    Unreadable,
    Where,
)
from svitac.run.check import Answer, Options, check, options
from svitac.sources import Keys
from svitac.store.results import Manifest, Result

__all__ = [
    "Answer",
    "Certainty",
    "Coverage",
    "Finding",
    "IndicatorRef",
    "Keys",
    "Kind",
    "Level",
    "LocalTime",
    "Manifest",
    "Options",
    "Place",
    "Problem",
    "Record",
    "Result",
    "Stage",
    "Unreadable",
    "Where",
    "check",
    "options",
]
