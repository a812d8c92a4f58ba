"""An app that came from outside a store is an administrator of the phone.

A device administrator is hard to remove and can lock or wipe the phone. NoviSpy's first app makes itself one. Company
phones have one as well, installed from a store or with the phone.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT admin.package, min(words) AS words, min(admin.role) AS role,
       list(DISTINCT admin."where") AS device_administrator, any_value(app.told) AS installed_app
FROM android_device_admins AS admin JOIN app USING (package) JOIN origin_words USING (origin)
WHERE origin IN ('adb', 'file', 'other')
GROUP BY admin.package ORDER BY admin.package
"""


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
    return Reason(
        subject=f"administrator {row['package']}",
        title=f"{row['package']} is a {row['role'].replace('admin', 'device administrator')} and was {row['words']}",
    )
