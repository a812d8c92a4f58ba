"""The acquisition was not completed, or its own times cannot be true.

AndroidQF writes when it started and when it was done. Some versions write `acquisition.json` just before they note the
end (`StoreInfo` before `Complete`, outside streaming mode): the end is then missing from a whole acquisition, so that
alone is only noted. An end before the start means that the clock of the analyst's computer was changed.
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
        title = "The acquisition does not say when it ended: it was interrupted, or its AndroidQF never writes that"
        return Reason(subject="acquisition", title=title, level=Level.INFO)
    if acquisition.started is not None and acquisition.completed < acquisition.started:
        return Reason(subject="acquisition", title="The acquisition ended before it started: a clock was changed")
    return None
