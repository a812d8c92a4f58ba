"""The acquisition was not completed, or its own times cannot be true.

AndroidQF writes when it started and, at the end, when it was done. Without the second it was interrupted, and what is
missing may be anything.
"""

from svitac.artifacts.android.acquisition import Acquisition
from svitac.declare import rule
from svitac.model import Certainty, Level, Reason


@rule(
    "android.acquisition_not_completed",
    level=Level.LOW,
    certainty=Certainty.CERTAIN,
    benign="A cable that was pulled, or a tool that was closed too early.",
    references=["https://github.com/mvt-project/androidqf"],
    next_steps=["If the phone is still there and was not rebooted, make a second acquisition."],
)
def check(acquisition: Acquisition) -> Reason | None:
    if acquisition.completed is None:
        return Reason(subject="acquisition", title="The acquisition was interrupted: it has no end")
    if acquisition.started is not None and acquisition.completed < acquisition.started:
        return Reason(subject="acquisition", title="The acquisition ended before it started: a clock was changed")
    return None
