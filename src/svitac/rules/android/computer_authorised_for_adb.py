"""A computer may command this phone over USB debugging.

Each computer that the owner - or whoever held the unlocked phone - allowed is kept with its name until it has not
connected for seven days. The analyst's own computer is among them: of those that connected from a quarter of an hour
before the acquisition until its end, the last. Only the owner can say which others are theirs.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
WITH analyst AS (
    SELECT max(key.last_connection) AS moment FROM android_adb_keys AS key JOIN android_acquisition AS acquisition
    ON key.last_connection >= acquisition.started - INTERVAL 15 MINUTES
       AND key.last_connection <= coalesce(acquisition.completed, acquisition.started + INTERVAL 1 DAY)
)
SELECT key.fingerprint, max(key.user) AS computer, max(key.last_connection)::TIMESTAMP AS last,
       list(DISTINCT key."where") AS key, bool_or(coalesce(key.last_connection = analyst.moment, false)) AS analyst
FROM android_adb_keys AS key CROSS JOIN analyst
WHERE key.fingerprint <> ''
GROUP BY key.fingerprint ORDER BY key.fingerprint
"""


@rule(
    "android.computer_authorised_for_adb",
    level=Level.LOW,
    stage=Stage.PHYSICAL,
    benign="The owner's own computer; a repair shop; the analyst's computer, which connected during the acquisition.",
    references=[
        "https://android.googlesource.com/platform/frameworks/base/+/main/services/core/java/com/android/server/adb/"
    ],
    next_steps=["Show the owner the names and times: which of these computers do they know?"],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    name = row["computer"] or f"with key {row['fingerprint']}"
    when = f", last connected {row['last']:%Y-%m-%d %H:%M:%S} UTC" if row["last"] else ""
    what = "The computer that made the acquisition" if row["analyst"] else "A computer"
    return Reason(
        subject=f"ADB key {row['fingerprint']}",
        title=f"{what} is authorised for ADB: {name}{when}",
        says=name,
        level=Level.INFO if row["analyst"] else Level.LOW,
        stage=Stage.NONE if row["analyst"] else Stage.PHYSICAL,
    )
