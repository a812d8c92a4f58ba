"""A file of the acquisition is not what the acquisition's own list of hashes says it was.

AndroidQF writes `hashes.csv` when it is done. A changed file means a damaged copy, an edited acquisition, or a file
that was opened and saved; a missing one, a copy that is not whole. Until it is explained, nothing in that file can be
relied on in court.

A list cannot hold its own hash, and outside streaming mode AndroidQF goes on writing to `command.log` after it made the
list (`Acquisition.HashFiles`): neither says anything about tampering.
"""

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason
from svitac.rules.compared import Compared

LEVELS = {"changed": Level.MEDIUM, "missing": Level.LOW, "not listed": Level.INFO, "unreadable": Level.LOW}
TITLES = {
    "changed": "{} was changed after it was acquired",
    "missing": "{} is listed by the acquisition but was not handed over",
    "not listed": "{} is not in the acquisition's list of hashes",
    "unreadable": "{} cannot be read to compare it with its hash",
}


@rule(
    "android.acquisition_changed",
    level=Level.MEDIUM,
    certainty=Certainty.CERTAIN,
    benign="A copy that was interrupted; an archive re-packed by a file manager; a note saved into the folder; in "
    "AndroidQF's streaming mode the last files are added after the list.",
    references=["https://github.com/mvt-project/androidqf"],
    next_steps=["Ask for the original acquisition, or a new copy of it, and compare the hashes."],
)
def check(file: Compared) -> Reason | None:
    name = file.path.replace("\\", "/").rpartition("/")[2]
    if file.outcome == "same" or (file.outcome == "changed" and name == "hashes.csv"):
        return None
    title, level = TITLES[file.outcome].format(file.path), LEVELS[file.outcome]
    if file.outcome == "changed" and name == "command.log":
        title, level = f"{file.path} went on after the list of hashes was made", Level.INFO
    hashes = f"listed {file.listed}, is {file.actual}" if file.actual else file.outcome
    return Reason(subject=f"acquired file {file.path}", title=title, says=hashes, level=level)
