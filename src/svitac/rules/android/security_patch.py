"""The phone lacked security patches that are known to matter when it was read.

Each patch level closes the holes of its month. For the holes that extraction tools and spyware were seen to use, the
report says whether this phone was open to them. That is context, not a trace: an open door is no burglary.
"""

import re

from svitac.artifacts.android.getprop import Property
from svitac.declare import rule
from svitac.model import Certainty, Level, Reason
from svitac.rules.publications import USB_EXPLOIT_2025

PATCH_LEVEL = re.compile(r"20\d\d-\d\d-\d\d")
FIXED = {  # first patch level without the hole -> what it was; kernel and drivers are patched by the level of day 05
    "2024-11-05": "CVE-2024-43047 (Qualcomm DSP driver, seen in Serbia)",
    "2025-02-05": "CVE-2024-53104 (USB video, used by Cellebrite)",
    "2025-03-05": "CVE-2024-50302 (USB input devices, used by Cellebrite)",
    "2025-04-05": "CVE-2024-53197 (USB audio, used by Cellebrite)",
}


@rule(
    "android.security_patch",
    level=Level.INFO,
    certainty=Certainty.CERTAIN,
    benign="Most phones are behind: makers stop sending patches after a few years.",
    references=[
        USB_EXPLOIT_2025,
        "https://projectzero.google/2024/12/qualcomm-dsp-driver-unexpectedly-excavating-exploit.html",
    ],
    next_steps=["After the evidence is safe, update the phone, or replace it when no updates come any more."],
)
def check(fact: Property) -> Reason | None:
    if fact.name != "ro.build.version.security_patch" or not PATCH_LEVEL.fullmatch(fact.value):
        return None
    still_open = [hole for fixed, hole in sorted(FIXED.items()) if fact.value < fixed]
    if not still_open:
        return None
    title = f"Security patch level {fact.value}: open to {len(still_open)} holes that were used against people"
    return Reason(subject=f"security patch {fact.value}", title=title, says="; ".join(still_open))
