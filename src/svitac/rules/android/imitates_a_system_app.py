"""An app from outside a store bears a name that is nearly, or begins like, that of a system app or a well-known one.

Spyware hides behind such names: NoviSpy's `com.accesibilityservice`, ResidentBat's `com.linkedln.service` and
`com.android.framework.safety`. Compared are packages that are neither part of the system nor from a store: with known
names and those of this phone's system (one letter differs, two in names of 18 letters and more), with known words
between the dots, and with the beginnings that makers use. A beginning is medium only if the app came over ADB and is
not the phone's own maker's. Where nothing tells who installed the app, a near name is low and a beginning is nothing.

An app that bears a known name exactly may be that app, installed from a file: only its certificate can tell, and this
rule does not. What an app calls itself on the screen is not in the evidence.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason, Stage

# At most 2,000 apps and 1,000 system names are compared: a list that was filled to slow us down must not.
QUERY = """
WITH suspect AS (
    SELECT package, origin, told FROM app
    WHERE origin IN ('adb', 'file', 'other', 'unknown') AND length(package) BETWEEN 6 AND 100
      AND package NOT IN (SELECT value FROM known_imitated_names WHERE how = 'name')
    ORDER BY package LIMIT 2000
), maker AS (
    SELECT DISTINCT lower(value) AS brand FROM android_getprop
    WHERE name IN ('ro.product.brand', 'ro.product.manufacturer', 'ro.product.vendor.brand')
), original AS (
    SELECT value AS name FROM known_imitated_names WHERE how = 'name'
    UNION
    (SELECT package FROM app WHERE origin = 'system' AND length(package) BETWEEN 10 AND 100 ORDER BY package LIMIT 1000)
), near AS (
    SELECT package, origin, told, 'is nearly ' || name AS reason, 'name' AS how, true AS foreign_phone
    FROM suspect JOIN original ON abs(length(package) - length(name)) <= 2
    WHERE levenshtein(package, name) <= CASE WHEN length(name) >= 18 THEN 2 ELSE 1 END
    UNION ALL
    SELECT package, origin, told, 'holds a word that is nearly ' || value, how, true
    FROM (SELECT *, unnest(string_split(package, '.')) AS part FROM suspect) JOIN known_imitated_names
      ON how = 'word' AND abs(length(part) - length(value)) <= 2 AND NOT starts_with(part, value)
    WHERE levenshtein(part, value) <= CASE WHEN length(value) >= 18 THEN 2 ELSE 1 END
    UNION ALL
    SELECT package, origin, told, 'begins with ' || value || ' but is not part of the system', how,
           brand = '' OR (EXISTS (SELECT 1 FROM maker)
                          AND NOT list_has_any(string_split(brand, ' '), (SELECT list(maker.brand) FROM maker)))
    FROM suspect JOIN known_imitated_names ON how = 'prefix' AND starts_with(package, value) WHERE origin <> 'unknown'
)
SELECT package, min(origin) AS origin, min(words) AS words,
       string_agg(DISTINCT reason, '; ' ORDER BY reason) AS reasons,
       bool_or(origin <> 'unknown' AND (how <> 'prefix' OR (origin = 'adb' AND foreign_phone))) AS telling,
       any_value(told) AS installed_app
FROM near JOIN origin_words USING (origin) GROUP BY package ORDER BY package
"""


@rule(
    "android.imitates_a_system_app",
    level=Level.MEDIUM,
    stage=Stage.PERSISTED,
    certainty=Certainty.POSSIBLE,
    benign="A maker's or Google's own app that the owner installed from a file; a modified messenger; an app that a "
    "maker put outside the system partition.",
    references=[
        "https://rsf.org/en/exclusive-rsf-uncovers-new-spyware-belarus",
        "https://rsf.org/sites/default/files/medias/file/2025/12/report.pdf",
    ],
    next_steps=[
        "Ask the owner whether they know the app.",
        "Compare its certificate with that of the app it resembles.",
    ],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"name of {row['package']}",
        title=f"{row['package']} {row['reasons']}, and was {row['words']}",
        says=row["reasons"],
        level=Level.MEDIUM if row["telling"] else Level.LOW,
    )
