"""Fixtures of a full file system that are binary: what `python -m tests.make_abx` writes as hex, in a readable form.

Everything is made up from the formats as AOSP defines them; no file of a real phone was at hand.
"""

from __future__ import annotations

from tests.make_abx import Hex, Int, Text, message, rows

DAY = 1_708_473_600_000  # 2024-02-21 00:00 UTC
SYSTEM = "data/system/"
CERT = bytes.fromhex("308201")  # stands for a certificate: only its hash is read

PACKAGES = rows(
    ("packages", {},
        ("version", {"sdkVersion": Int(34)}),
        ("package", {
            "name": "com.android.settings", "codePath": "/system/priv-app/Settings", "publicFlags": Int(1),
            "ft": Hex(1_230_768_000_000), "ut": Hex(1_230_768_000_000), "version": 34, "sharedUserId": Int(1000)},
            ("sigs", {"count": Int(1), "schemeVersion": Int(3)}, ("cert", {"index": Int(0), "key": CERT}))),
        ("package", {
            "name": "com.serv.services", "codePath": "/data/app/~~a==/com.serv.services-b==", "publicFlags": Int(0),
            "ft": Hex(DAY + 43_500_000), "ut": Hex(DAY + 43_501_234), "version": 7, "userId": Int(10234),
            "installInitiator": "com.android.shell", "packageSource": Int(1)},
            ("sigs", {"count": Int(1)},
                ("cert", {"index": Int(1), "key": CERT + b"\x01"}),
                ("pastSigs", {}, ("cert", {"index": Int(2), "key": CERT + b"\x02", "flags": Int(1)})))),
        ("updated-package", {"name": "com.android.settings", "codePath": "/system/priv-app/Settings"},
            ("sigs", {"count": Int(1)}, ("cert", {"index": Int(0)}))),
    )
)  # fmt: skip

SESSIONS = rows(
    ("sessions", {},
        ("session", {
            "sessionId": Int(1456751445), "userId": Int(0), "installerPackageName": "com.android.shell",
            "installerUid": Int(2000), "installInitiatingPackageName": "com.android.shell",
            "createdMillis": DAY + 43_490_000, "updatedMillis": DAY + 43_495_000, "committedMillis": DAY + 43_499_000,
            "sessionStageDir": "/data/app/vmdl1456751445.tmp", "prepared": True, "sealed": True, "isFailed": False,
            "installFlags": Int(0x32), "appPackageName": "com.serv.services", "appLabel": Text("Услуге")}),
    )
)  # fmt: skip

SECURE = rows(
    ("settings", {"version": Int(213)},
        ("setting", {
            "id": "91", "name": "enabled_accessibility_services", "value": "com.serv.services/.A11y",
            "package": "com.android.shell", "defaultValue": "", "defaultSysSet": True}),
        ("setting", {"id": "92", "name": "raw", "valueBase64": Text("AGE="), "package": "android"}),
        ("setting", {"id": "93", "name": "nothing", "package": "root"}),
    )
)  # fmt: skip

DISCRETE = rows(
    ("h", {"v": Int(1), "lc": Int(0)},
        ("u", {"ui": Int(10234)},
            ("p", {"pn": "com.serv.services"},
                ("o", {"op": Int(27)},
                    ("a", {},
                        ("e", {"nt": DAY + 43_560_000, "nd": 120_000, "us": Int(600), "f": Int(1)}),
                        ("e", {"nt": DAY + 46_800_000, "us": Int(200), "f": Int(1)}))),
                ("o", {"op": Int(141)},
                    ("a", {"at": "tag"}, ("e", {"nt": DAY + 43_620_000, "us": Int(650), "f": Int(8)}))))),
    )
)  # fmt: skip

PROPERTIES = [
    (message({1: message({1: name, 2: value})}), f"{name}={value}")
    for name, value in (
        ("persist.sys.timezone", "Europe/Belgrade"),
        ("persist.sys.boot.reason.history", "reboot,1708516800\nshutdown,userrequested,1708430400"),
        ("persist.sys.usb.config", ""),
    )
]

MAPPINGS = [
    (message({2: message({1: 1, 2: ["com.example", "com.example.Main", "org.launcher", "ch1"]})}), "app 1"),
    (message({2: message({1: 3, 2: ["com.android.systemui", ".usb.UsbDebuggingActivity"]})}), "app 3"),
]
DAILY = [
    (message({1: 86_400_000, 2: 1, 3: 1}), "end, version"),
    (message({20: message({1: 1, 3: 43_600_000, 4: 90_000, 6: 2, 8: -DAY, 10: 43_601_000})}), "sum of app 1"),
    (message({20: message({1: 9, 3: 1})}), "sum of an app that is not in the mappings"),
    (message({22: message({1: 1, 2: 2, 3: 43_500_000, 5: 1, 11: 3})}), "app 1 in the foreground"),
    (message({22: message({1: 3, 2: 2, 3: 43_550_000, 5: 1})}), "the question whether a computer may be trusted"),
    (message({22: message({1: 1, 3: 43_560_000, 5: 12, 9: 4})}), "a notification"),
    (message({22: message({1: 7, 3: 43_570_000, 5: 18})}), "unlocked"),
    (message({22: message({1: 1, 5: 99})}), "a type that we have no name for, at the begin"),
]
YEARLY = [(message({2: 1, 20: message({1: 1, 3: -1_000, 4: 1})}), "a sum, last before the begin")]
ANDROID_10 = [
    (message({1: 86_400_000}), "end"),
    (message({2: message({1: 3, 2: ["com.example", "com.example.Main", "org.launcher"]})}), "names"),
    (message({3: 4}), "version"),
    (message({20: message({2: 1, 3: 5_000, 6: 1})}), "sum"),
    (message({22: message({2: 1, 4: 2, 5: 4_000, 7: 1, 15: 3})}), "event"),
    (message({22: message({1: "android", 5: 6_000, 7: 26})}), "shutdown"),
]
PENDING = [(message({23: message({1: "android", 3: DAY + 1_000, 5: 27})}), "started, not yet unlocked")]

USAGE = "data/system_ce/0/usagestats/"
CASES = {
    "android.packages_xml/android_14": {f"{SYSTEM}packages.xml": PACKAGES},
    "android.install_sessions/android_14": {f"{SYSTEM}install_sessions.xml": SESSIONS},
    "android.settings_files/android_14": {f"{SYSTEM}users/0/settings_secure.xml": SECURE},
    "android.appops_discrete/android_13": {f"Dump/{SYSTEM}appops/discrete/1708520400000tl": DISCRETE},
    "android.persistent_properties/android_14": {"data/property/persistent_properties": PROPERTIES},
    "android.usage_stats_files/android_14": {
        f"{USAGE}mappings": MAPPINGS,
        f"{USAGE}daily/{DAY}": DAILY,
        f"{USAGE}yearly/{DAY}": YEARLY,
        f"data/system_de/0/usagestats/pendingevents_{DAY}": PENDING,
    },
    "android.usage_stats_files/android_10": {f"data/system/usagestats/0/daily/{DAY}": ANDROID_10},
}
