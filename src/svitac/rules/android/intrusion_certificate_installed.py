"""A certificate authority was added to the phone: whoever holds its key can read traffic that apps believe is private.

Android's intrusion log keeps it. Together with a proxy or a VPN such a certificate opens encrypted connections of the
browser and of apps that trust it. An attempt that failed is left out.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT time::TIMESTAMP AS moment, detail, list(DISTINCT "where" ORDER BY "where") AS certificate
FROM android_intrusion_security
WHERE event = 'cert_authority_installed' AND coalesce(success, true)
GROUP BY time, detail ORDER BY time, detail
"""


@rule(
    "android.intrusion_certificate_installed",
    level=Level.MEDIUM,
    stage=Stage.PERSISTED,
    benign="A company's or school's certificate that the owner installed for its network; a developer's or helper's "
    "proxy.",
    references=[
        "https://securitylab.amnesty.org/latest/2026/05/android-intrusion-logging-as-a-new-source-of-data-for-consensual-forensic-analysis/"
    ],
    next_steps=["Ask the owner who installed it. It stands in the settings, under the user's trusted credentials."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"certificate authority of {row['moment']:%Y-%m-%d %H:%M:%S} UTC",
        title=f"A certificate authority was installed at {row['moment']:%Y-%m-%d %H:%M:%S} UTC",
        says=row["detail"][:200],
    )
