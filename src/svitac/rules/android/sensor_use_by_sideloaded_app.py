"""An app that came from outside a store used microphone, camera or place, or read messages, calls or contacts.

Android keeps the last time that each app did so. An app that nobody installed on the phone itself and that listens is
what NoviSpy looks like. A messenger that its owner installed from a file does the same, so that weighs less.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT used.package, min(origin) AS origin, min(words) AS words,
       string_agg(DISTINCT used.op, ', ' ORDER BY used.op) AS ops,
       list(DISTINCT used."where") AS use_of_a_sensor_or_of_private_data, any_value(app.told) AS installed_app
FROM android_appops AS used JOIN app USING (package) JOIN origin_words USING (origin)
WHERE used.event IN ('access', 'running') AND origin IN ('adb', 'file', 'other')
  AND used.op IN (SELECT value FROM known_sensor_operations)
GROUP BY used.package ORDER BY used.package
"""


@rule(
    "android.sensor_use_by_sideloaded_app",
    level=Level.HIGH,
    stage=Stage.EXECUTED,
    benign="A messenger, map or game that the owner installed from a file or from a computer.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner whether they know the app.", "Compare the times with what the owner did then."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"sensor use by {row['package']}",
        title=f"{row['package']} used {row['ops']} and was {row['words']}",
        says=row["ops"],
        level=Level.HIGH if row["origin"] == "adb" else Level.MEDIUM,
    )
