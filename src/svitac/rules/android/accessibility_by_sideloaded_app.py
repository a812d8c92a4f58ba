"""An app that came from outside a store can read and control everything on the screen.

An enabled accessibility service sees every text and can tap for the owner. Spyware uses it to read encrypted messengers
(NoviSpy's second app, ResidentBat, Morpheus). Password managers and screen readers use it too, but those come from a
store.

An enabled service of an app that stands in no list of installed apps is reported too, as medium: the app was removed or
hidden, or a list is not whole. Where nothing tells who installed the app, it is low.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT service.package, min(words) AS words, min(origin) AS origin,
       list(DISTINCT service."where") AS accessibility_service, any_value(app.told) AS installed_app
FROM android_accessibility AS service LEFT JOIN app USING (package) LEFT JOIN origin_words USING (origin)
WHERE service.package IS NOT NULL AND service.state IN ('enabled', 'bound', 'binding', 'crashed')
  AND (origin IN ('adb', 'file', 'other', 'unknown')
       OR (app.package IS NULL AND EXISTS (SELECT 1 FROM app_lists_whole)))
GROUP BY service.package ORDER BY service.package
"""
LEVELS = {None: Level.MEDIUM, "unknown": Level.LOW}  # of an app in no list, or of which nothing tells who installed it


@rule(
    "android.accessibility_by_sideloaded_app",
    level=Level.HIGH,
    stage=Stage.PERSISTED,
    benign="A screen reader, password manager or automation app that the owner installed from its maker's site.",
    references=[
        SERBIA_2024,
        "https://rsf.org/en/exclusive-rsf-uncovers-new-spyware-belarus",
    ],
    next_steps=["Ask the owner whether they know the app and turned this on themselves.", "Keep the app's APK."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    origin = f"was {row['words']}" if row["words"] else "is in no list of installed apps"
    return Reason(
        subject=f"accessibility of {row['package']}",
        title=f"{row['package']} has an accessibility service and {origin}",
        level=LEVELS.get(row["origin"], Level.HIGH),
    )
