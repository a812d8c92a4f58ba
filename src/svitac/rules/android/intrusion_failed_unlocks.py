"""Somebody tried five times or more within ten minutes to unlock the phone, and failed.

Android's intrusion log keeps each attempt. Guessing by hand is slowed down by the phone after five wrong codes; a tool
may go on for hours. Attempts with a code count as medium; where all were with finger or face, or the way is not told to
be a code, it is low: wet fingers fail often. One finding is one day (UTC); exports overlap, each attempt counts once.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
WITH attempt AS (
    SELECT event_id, time::TIMESTAMP AS moment, regexp_matches(detail, '"method_strength":(1|"1")') AS with_code,
           list(DISTINCT "where" ORDER BY "where") AS places
    FROM android_intrusion_security WHERE event = 'keyguard_dismiss_auth_attempt' AND NOT success GROUP BY ALL
), counted AS (
    SELECT *, count(*) OVER before AS tries, count(*) FILTER (with_code) OVER before AS codes FROM attempt
    WINDOW before AS (ORDER BY moment RANGE BETWEEN INTERVAL 10 MINUTES PRECEDING AND CURRENT ROW)
), marked AS (
    SELECT *, max(tries) OVER after AS most, max(codes) OVER after AS most_codes FROM counted
    WINDOW after AS (ORDER BY moment RANGE BETWEEN CURRENT ROW AND INTERVAL 10 MINUTES FOLLOWING)
)
SELECT moment::DATE AS day, min(moment) AS first, max(moment) AS last, count(*) AS tries, max(most_codes) AS codes,
       list_distinct(flatten(list(places ORDER BY moment))) AS failed_attempt
FROM marked WHERE most >= 5 GROUP BY day ORDER BY day
"""
MANY = 5


@rule(
    "android.intrusion_failed_unlocks",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    benign="The owner with wet fingers or a forgotten code; a child.",
    references=[
        "https://securitylab.amnesty.org/latest/2026/05/android-intrusion-logging-as-a-new-source-of-data-for-consensual-forensic-analysis/"
    ],
    next_steps=["Ask the owner whether they tried to unlock the phone then, and who else had it."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"failed unlocks on {row['day']}",
        title=f"{row['tries']} failed attempts to unlock the phone from {row['first']:%Y-%m-%d %H:%M:%S} to "
        f"{row['last']:%H:%M:%S} UTC",
        level=Level.MEDIUM if row["codes"] >= MANY else Level.LOW,
    )
