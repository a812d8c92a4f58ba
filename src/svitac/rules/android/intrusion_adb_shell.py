"""Somebody gave this phone commands, or exchanged files with it, over ADB.

Android's intrusion log keeps each shell that was opened, each command and each file that was pulled or pushed, also
those that leave no other trace. The analyst's own, within the acquisition or a quarter of an hour before it, are left
out. One finding is one day (UTC); exports overlap, each event counts once.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT time::TIMESTAMP::DATE AS day, min(time)::TIMESTAMP AS first, max(time)::TIMESTAMP AS last,
       count(DISTINCT (event_id, time, event, command, path)) AS events,
       list(DISTINCT coalesce(command, path) ORDER BY coalesce(command, path))[:3] AS samples,
       list(DISTINCT "where" ORDER BY "where") AS event_over_ADB
FROM android_intrusion_security AS seen
WHERE event IN ('adb_shell_interactive', 'adb_shell_cmd', 'adb_sync_recv_file', 'adb_sync_send_file')
  AND NOT EXISTS (SELECT 1 FROM acquisition_time AS acquisition
                  WHERE seen.time BETWEEN acquisition.first AND acquisition.last)
GROUP BY day ORDER BY day
"""


@rule(
    "android.intrusion_adb_shell",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    benign="A developer or a repair shop; a helper who read the phone on another day.",
    references=[
        "https://securitylab.amnesty.org/latest/2026/05/android-intrusion-logging-as-a-new-source-of-data-for-consensual-forensic-analysis/"
    ],
    next_steps=["Show the owner day and commands: who had the phone connected to a computer then?"],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    samples = [sample[:80] for sample in row["samples"] or () if sample]
    return Reason(
        subject=f"ADB on {row['day']}",
        title=f"{row['events']} commands or files over ADB from {row['first']:%Y-%m-%d %H:%M:%S} to "
        f"{row['last']:%H:%M:%S} UTC",
        says="; ".join(samples),
    )
