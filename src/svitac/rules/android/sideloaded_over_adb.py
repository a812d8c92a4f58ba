"""An app was installed from a computer over ADB, or by nobody who left a name.

Android writes down who asked for an install. No name at all, or `com.android.shell`, means a command on a computer, as
NoviSpy was installed while police held the phone. By itself that is also how developers and many helpers install an
app, so outside a time in custody it weighs little; together with a power over the phone other rules report it.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT package, installer, initiating, first_install, installed, told AS installed_app
FROM app WHERE origin = 'adb' ORDER BY package
"""


@rule(
    "android.sideloaded_over_adb",
    level=Level.LOW,
    stage=Stage.PHYSICAL,
    benign="An app under development, or one that a friend or the analyst installed from a computer; a few makers' "
    "own apps outside the system partition carry no installer either.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner who installed the app, and where the phone was at the time of its first install."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    first = row["first_install"]
    when = f", first on {first:%Y-%m-%d %H:%M:%S} (the phone's clock)" if first else ""
    gone = "" if row["installed"] else "; it is no longer installed, its data was kept"
    return Reason(
        subject=f"install of {row['package']}",
        title=f"{row['package']} was installed over ADB or without any installer{when}{gone}",
        says=f"installer {row['installer'] or 'none'}, asked for by {row['initiating'] or 'nobody named'}",
    )
