"""An app was used on this phone and is not among its apps any more.

Uninstalled apps are normal, so by itself this weighs little. Tools that extract a phone, and people who place an
implant and take it back, leave the same trace: Cellebrite's `com.client.appA` stood only in the history of a Jordanian
activist's phone. Medium: every use that is known lies within two hours after the app's install, which was not a
store's doing, and nothing says that it was removed.

History is usage, battery statistics, app operations, process statistics, process ends and Samsung's install log; the
list of apps must be whole: read to its end, and with `android` itself in it. Names without a dot are no apps.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason

QUERY = """
WITH seen AS (
    SELECT package, 'app usage' AS source, "where" FROM app_use
    UNION ALL SELECT package, 'app usage', "where" FROM android_usage_totals
    UNION ALL SELECT package, 'installs and removals', "where" FROM app_change
    UNION ALL SELECT package, 'battery statistics by day', "where" FROM android_battery_daily
    UNION ALL SELECT package, 'app operations', "where" FROM android_appops
    UNION ALL SELECT package, 'process statistics', "where" FROM android_process_statistics
    UNION ALL SELECT package, 'process ends', "where" FROM android_exit_info
), gone AS (
    SELECT package, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources,
           list(DISTINCT "where" ORDER BY "where") AS history
    FROM seen
    WHERE contains(package, '.') AND package NOT IN (SELECT package FROM app)
      AND EXISTS (SELECT 1 FROM app WHERE package = 'android') AND EXISTS (SELECT 1 FROM app_lists_whole)
    GROUP BY package
), change AS (
    SELECT package, max(moment) FILTER (NOT removed) AS installed, bool_or(removed) AS removed,
           bool_or(asked_by IN (SELECT value FROM known_stores)) AS from_store
    FROM app_change GROUP BY package
), used AS (
    SELECT package, min(moment) AS first_use, max(moment) AS last_use FROM app_use GROUP BY package
)
SELECT package, sources, history, last_use,
       coalesce(NOT removed AND NOT coalesce(from_store, false) AND first_use >= installed - INTERVAL 1 MINUTE
                AND last_use <= installed + INTERVAL 2 HOURS, false)
       AND package NOT IN (SELECT package FROM android_battery_daily WHERE uninstalled) AS used_at_once
FROM gone LEFT JOIN change USING (package) LEFT JOIN used USING (package) ORDER BY package
"""


@rule(
    "android.package_only_in_history",
    level=Level.LOW,
    benign="An app that the owner removed, which every phone has; an app of another user or of a work profile.",
    references=[
        "https://citizenlab.ca/research/from-protest-to-peril-cellebrite-used-against-jordanian-civil-society/"
    ],
    next_steps=["Ask the owner whether they know the app and removed it, and when."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    last = f", last used {row['last_use']:%Y-%m-%d %H:%M:%S} (the phone's clock)" if row["last_use"] else ""
    at_once = ", only within two hours after its install" if row["used_at_once"] else ""
    return Reason(
        subject=f"history of {row['package']}",
        title=f"{row['package']} is not installed, but stands in the phone's history: {row['sources']}{last}{at_once}",
        level=Level.MEDIUM if row["used_at_once"] else Level.LOW,
    )
