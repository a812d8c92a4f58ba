"""A setting that guards the phone was written over ADB.

`dumpsys settings` names the package that wrote each setting; `com.android.shell` is a command from a computer. Turning
on an accessibility service or turning off the check of apps this way needs no tap on the screen, and is how a person
who holds the phone sets up an implant.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT namespace, name, value, list(DISTINCT "where") AS setting FROM android_dumpsys_settings
WHERE writer = 'com.android.shell' AND name IN (SELECT value FROM known_watched_settings)
GROUP BY namespace, name, value ORDER BY namespace, name, value
"""


@rule(
    "android.setting_written_by_shell",
    level=Level.HIGH,
    stage=Stage.PHYSICAL,
    benign="A developer's phone; an automation or privacy app that the owner set up with ADB commands.",
    references=["https://rsf.org/en/exclusive-rsf-uncovers-new-spyware-belarus"],
    next_steps=["Ask the owner whether they ever typed ADB commands for this phone."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"setting {row['namespace']} {row['name']}",
        title=f"{row['name']} was set to {row['value']} from a computer over ADB",
        says=f"{row['name']}={row['value']}, written by com.android.shell",
    )
