"""Writes `samples/androidqf-novispy`: a small AndroidQF acquisition with published NoviSpy and Cellebrite traces.

The phone, its owner and its times are invented; package names, certificate and file hashes and the server address are
those that Amnesty International (2024-12-16) and Citizen Lab (2026-01-22) published. It holds benign neighbours too: a
password manager from the store with an accessibility service, the owner's computer, the analyst's own traces.

    python tools/make_sample.py        writes it anew; the bytes are always the same
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

TARGET = Path(__file__).parent.parent / "samples" / "androidqf-novispy"
ENDED = "2024-02-22 10:06:41"
DASHES = "-" * 79

PACKAGES = {  # package: installer, uid, APK hash, certificate hash, system
    "com.accesibilityservice": (
        "null",
        10231,
        "99673ce7f10e938ed73ed4a99930fbd6499983caa7a2c1b9e3f0e0bb0a5df602",
        "35926e966186c8f2deec66864389d73989c75c85cb6668da2f455db6fe67e91f",
        False,
    ),
    "com.serv.services": (
        "null",
        10232,
        "087fc1217c897033425fe7f1f12b913cd48918c875e99c25bdb9e1ffcf80f57e",
        "3ac97735164824657b683e805133b1274b2dedabf9fdd6aa9aca31089d501e64",
        False,
    ),
    "com.x8bit.bitwarden": ("com.android.vending", 10180, "", "", False),
    "org.thoughtcrime.securesms": ("com.android.vending", 10178, "", "", False),
}


def seconds(text: str) -> int:
    """Unix time of a UTC date and time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def packages() -> str:
    rows = []
    for name, (installer, uid, sha256, certificate, system) in PACKAGES.items():
        path = f"/system/priv-app/{name}/base.apk" if system else f"/data/app/~~{name}==/base.apk"
        cert = {"Md5": "", "Sha1": "", "Sha256": certificate, "Issuer": "", "Subject": ""} if certificate else {}
        file = {
            "path": path,
            "local_name": "",
            "md5": "",
            "sha1": "",
            "sha256": sha256,
            "sha512": "",
            "error": "",
            "verified_certificate": bool(certificate),
            "certificate": cert,
            "certificate_error": "",
            "trusted_certificate": False,
        }
        rows.append(
            {
                "name": name,
                "files": [file],
                "installer": installer,
                "uid": uid,
                "disabled": False,
                "system": system,
                "third_party": not system,
            }
        )
    return json.dumps(rows, indent=4)


def files() -> str:
    rows = [
        ("/sdcard/DCIM/Camera/IMG_20240218_173012.jpg", 2811904, "-rw-rw----", "2024-02-18 16:30:12"),
        ("/data/local/tmp/collector", 4521984, "-rwxr-xr-x", "2024-02-22 09:02:11"),
        ("/data/local/tmp/falcon", 1884160, "-rwxr-xr-x", "2024-02-21 11:36:40"),
        ("/data/app/~~com.accesibilityservice==/base.apk", 2231001, "-rw-r--r--", "2024-02-21 12:02:11"),
        ("/system/bin/sh", 307768, "-rwxr-xr-x", "2009-01-01 00:00:00"),
    ]
    entries = [
        {
            "path": path,
            "size": size,
            "mode": mode,
            "user_id": 0,
            "user_name": "",
            "group_id": 1015,
            "group_name": "",
            "changed_time": seconds(when),
            "modified_time": seconds(when),
            "access_time": seconds(when),
            "error": "",
            "context": "",
            "sha1": "",
            "sha256": "",
            "sha512": "",
            "md5": "",
        }
        for path, size, mode, when in rows
    ]
    return json.dumps(entries, indent=4)


def processes() -> str:
    rows = [
        (1, 0, 0, "(init)", ["/system/bin/init", "second_stage"], "u:r:init:s0"),
        (5301, 10231, 624, "(com.accesibilit)", ["com.accesibilityservice"], "u:r:untrusted_app_27:s0"),
        (6120, 10178, 624, "(thoughtcrime.se)", ["org.thoughtcrime.securesms"], "u:r:untrusted_app:s0"),
    ]
    return json.dumps(
        [
            {
                "pid": pid,
                "uid": uid,
                "ppid": ppid,
                "pgroup": 0,
                "psid": 0,
                "filename": name,
                "priority": 20,
                "state": "S",
                "user_time": 10,
                "kernel_time": 12,
                "path": "",
                "context": context,
                "previous_context": "",
                "command_line": line,
                "env": None,
                "cwd": "",
            }
            for pid, uid, ppid, name, line, context in rows
        ],
        indent=4,
    )


def key(name: str) -> str:
    """An ADB public key as Android stores it: 524 bytes in base64, a blank, a name. Its numbers mean nothing."""
    body = (b"\x40\0\0\0" + hashlib.shake_256(name.encode()).digest(516) + b"\x01\0\x01\0")[:524]
    return f"{base64.b64encode(body).decode()} {name}"


def adb() -> str:
    last = {
        "ana@dom-laptop": "2024-02-18 10:58:40",
        "operator@DESKTOP-UF4K2": "2024-02-21 11:39:44",
        "helpline@analysis": "2024-02-22 09:01:55",
    }
    keystore = "\n".join(
        f'    <adbKey key="{key(name)}" lastConnection="{seconds(when) * 1000}" />' for name, when in last.items()
    )
    user_keys = "\n    ".join(key(name) for name in last)
    return f"""ADB MANAGER STATE (dumpsys adb):
{{
  debugging_manager={{
    connected_to_adb=true
    user_keys={user_keys}

    keystore=<?xml version='1.0' encoding='utf-8' standalone='yes' ?>
    <keyStore version="1">
{keystore}
    </keyStore>
  }}
}}"""


def package_dump() -> str:
    def block(name: str, uid: int, installer: str, first: str, permissions: str, requested: str) -> str:
        by_name = f"    installerPackageName={installer}\n" if installer != "com.android.shell" else ""
        installed_by = f"{by_name}    initiatingPackageName={installer}\n"
        return f"""  Package [{name}] ({uid:x}):
    appId={uid}
    pkg=Package{{{uid:x} {name}}}
    codePath=/data/app/~~{name}==
    versionCode=1 minSdk=21 targetSdk=27
    versionName=1.0
    flags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ALLOW_BACKUP ]
    timeStamp={first}
    lastUpdateTime={first}
{installed_by}    signatures=PackageSignatures{{{uid:x} version:2, signatures:[{uid:08x}], past signatures:[]}}
    pkgFlags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ALLOW_BACKUP ]
    requested permissions:
{requested}
    install permissions:
      android.permission.INTERNET: granted=true
      android.permission.RECEIVE_BOOT_COMPLETED: granted=true
    User 0: ceDataInode={uid} installed=true hidden=false suspended=false stopped=false enabled=0 instant=false
      installReason=0
      firstInstallTime={first}
      runtime permissions:
{permissions}"""

    def granted(names: list[str], flags: str) -> str:
        return "\n".join(f"        android.permission.{n}: granted=true, flags=[ {flags}]" for n in names)

    by_command, by_person = "USER_SENSITIVE_WHEN_GRANTED", "USER_SET|USER_SENSITIVE_WHEN_GRANTED"
    asks = "\n".join(f"      android.permission.{n}" for n in ("CAMERA", "READ_SMS", "RECORD_AUDIO", "INTERNET"))
    parts = [
        block(
            "com.accesibilityservice",
            10231,
            "com.android.shell",
            "2024-02-21 13:02:11",
            granted(["CAMERA", "RECORD_AUDIO", "ACCESS_FINE_LOCATION", "READ_PHONE_STATE"], by_command),
            asks,
        ),
        block(
            "com.serv.services",
            10232,
            "com.android.shell",
            "2024-02-21 13:02:37",
            granted(["READ_SMS", "RECEIVE_SMS", "READ_CALL_LOG", "READ_CONTACTS", "RECORD_AUDIO"], by_command),
            asks,
        ),
        block(
            "com.x8bit.bitwarden",
            10180,
            "com.android.vending",
            "2023-11-02 20:14:05",
            granted(["CAMERA"], by_person),
            asks,
        ),
        block(
            "org.thoughtcrime.securesms",
            10178,
            "com.android.vending",
            "2023-10-30 18:40:12",
            granted(["CAMERA", "RECORD_AUDIO", "READ_CONTACTS"], by_person),
            asks,
        ),
    ]
    return (
        """Database versions:
  Internal:
    sdkVersion=33 databaseVersion=3

Receiver Resolver Table:
  Non-Data Actions:
      android.provider.Telephony.SMS_RECEIVED:
        5a1b2c3 com.serv.services/.SmsReceiver filter 6d7e8f9
        71c02aa org.thoughtcrime.securesms/.service.SmsListener filter 88d01b2
      android.intent.action.BOOT_COMPLETED:
        3c4d5e6 com.serv.services/.BootReceiver filter 77aa001

Packages:
"""
        + "\n".join(parts)
        + "\n"
    )


SERVICES = {
    "accessibility": """ACCESSIBILITY MANAGER (dumpsys accessibility)

User state[
     attributes:{id=0, touchExplorationEnabled=false, installedServiceCount=2}
     Bound services:{Service[label=Accesibility Service, feedbackType[FEEDBACK_GENERIC], capabilities=1]}
     Enabled services:{{com.accesibilityservice/com.accesibilityservice.MyAccessibilityService}, {com.x8bit.bitwarden/com.x8bit.bitwarden.Accessibility.AccessibilityService}}
     Binding services:{}
     Crashed services:{}]
""",
    "appops": """Current AppOps Service state:
  Settings:
    top_state_settle_time=+5s0ms

  Uid u0a178:
    state=cch
    Package org.thoughtcrime.securesms:
      RECORD_AUDIO (allow):
          Access: [fg-s] 2024-02-20 21:03:11.012 (-1d13h2m0s)
  Uid u0a231:
    state=fgs
    Package com.accesibilityservice:
      CAMERA (allow):
          Access: [fgs-s] 2024-02-22 08:15:00.544 (-1h50m7s0ms)
      RECORD_AUDIO (allow):
          Access: [fgs-s] 2024-02-22 08:10:00.528 (-1h55m7s0ms)
          Access: [bg-s] 2024-02-21 13:11:00.171 (-20h55m7s0ms)
  Uid u0a232:
    state=bg
    Package com.serv.services:
      READ_SMS (allow):
          Access: [bg-s] 2024-02-21 13:08:00.534 (-20h58m7s0ms)
      READ_CALL_LOG (allow):
          Access: [bg-s] 2024-02-21 13:08:05.160 (-20h58m2s0ms)
      FINE_LOCATION (allow):
          Access: [bg-s] 2024-02-21 13:09:00.679 (-20h57m7s0ms)
  Uid u0a233:
    state=cch
    Package com.client.appA:
      READ_CONTACTS (allow):
          Access: [top-s] 2024-02-21 12:41:20.310 (-21h24m47s0ms)
""",
    "device_policy": """Current Device Policy Manager state:

  Enabled Device Admins (User 0, provisioningState: 0):
    com.serv.services/.AdminReceiver:
      uid=10232
      testOnlyAdmin=false
      policies:
        wipe-data
        force-lock
      passwordQuality=0x0
""",
    "settings": """GLOBAL SETTINGS (user 0)
_id:65 name:adb_enabled pkg:com.android.settings value:1 default:1 defaultSystemSet:true
_id:105 name:development_settings_enabled pkg:com.android.settings value:1 default:1 defaultSystemSet:true
_id:2103 name:verifier_verify_adb_installs pkg:com.android.shell value:0 default:0 defaultSystemSet:true

SECURE SETTINGS (user 0)
_id:88 name:enabled_accessibility_services pkg:com.android.shell value:com.accesibilityservice/com.accesibilityservice.MyAccessibilityService:com.x8bit.bitwarden/com.x8bit.bitwarden.Accessibility.AccessibilityService default:null defaultSystemSet:true

SYSTEM SETTINGS (user 0)
_id:26 name:system_locales pkg:android value:sr-Latn-RS default:sr-Latn-RS defaultSystemSet:true
""",
}

GETPROP = """[persist.sys.boot.reason.history]: [reboot,1708514264
shutdown,userrequested,1708512352]
[persist.sys.timezone]: [Europe/Belgrade]
[ro.build.fingerprint]: [primer/p1/p1:13/TP1A.220624.014/1234:user/release-keys]
[ro.build.version.release]: [13]
[ro.build.version.security_patch]: [2023-12-05]
[ro.product.manufacturer]: [Primer]
[ro.product.model]: [P1]
"""

SETTINGS = {
    "global": "adb_enabled=1\ndevelopment_settings_enabled=1\nverifier_verify_adb_installs=0\n",
    "secure": "enabled_accessibility_services=com.accesibilityservice/com.accesibilityservice.MyAccessibilityService"
    ":com.x8bit.bitwarden/com.x8bit.bitwarden.Accessibility.AccessibilityService\n",
    "system": "system_locales=sr-Latn-RS\n",
}


def dumpsys() -> str:
    services = {**SERVICES, "adb": adb(), "package": package_dump()}
    text = "Currently running services:\n" + "".join(f"  {name}\n" for name in sorted(services))
    for name in sorted(services):
        end = f"--------- 0.012s was the duration of dumpsys {name}, ending at: {ENDED}\n"
        text += f"{DASHES}\nDUMP OF SERVICE {name}:\n{services[name].rstrip()}\n{end}"
    return text


def main() -> None:
    content = {
        "acquisition.json": json.dumps(
            {
                "uuid": "5a3e1f0c-7b57-4b5d-9a60-3d2f8c1e9b11",
                "androidqf_version": "v1.8.3",
                "storage_path": "sample",
                "started": "2024-02-22T09:01:40.1Z",
                "completed": "2024-02-22T09:09:02.5Z",
                "collector": {
                    "ExePath": "/data/local/tmp/collector",
                    "Installed": False,
                    "Adb": {"ExePath": "adb", "Serial": ""},
                    "Architecture": "arm64-v8a",
                },
                "tmp_dir": "/data/local/tmp/",
                "sdcard": "/sdcard/",
                "cpu": "arm64-v8a",
                "streaming_mode": False,
            },
            indent=1,
        ),
        "command.log": "2024-02-22T10:01:40+01:00 [DEBUG] Starting androidqf\n",
        "dumpsys.txt": dumpsys(),
        "files.json": files(),
        "getprop.txt": GETPROP,
        "mounts.json": json.dumps(
            [
                "/dev/block/dm-4 on / type ext4 (ro,seclabel,nodev,relatime)",
                "/dev/block/dm-41 on /data type f2fs (rw,lazytime,seclabel,nosuid,nodev,noatime)",
            ]
        ),
        "packages.json": packages(),
        "processes.json": processes(),
        "root_binaries.json": "[]",
        **{f"settings_{name}.txt": text for name, text in SETTINGS.items()},
    }
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name, text in content.items():
        (TARGET / name).write_bytes(text.encode())
    lines = [f"sample/{n},{hashlib.sha256(t.encode()).hexdigest()}\n" for n, t in sorted(content.items())]
    (TARGET / "hashes.csv").write_text("".join(lines))


if __name__ == "__main__":
    main()
