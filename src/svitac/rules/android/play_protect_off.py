"""The check of apps for malware (Play Protect) is turned off or weakened.

Spyware that is installed by hand is often on Play Protect's list, so whoever installs it turns the check off first.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT told.name, told.value, list(DISTINCT told."where") AS setting,
       bool_or(coalesce(told.writer = 'com.android.shell', false)) AS over_adb
FROM (SELECT name, value, writer, "where" FROM android_dumpsys_settings
      UNION ALL SELECT name, value, NULL, "where" FROM android_settings) AS told
JOIN known_play_protect AS known ON told.name = known.value AND told.value = known.weak
GROUP BY told.name, told.value ORDER BY told.name
"""


@rule(
    "android.play_protect_off",
    level=Level.MEDIUM,
    benign="A developer's phone, or a phone without Google's services; some owners turn it off themselves.",
    references=["https://developers.google.com/android/play-protect/client-protections"],
    next_steps=["Ask the owner whether they turned it off.", "After the evidence is safe, turn it on again."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"setting {row['name']}",
        title=f"The check of apps for malware is weakened: {row['name']} is {row['value']}",
        says=f"{row['name']}={row['value']}",
        level=Level.HIGH if row["over_adb"] else Level.MEDIUM,
        stage=Stage.PHYSICAL if row["over_adb"] else Stage.NONE,
    )
