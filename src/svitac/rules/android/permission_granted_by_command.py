"""A dangerous permission was granted without a person, the system, a role or an administrator having done so.

`pm grant` and `install -g` leave no flag behind; a tap in the dialog leaves `USER_SET`. On a clean Android 10 phone all
270 grants to system apps but 4 carry such a flag, and the only other app without one had truly been installed over ADB.
Apps that target Android 5.1 or older are granted everything at install: they are marked as such and do not count.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT package, string_agg(DISTINCT replace(permission.name, 'android.permission.', ''), ', '
                           ORDER BY replace(permission.name, 'android.permission.', '')) AS names,
       count(DISTINCT permission.name) AS granted, min(target_sdk) AS target_sdk, list(DISTINCT "where") AS permissions
FROM (
    SELECT package, target_sdk, "where", unnest(permissions) AS permission FROM android_dumpsys_package
    WHERE NOT system AND coalesce(installed, true)
)
WHERE permission.granted AND permission.runtime
  AND permission.name IN (SELECT value FROM known_dangerous_permissions)
  AND NOT list_has_any(permission.flags, (SELECT list(value) FROM known_excusing_flags))
GROUP BY package ORDER BY package
"""
OLD_MODEL = 22  # Android 5.1: permissions are granted at install, all of them


@rule(
    "android.permission_granted_by_command",
    level=Level.LOW,
    stage=Stage.PHYSICAL,
    benign="An app installed over ADB with all permissions (`adb install -g`) by a developer; an app for Android 5.1 "
    "or older, which is granted everything at install; a restored backup.",
    references=["https://android.googlesource.com/platform/frameworks/base/+/main/core/java/android/content/pm/"],
    next_steps=["Ask the owner whether they granted these permissions in a dialog."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    old = row["target_sdk"] is not None and row["target_sdk"] <= OLD_MODEL
    why = "at install, as an app for Android 5.1 or older" if old else "by a command, not by a person"
    return Reason(
        subject=f"permissions of {row['package']}",
        title=f"{row['package']} was granted {row['granted']} dangerous permissions {why}",
        says=row["names"],
        level=Level.INFO if old else Level.LOW,
        stage=Stage.NONE if old else Stage.PHYSICAL,
    )
