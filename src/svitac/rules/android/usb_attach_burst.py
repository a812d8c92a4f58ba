"""USB devices came and went at one port of the phone faster than hands can plug them in.

A tool that pretends to be many devices makes one port attach again and again: on the student's phone in Serbia two
dozen times within four minutes. High: three different devices at one port within three minutes. Medium: six attaches
within five minutes by two devices; a modem that changes its mode does that with a loose contact. Low: six by one and
the same device, which is a loose contact or a charger in trouble.

A hub or dock attaches many devices at once, but each at its own port (`1-1.2`), and they stay. `dumpsys usb` gives a
new address instead of the port: there only a device counts that came when no other was plugged in. What it says of
itself as vendor and product is what counts as different. The framework's log names neither port nor end of a stay and
is not counted; nor are logs without times. This is our own inference from the rhythm that was published.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Certainty, Level, Reason, Stage
from svitac.rules.publications import USB_EXPLOIT_2025

QUERY = """
WITH alone AS (  -- one row per stay, whatever copy of the log told it; `held`: until when others were plugged in
    SELECT source, device, moment, port, "where",
           max(coalesce(gone, TIMESTAMP '9999-01-01')) OVER (
               PARTITION BY source, "where".path ORDER BY moment
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held
    FROM usb_stay WHERE moment IS NOT NULL AND source <> 'framework'
), stay AS (
    SELECT source, CASE WHEN source = 'dumpsys' THEN 'the port' ELSE coalesce(port, 'the port') END AS port, device,
           moment, list(DISTINCT "where" ORDER BY "where") AS places
    FROM alone WHERE source <> 'dumpsys' OR held IS NULL OR held <= moment GROUP BY ALL
), counted AS (
    SELECT *, count(*) OVER five AS attaches, count(DISTINCT device) OVER five AS kinds,
           count(DISTINCT device) OVER three AS fast_kinds
    FROM stay
    WINDOW five AS (PARTITION BY source, port ORDER BY moment
                    RANGE BETWEEN INTERVAL 5 MINUTES PRECEDING AND CURRENT ROW),
           three AS (PARTITION BY source, port ORDER BY moment
                     RANGE BETWEEN INTERVAL 3 MINUTES PRECEDING AND CURRENT ROW)
), marked AS (
    SELECT *, max(attaches) OVER near AS most, max(fast_kinds) OVER near AS most_fast,
           max(CASE WHEN attaches >= 6 THEN kinds ELSE 0 END) OVER near AS kinds_of_most
    FROM counted
    WINDOW near AS (PARTITION BY source, port ORDER BY moment
                    RANGE BETWEEN CURRENT ROW AND INTERVAL 5 MINUTES FOLLOWING)
)
SELECT moment::DATE AS day, min(moment) AS first, max(moment) AS last, max(most) AS most, max(most_fast) AS most_fast,
       max(kinds_of_most) AS kinds, string_agg(DISTINCT device, ', ' ORDER BY device) AS devices,
       list_distinct(flatten(list(places ORDER BY moment))) AS usb_device
FROM marked WHERE most >= 6 OR most_fast >= 3 GROUP BY day ORDER BY day
"""
MANY = 3  # different devices


@rule(
    "android.usb_attach_burst",
    level=Level.HIGH,
    stage=Stage.PHYSICAL,
    certainty=Certainty.POSSIBLE,
    benign="A dongle, hub or dock with a loose contact; somebody who tries several devices at one adapter in a hurry.",
    references=[USB_EXPLOIT_2025],
    next_steps=[
        "Ask the owner who held the phone then, and whether they plugged anything in.",
        "Look at the devices' names: cameras, sound cards and mice in turn are not what a person plugs into a phone.",
    ],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    level = Level.HIGH if row["most_fast"] >= MANY or row["kinds"] >= MANY else Level.MEDIUM
    if row["kinds"] == 1 and row["most_fast"] == 1:
        level = Level.LOW
    return Reason(
        subject=f"burst of USB devices on {row['day']}",
        title=f"Up to {row['most']} USB devices were plugged in within five minutes at one port, from "
        f"{row['first']:%Y-%m-%d %H:%M:%S} to {row['last']:%H:%M:%S} (the phone's clock)",
        says=row["devices"],
        level=level,
    )
