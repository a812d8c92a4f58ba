"""Two copies of the same fact in one acquisition say different things.

An acquisition holds many facts two or three times: the list of apps in `packages.json`, in `dumpsys.txt` and in the bug
report; properties and settings likewise. They are read minutes apart, so what changes by itself is not compared. What
remains is an install or a change during the acquisition, a copy that was edited - or a mistake of ours in reading one.

`packages.json` comes from `pm list packages -u`: it holds apps that were removed for the owner too, and may lack those
of another user only. More than 20 missing apps are one finding: such a list was cut, not edited.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason

QUERY = """
WITH listed AS (  -- `due`: installed for the owner, so every list must have it; others may
    SELECT package, "where".path AS source, true AS due, "where" FROM android_packages
    UNION ALL
    SELECT package, "where".path, coalesce(installed, true) AND coalesce("user", 0) = 0 AND NOT hidden, "where"
    FROM android_dumpsys_package
), missing AS (
    SELECT package, source FROM (SELECT package FROM listed GROUP BY package HAVING bool_or(due))
    CROSS JOIN (SELECT DISTINCT source FROM listed)
    WHERE NOT regexp_matches(package, '_[0-9]+$')  -- a static library: `pm list packages` does not show it so
      AND (package, source) NOT IN (SELECT (package, source) FROM listed)
), short AS (
    SELECT source, count(*) AS lacks FROM missing GROUP BY source HAVING count(*) > 20
), told AS (
    SELECT 'installer of ' || package AS subject, coalesce(installer, 'nobody') AS value, "where" FROM android_packages
    WHERE coalesce(installer_raw, '') <> ''
    UNION ALL
    SELECT 'installer of ' || package, coalesce(installer, 'nobody'), "where" FROM android_dumpsys_package
    WHERE NOT hidden
    UNION ALL
    SELECT 'whether ' || package || ' is a system app', CASE WHEN system THEN 'yes' ELSE 'no' END, told FROM app_told
    WHERE system IS NOT NULL AND NOT hidden
    UNION ALL
    SELECT 'property ' || name, value, "where" FROM android_getprop
    WHERE (name LIKE 'ro.%' OR name = 'persist.sys.timezone')
      AND NOT regexp_matches(name, '^ro\\.(boottime\\.|runtime\\.|boot\\.boottime|boot\\.bootreason)')  -- of one start
    UNION ALL
    SELECT 'setting ' || namespace || ' ' || name, CASE WHEN value = 'null' THEN '' ELSE value END, "where"
    FROM android_settings WHERE name IN (SELECT value FROM known_watched_settings)
    UNION ALL
    SELECT 'setting ' || namespace || ' ' || name, CASE WHEN value = 'null' THEN '' ELSE coalesce(value, '') END,
           "where"
    FROM android_dumpsys_settings
    WHERE "user" = 0 AND name IN (SELECT value FROM known_watched_settings)
)
SELECT subject, 'Copies disagree about ' || subject || ': '
       || array_to_string(list(DISTINCT value ORDER BY value)[:4], ' / ') AS title, list(DISTINCT "where") AS copy
FROM told GROUP BY subject HAVING count(DISTINCT value) > 1
UNION ALL
SELECT 'app ' || package, 'App ' || package || ' is not in the list of installed apps of '
       || string_agg(DISTINCT missing.source, ', ' ORDER BY missing.source), list(DISTINCT listed."where")
FROM missing JOIN listed USING (package) WHERE missing.source NOT IN (SELECT source FROM short) GROUP BY package
UNION ALL
SELECT 'apps of ' || source, 'The list of installed apps in ' || source || ' lacks ' || lacks
       || ' apps of another list: it is not whole', [{'path': source, 'spot': ''}]
FROM short
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
    return Reason(subject=row["subject"], title=row["title"])
