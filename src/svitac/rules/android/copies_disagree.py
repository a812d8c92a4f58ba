"""Two copies of the same fact in one acquisition say different things.

An acquisition holds many facts two or three times: the list of apps in `packages.json`, in `dumpsys.txt` and in the bug
report; properties and settings likewise. They are read minutes apart, so what changes by itself is not compared. What
remains is an install or a change during the acquisition, a copy that was edited - or a mistake of ours in reading one.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason

QUERY = """
WITH told AS (
    SELECT 'app ' || package AS subject, "where".path AS source, 'installed' AS value, "where" FROM android_packages
    UNION ALL
    SELECT 'app ' || package, "where".path, 'installed', "where" FROM android_dumpsys_package
    WHERE coalesce(installed, true) AND NOT hidden
    UNION ALL
    SELECT 'installer of ' || package, "where".path, coalesce(installer, 'nobody'), "where" FROM android_packages
    UNION ALL
    SELECT 'installer of ' || package, "where".path, coalesce(installer, 'nobody'), "where"
    FROM android_dumpsys_package WHERE coalesce(installed, true) AND NOT hidden
    UNION ALL
    SELECT 'property ' || name, "where".path, value, "where" FROM android_getprop
    WHERE name LIKE 'ro.%' OR name = 'persist.sys.timezone'
    UNION ALL
    SELECT 'setting ' || namespace || ' ' || name, "where".path, value, "where" FROM android_settings
    WHERE name IN (SELECT value FROM known_watched_settings)
    UNION ALL
    SELECT 'setting ' || namespace || ' ' || name, "where".path, coalesce(value, ''), "where"
    FROM android_dumpsys_settings
    WHERE "user" = 0 AND name IN (SELECT value FROM known_watched_settings)
), lists AS (
    SELECT count(DISTINCT source) AS copies FROM told WHERE subject LIKE 'app %'
)
SELECT subject, list(DISTINCT value ORDER BY value) AS "values", count(DISTINCT source) AS sources,
       any_value(copies) AS copies, list(DISTINCT "where") AS copy
FROM told CROSS JOIN lists GROUP BY subject
HAVING count(DISTINCT value) > 1 OR (subject LIKE 'app %' AND count(DISTINCT source) < any_value(copies))
ORDER BY subject
"""


@rule(
    "android.copies_disagree",
    level=Level.LOW,
    certainty=Certainty.CERTAIN,
    benign="An app that was installed, or a setting that was changed, while the acquisition ran; a bug report "
    "that was made on another day and put into the folder.",
    references=["https://github.com/mvt-project/androidqf"],
    next_steps=["Look at both places. If the time of the acquisition does not explain it, ask for the original."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    if len(row["values"]) > 1:
        told = " / ".join(row["values"][:4])
        return Reason(subject=row["subject"], title=f"Copies disagree about {row['subject']}: {told}")
    title = f"{row['subject']} is in {row['sources']} of {row['copies']} lists of installed apps"
    return Reason(subject=row["subject"], title=title)
