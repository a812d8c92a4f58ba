"""An app that came from outside a store was given a role that shows it notifications, typing, traffic or messages.

A notification listener sees every message, a keyboard every word, a VPN all traffic; the app for SMS or calls and the
assistant see the rest. Spyware takes these roles beside, or instead of, an accessibility service. An app that somebody
opened from a file weighs less than one that came over ADB or from another app.

Roles are read from dumpsys (notification, input_method, vpn, role) and from the secure settings that name them.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT package, min(origin) AS origin, min(words) AS words, string_agg(DISTINCT what, ', ' ORDER BY what) AS roles,
       list(DISTINCT "where" ORDER BY "where") AS role, any_value(app.told) AS installed_app
FROM powerful_role JOIN app USING (package) JOIN origin_words USING (origin)
WHERE origin IN ('adb', 'file', 'other')
GROUP BY package ORDER BY package
"""


@rule(
    "android.powerful_role_of_sideloaded_app",
    level=Level.HIGH,
    stage=Stage.PERSISTED,
    benign="A keyboard, VPN or messenger that the owner installed from its maker's site; a few makers' own keyboards "
    "outside the system partition carry no installer.",
    references=[SERBIA_2024, "https://rsf.org/en/exclusive-rsf-uncovers-new-spyware-belarus"],
    next_steps=["Ask the owner whether they know the app and gave it this role.", "Keep the app's APK."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"role of {row['package']}",
        title=f"{row['package']} is {row['roles']} and was {row['words']}",
        says=row["roles"],
        level=Level.MEDIUM if row["origin"] == "file" else Level.HIGH,
    )
