"""An app that came from outside a store is an administrator of the phone.

A device administrator is hard to remove and can lock or wipe the phone. NoviSpy's first app makes itself one. Company
phones have one as well, installed from a store or with the phone.

An administrator that stands in no list of installed apps is reported too, as medium: the app was removed or hidden, or
a list is not whole. Where nothing tells who installed the app, it is low.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT admin.package, min(words) AS words, min(origin) AS origin,
       string_agg(DISTINCT replace(admin.role, 'admin', 'device administrator'), ' and '
                  ORDER BY replace(admin.role, 'admin', 'device administrator')) AS roles,
       list(DISTINCT admin."where") AS device_administrator, any_value(app.told) AS installed_app
FROM android_device_admins AS admin LEFT JOIN app USING (package) LEFT JOIN origin_words USING (origin)
WHERE origin IN ('adb', 'file', 'other', 'unknown') OR (app.package IS NULL AND EXISTS (SELECT 1 FROM app_lists_whole))
GROUP BY admin.package ORDER BY admin.package
"""
LEVELS = {None: Level.MEDIUM, "unknown": Level.LOW}  # of an app in no list, or of which nothing tells who installed it


@rule(
    "android.device_admin_by_sideloaded_app",
    level=Level.HIGH,
    stage=Stage.PERSISTED,
    benign="An employer's management app that was installed from a link; an app lock from the maker's own web site.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner, and their employer, whether the phone is managed.", "Keep the app's APK."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    origin = f"was {row['words']}" if row["words"] else "is in no list of installed apps"
    return Reason(
        subject=f"administrator {row['package']}",
        title=f"{row['package']} is a {row['roles']} and {origin}",
        level=LEVELS.get(row["origin"], Level.HIGH),
    )
