"""An app was installed and removed again within two hours.

Extraction tools install a helper, use it and take it back: Cellebrite's `com.client.appA` was on a Jordanian activist's
phone for minutes. Low if a store installed it, which is a person who tried an app, or if it is installed now, which is
a person who installed it again.

The moments come from the battery history (since the last full charge, so a few days; it does not tell who asked, and
calls an update an install) and from Samsung's install log (months, with who asked). Installs and removals that failed
do not count. The battery statistics by day know only the day and are not read here.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
WITH paired AS (
    SELECT *, removed AND max(CASE WHEN NOT removed THEN moment END) OVER lately IS NOT NULL AS at_once,
           max(CASE WHEN NOT removed THEN moment END) OVER lately AS installed
    FROM app_change
    WINDOW lately AS (PARTITION BY package ORDER BY moment
                      RANGE BETWEEN INTERVAL 2 HOURS PRECEDING AND CURRENT ROW)
)
SELECT package, min(installed) FILTER (at_once) AS first, min(moment) FILTER (at_once) AS gone,
       coalesce(bool_or(asked_by IN (SELECT value FROM known_stores)), false) AS from_store,
       package IN (SELECT package FROM app WHERE app.installed) AS again,
       list(DISTINCT "where" ORDER BY "where") FILTER (NOT removed) AS install,
       list(DISTINCT "where" ORDER BY "where") FILTER (removed) AS removal
FROM paired GROUP BY package HAVING bool_or(at_once) ORDER BY package
"""


@rule(
    "android.installed_and_removed_at_once",
    level=Level.MEDIUM,
    stage=Stage.EXECUTED,
    benign="An app that the owner tried and did not like; a developer's test; an update that was taken back.",
    references=[
        "https://citizenlab.ca/research/from-protest-to-peril-cellebrite-used-against-jordanian-civil-society/"
    ],
    next_steps=["Ask the owner whether they installed and removed the app, and where the phone was then."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    mild = row["from_store"] or row["again"]
    by = " by a store" if row["from_store"] else ""
    now = "; it is installed now" if row["again"] else ""
    return Reason(
        subject=f"short stay of {row['package']}",
        title=f"{row['package']} was installed{by} at {row['first']:%Y-%m-%d %H:%M:%S} and removed at "
        f"{row['gone']:%Y-%m-%d %H:%M:%S} (the phone's clock){now}",
        level=Level.LOW if mild else Level.MEDIUM,
        stage=Stage.NONE if mild else Stage.EXECUTED,
    )
