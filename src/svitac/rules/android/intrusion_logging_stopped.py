"""The intrusion log was switched off: from then on it cannot speak.

Android's intrusion log says so itself. Whoever holds the unlocked phone can do it, and what happened afterwards is not
in the log. Low by itself: the owner may have done it, and the log also stops when it is set up anew.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason

QUERY = """
WITH seen AS (
    SELECT DISTINCT time::TIMESTAMP AS moment, event FROM android_intrusion_security
    WHERE event IN ('logging_started', 'logging_stopped')
), paired AS (
    SELECT *, min(CASE WHEN event = 'logging_started' THEN moment END) OVER (
        ORDER BY moment ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS again FROM seen
)
SELECT paired.moment, any_value(paired.again) AS again, list(DISTINCT "where" ORDER BY "where") AS end_of_the_log
FROM paired JOIN android_intrusion_security AS log ON log.event = paired.event AND log.time::TIMESTAMP = paired.moment
WHERE paired.event = 'logging_stopped' GROUP BY paired.moment ORDER BY paired.moment
"""
SHORT = 60  # seconds: the log was set up anew


@rule(
    "android.intrusion_logging_stopped",
    level=Level.LOW,
    benign="The owner switched Advanced Protection or its log off, or set it up anew.",
    references=[
        "https://securitylab.amnesty.org/latest/2026/05/android-intrusion-logging-as-a-new-source-of-data-for-consensual-forensic-analysis/"
    ],
    next_steps=["Ask the owner whether they switched it off, and who held the phone then."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    again = row["again"]
    until = f"until {again:%Y-%m-%d %H:%M:%S} UTC" if again else "and not switched on again"
    brief = again is not None and (again - row["moment"]).total_seconds() <= SHORT
    return Reason(
        subject=f"intrusion log at {row['moment']:%Y-%m-%d %H:%M:%S} UTC",
        title=f"The intrusion log was switched off at {row['moment']:%Y-%m-%d %H:%M:%S} UTC {until}",
        level=Level.INFO if brief else Level.LOW,
    )
