"""A setting that guards the phone was written over ADB.

`dumpsys settings` names the package that wrote each setting; `com.android.shell` is a command from a computer. Turning
on an accessibility service or turning off the check of apps this way needs no tap on the screen, and is how a person
who holds the phone sets up an implant. A value that makes the phone safer again, as helpers set it, is only noted.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

QUERY = """
SELECT namespace, name, value, list(DISTINCT "where") AS setting FROM android_dumpsys_settings
WHERE writer = 'com.android.shell' AND name IN (SELECT value FROM known_watched_settings)
GROUP BY namespace, name, value ORDER BY namespace, name, value
"""
SAFE = {  # the value that guards the phone; a removed one ("", null) leaves Android's own
    "accessibility_enabled": ("0",),
    "adb_enabled": ("0",),
    "adb_install_need_confirm": ("1",),
    "adb_wifi_enabled": ("0",),
    "enabled_accessibility_services": ("", "null", None),
    "enabled_notification_listeners": ("", "null", None),
    "install_non_market_apps": ("0",),
    "package_verifier_enable": ("1",),
    "package_verifier_user_consent": ("1",),
    "stay_on_while_plugged_in": ("0",),
    "upload_apk_enable": ("1",),
    "verifier_verify_adb_installs": ("1",),
}


MIRRORING = frozenset({"screen_off_timeout", "stay_on_while_plugged_in"})  # as scrcpy does


@rule(
    "android.setting_written_by_shell",
    level=Level.HIGH,
    stage=Stage.PHYSICAL,
    benign="A developer's phone; an automation or privacy app that the owner set up with ADB commands; screen "
    "mirroring (scrcpy), which keeps the screen on.",
    references=["https://rsf.org/en/exclusive-rsf-uncovers-new-spyware-belarus"],
    next_steps=["Ask the owner whether they ever typed ADB commands for this phone."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    return Reason(
        subject=f"setting {row['namespace']} {row['name']}",
        title=f"{row['name']} was set to {row['value'] or 'nothing'} from a computer over ADB",
        says=f"{row['name']}={row['value']}, written by com.android.shell",
        level=Level.LOW if row["name"] in MIRRORING or row["value"] in SAFE.get(row["name"], ()) else Level.HIGH,
    )
