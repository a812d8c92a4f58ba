"""A command over ADB installed an app, changed a setting or recorded the screen, outside the acquisition.

Android keeps when each app last used an operation, and `com.android.shell` is an app to it: the commands of a computer.
The time stays until the next use, over restarts, so it may be the only trace of commands. What lies within the
acquisition, or a quarter of an hour before it, is the analyst's. Low where the phone's zone or the time is unknown, so
that it cannot be compared with an acquisition.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT used.op, any_value(known.what) AS what, max(used.time.wall) AS last,
       bool_or(used.time.utc IS NOT NULL) OR NOT EXISTS (SELECT 1 FROM acquisition_time) AS comparable,
       list(DISTINCT used."where" ORDER BY used."where") AS use_by_the_shell
FROM android_appops AS used JOIN known_shell_operations AS known ON used.op = known.value
WHERE used.package = 'com.android.shell' AND used.event IN ('access', 'running')
  AND NOT EXISTS (SELECT 1 FROM acquisition_time WHERE used.time.utc BETWEEN first AND last)
GROUP BY used.op ORDER BY used.op
"""


@rule(
    "android.shell_used_powerful_operation",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    benign="A developer's phone; an app that the owner, a friend or a helper once installed from a computer.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner whether the phone was connected to a computer then, and who held it."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    when = f", last at {row['last']:%Y-%m-%d %H:%M:%S} (the phone's clock)" if row["last"] else ""
    return Reason(
        subject=f"operation {row['op']} by the shell",
        title=f"A command over ADB {row['what']} ({row['op']}){when}",
        says=row["op"],
        level=Level.MEDIUM if row["comparable"] and row["last"] else Level.LOW,
    )
