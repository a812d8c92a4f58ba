"""The phone's radios were switched off when it was read: it came back, or was kept, cut off from the networks.

Police put a phone they work on out of reach, so that it cannot be wiped from afar; the phone of a Serbian journalist
came back with mobile data and Wi-Fi off. Owners and helpers switch radios off too, helpers on purpose before an
acquisition, so this only supports what else is found.

Reported when mobile data (of every SIM) and Wi-Fi are both off, or when flight mode is on with Wi-Fi off.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason
from svitac.rules.publications import SERBIA_2024

QUERY = """
WITH radio AS (
    SELECT name, value, "where" FROM android_settings WHERE namespace = 'global'
    UNION ALL
    SELECT name, value, "where" FROM android_dumpsys_settings WHERE namespace = 'global'
), state AS (
    SELECT bool_and(value = '0') FILTER (regexp_full_match(name, 'mobile_data[0-9]*')) AS data_off,
           bool_and(value = '0') FILTER (name = 'wifi_on') AS wifi_off,
           bool_and(value = '1') FILTER (name = 'airplane_mode_on') AS flight,
           list(DISTINCT "where" ORDER BY "where") FILTER (
               name IN ('wifi_on', 'airplane_mode_on') OR regexp_full_match(name, 'mobile_data[0-9]*')) AS setting
    FROM radio
)
SELECT coalesce(data_off, false) AS data_off, coalesce(flight, false) AS flight, setting FROM state
WHERE wifi_off AND (data_off OR flight)
"""


@rule(
    "android.radios_off",
    level=Level.INFO,
    benign="Flight mode that the owner, or the helper who made the acquisition, switched on; a phone without a SIM.",
    references=[SERBIA_2024],
    next_steps=["Ask the owner whether they switched these off, and how the phone came back to them."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    off = [name for name, is_off in (("flight mode on", row["flight"]), ("mobile data off", row["data_off"])) if is_off]
    return Reason(subject="radios", title=f"The phone was cut off from the networks: {', '.join(off)}, Wi-Fi off")
