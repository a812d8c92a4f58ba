"""An app that came from outside a store is told of every message or call.

A receiver of `SMS_RECEIVED`, `NEW_OUTGOING_CALL` or `PHONE_STATE` runs whenever a message or call comes. NoviSpy takes
its orders by SMS this way. Messengers use it to read a confirmation code.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage
from svitac.rules.publications import SERBIA_2024

QUERY = """
SELECT receiver.package, min(words) AS words, string_agg(DISTINCT receiver.key, ', ' ORDER BY receiver.key) AS actions,
       list(DISTINCT receiver."where") AS receiver, any_value(app.told) AS installed_app
FROM android_components AS receiver JOIN app USING (package) JOIN origin_words USING (origin)
WHERE receiver.role = 'receiver' AND origin IN ('adb', 'file', 'other')
  AND receiver.key IN (SELECT value FROM known_interception_actions)
GROUP BY receiver.package ORDER BY receiver.package
"""


@rule(
    "android.interception_by_sideloaded_app",
    level=Level.MEDIUM,
    stage=Stage.PERSISTED,
    benign="A messenger or call blocker that was installed from its maker's web site.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner whether they know the app."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"interception by {row['package']}",
        title=f"{row['package']} is told of {row['actions']} and was {row['words']}",
        says=row["actions"],
    )
