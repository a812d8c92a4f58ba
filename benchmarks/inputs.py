"""Heavy inputs, invented, the same bytes every time: what a phone used for years hands over.

- `androidqf/`: 1,000,000 rows in `files.json`, 500 packages, a `dumpsys.txt` of 100 MB
- `bugreport/`: a bug report text of 100 MB
- `intrusion/`: 1,000,000 events of Android 16's intrusion log
"""

from __future__ import annotations

import json
import random
from pathlib import Path

DASHES = "-" * 79
WORDS = [f"w{n:04}" for n in range(4_000)]
PERMISSIONS = [f"android.permission.P{n}" for n in range(80)] + [
    "android.permission.CAMERA",
    "android.permission.READ_SMS",
    "android.permission.RECORD_AUDIO",
]
OPS = ["CAMERA", "RECORD_AUDIO", "FINE_LOCATION", "READ_CONTACTS", "WAKE_LOCK", "VIBRATE", "TOAST_WINDOW"]


def package(n: int) -> str:
    return f"com.company{n % 97}.product{n}"


def packages_json(chance: random.Random) -> str:
    rows = []
    for n in range(500):
        file = {
            "path": f"/data/app/~~{package(n)}==/base.apk",
            "local_name": "",
            "md5": f"{chance.getrandbits(128):032x}",
            "sha1": f"{chance.getrandbits(160):040x}",
            "sha256": f"{chance.getrandbits(256):064x}",
            "sha512": "",
            "error": "",
            "verified_certificate": True,
            "certificate": {
                "Md5": f"{chance.getrandbits(128):032x}",
                "Sha1": f"{chance.getrandbits(160):040x}",
                "Sha256": f"{chance.getrandbits(256):064x}",
                "ValidFrom": "2018-11-05T10:00:00Z",
                "ValidTo": "2043-10-30T10:00:00Z",
                "Issuer": "CN=x",
                "Subject": "CN=x",
                "SignatureAlgorithm": "SHA256-RSA",
                "SerialNumber": n,
            },
            "certificate_error": "",
            "trusted_certificate": False,
        }
        rows.append(
            {
                "name": package(n),
                "files": [file],
                "installer": "com.android.vending",
                "uid": 10_000 + n,
                "disabled": False,
                "system": n % 3 == 0,
                "third_party": n % 3 != 0,
            }
        )
    return json.dumps(rows, indent=4)


def write_files_json(path: Path, chance: random.Random, rows: int) -> None:
    with path.open("w") as out:
        out.write("[\n")
        for n in range(rows):
            name = "/".join(chance.choices(WORDS, k=4))
            when = 1_500_000_000 + chance.randrange(200_000_000)
            entry = {
                "path": f"/data/media/0/{name}-{n}.jpg",
                "size": chance.randrange(10**7),
                "mode": "-rw-rw----",
                "user_id": 10_000 + n % 500,
                "user_name": "",
                "group_id": 1015,
                "group_name": "",
                "changed_time": when,
                "modified_time": when,
                "access_time": when,
                "error": "",
                "context": "u:object_r:media_rw_data_file:s0",
                "sha1": "",
                "sha256": "",
                "sha512": "",
                "md5": "",
            }
            out.write(("," if n else "") + json.dumps(entry) + "\n")
        out.write("]\n")


def service(name: str, body: str) -> str:
    end = f"--------- 0.012s was the duration of dumpsys {name}, ending at: 2024-02-22 10:06:41\n"
    return f"{DASHES}\nDUMP OF SERVICE {name}:\n{body.rstrip()}\n{end}"


def package_service(chance: random.Random) -> str:
    parts = ["Receiver Resolver Table:\n  Non-Data Actions:\n"]
    for n in range(500):
        parts.append(f"      android.intent.action.A{n % 60}:\n")
        parts += [f"        {chance.getrandbits(28):x} {package(k)}/.R{k % 7} filter 1\n" for k in range(n % 40)]
    parts.append("\nPackages:\n")
    for n in range(500):
        parts.append(
            f"  Package [{package(n)}] ({n:x}):\n    appId={10_000 + n}\n    pkg=Package{{{n:x} {package(n)}}}\n"
            f"    codePath=/data/app/~~{package(n)}==\n    versionCode={n} minSdk=21 targetSdk=33\n"
            "    versionName=1.0\n    flags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ALLOW_BACKUP ]\n"
            "    timeStamp=2023-01-02 03:04:05\n    lastUpdateTime=2023-01-02 03:04:06\n"
            "    installerPackageName=com.android.vending\n    initiatingPackageName=com.android.vending\n"
            "    requested permissions:\n"
        )
        parts += [f"      {name}\n" for name in chance.sample(PERMISSIONS, 40)]
        parts.append("    install permissions:\n")
        parts += [f"      {name}: granted=true\n" for name in chance.sample(PERMISSIONS, 30)]
        parts.append(
            f"    User 0: ceDataInode={n} installed=true hidden=false suspended=false stopped=false enabled=0\n"
            "      firstInstallTime=2022-01-02 03:04:05\n      runtime permissions:\n"
        )
        parts += [f"        {p}: granted=true, flags=[ USER_SET]\n" for p in chance.sample(PERMISSIONS, 20)]
    return "".join(parts)


def appops_service(chance: random.Random) -> str:
    parts = ["Current AppOps Service state:\n"]
    for n in range(500):
        parts.append(f"  Uid u0a{n}:\n    state=cch\n    Package {package(n)}:\n")
        for op in OPS:
            parts.append(f"      {op} (allow):\n")
            for state in ("fg-s", "bg-s", "cch-s"):
                stamp = f"2024-02-{chance.randrange(1, 21):02} {chance.randrange(24):02}:00:{n % 60:02}.123"
                parts.append(f"          Access: [{state}] {stamp} (-1d2h3m4s5ms) duration=+{n}ms\n")
    return "".join(parts)


def filler(chance: random.Random, size: int) -> str:
    """Services that nobody parses, as most of a dump is."""
    line = "      " + " ".join(chance.choices(WORDS, k=14)) + "\n"
    body = "".join(f"    entry {n}: {line}" for n in range(5_000))
    one = service("activity_filler", body)
    return one * (size // len(one) + 1)


def dump(chance: random.Random, size: int) -> str:
    parts = service("package", package_service(chance)) + service("appops", appops_service(chance))
    return parts + filler(chance, max(0, size - len(parts)))


def androidqf(folder: Path, rows: int = 1_000_000, size: int = 100_000_000) -> Path:
    chance = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "packages.json").write_text(packages_json(chance))
    write_files_json(folder / "files.json", chance, rows)
    (folder / "dumpsys.txt").write_text("Currently running services:\n  appops\n  package\n" + dump(chance, size))
    (folder / "getprop.txt").write_text("[persist.sys.timezone]: [Europe/Belgrade]\n[ro.build.version.release]: [14]\n")
    return folder


def bugreport(folder: Path, size: int = 100_000_000) -> Path:
    chance = random.Random(8)
    folder.mkdir(parents=True, exist_ok=True)
    head = "=" * 56 + "\n== dumpstate: 2024-02-22 10:05:00\n" + "=" * 56 + "\n\nBuild: X\n"
    properties = "------ SYSTEM PROPERTIES (getprop) ------\n[persist.sys.timezone]: [Europe/Belgrade]\n"
    properties += "------ 0.1s was the duration of 'SYSTEM PROPERTIES' ------\n"
    text = head + properties + "------ DUMPSYS (/system/bin/dumpsys) ------\n" + dump(chance, size)
    (folder / "bugreport.txt").write_text(text + "------ 9.1s was the duration of 'DUMPSYS' ------\n")
    (folder / "main_entry.txt").write_text("bugreport.txt")
    return folder


def intrusion(folder: Path, events: int = 1_000_000) -> Path:
    chance = random.Random(9)
    target = folder / "intrusion_logs"
    target.mkdir(parents=True, exist_ok=True)
    with (target / "intrusion_log_1.txt").open("w") as out:
        for n in range(events):
            out.write(json.dumps(event(chance, n), separators=(",", ":")) + "\n")
    return folder


def event(chance: random.Random, n: int) -> dict[str, object]:
    """A third each of name look-ups, connections and app starts; these count milliseconds, those nanoseconds."""
    moment = 1_760_000_000_000 + n * 150
    if n % 3 == 0:
        host = f"{chance.choice(WORDS)}.{chance.choice(WORDS)}.example.com"
        addresses = [f"/10.{n % 250}.{chance.randrange(250)}.{chance.randrange(250)}"]
        body = {
            "event_id": n,
            "event_time": moment,
            "hostname": host,
            "ip_addresses": addresses,
            "package_name": package(n),
        }
        return {"dns_event": body}
    if n % 3 == 1:
        address = f"/10.{n % 250}.{chance.randrange(250)}.{chance.randrange(250)}"
        body = {"event_id": n, "event_time": moment, "ip_address": address, "port": 443, "package_name": package(n)}
        return {"connect_event": body}
    start = {"process": package(n), "uid": 10_000 + n % 500, "pid": n % 32_000, "seinfo": "default", "apk_hash": ""}
    return {"security_event": {"event_id": n, "event_time": moment * 1_000_000, "app_process_start": start}}
