"""Security events of the phone, from the intrusion log of Android 16 (Advanced Protection).

What `android.app.admin.SecurityLog` tells a company's administrator: commands and files over ADB, processes started,
apps installed and removed, the keyguard, boots, certificate authorities, keys, media, Wi-Fi and Bluetooth.

`event` is the name that an export uses (`adb_shell_cmd`); the numeric form names its tag, 210001 to 210046, and gives
its values in the order of AOSP `SecurityLogTags.logtags` (44 to 46: of the public SecurityLog constants). A tag or name
that we do not know is kept as it stands. Fields that have no column of their own are in `detail`, as compact JSON.

- `adb_sync_recv_file` was pulled from the phone, `adb_sync_send_file` was pushed to it.
- `apk_hash` of `app_process_start` is the SHA-256 of the app's base APK.
- `user` is the Android user that the event concerns; `uid`, where there is one, stays in `detail`.
- `logging_stopped`, and a gap, are facts of their own: ask who held the phone.

(event_id, time, event) is the identity of an event; exports overlap, and every copy is given. Format, clock and source:
`svitac.formats.intrusion`. Rests on publications, AOSP and our own cases: no real export at hand.
"""

import re
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from svitac.declare import artifact
from svitac.formats import intrusion
from svitac.formats.json import UNDECODED
from svitac.model import (
    Clock,
    Covers,
    File,
    FileHash,
    FilePath,
    FreeText,
    PackageName,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
    Where,
)

_ADMIN = "package admin_user target_user"
TAGS = {
    210001: ("adb_shell_interactive", ""),
    210002: ("adb_shell_cmd", "command"),
    210003: ("adb_sync_recv_file", "path"),
    210004: ("adb_sync_send_file", "path"),
    210005: ("app_process_start", "process start_time uid pid seinfo apk_hash"),
    210006: ("keyguard_dismissed", ""),
    210007: ("keyguard_dismiss_auth_attempt", "success method_strength"),
    210008: ("keyguard_secured", ""),
    210009: ("os_startup", "verified_boot_state dm_verity_mode"),
    210010: ("os_shutdown", ""),
    210011: ("logging_started", ""),
    210012: ("logging_stopped", ""),
    210013: ("media_mount", "mount_point volume_label"),
    210014: ("media_unmount", "mount_point volume_label"),
    210015: ("log_buffer_size_critical", ""),
    210016: ("password_expiration_set", f"{_ADMIN} timeout"),
    210017: (
        "password_complexity_set",
        f"{_ADMIN} length quality num_letters num_non_letters num_numeric num_uppercase num_lowercase num_symbols",
    ),
    210018: ("password_history_length_set", f"{_ADMIN} length"),
    210019: ("max_screen_lock_timeout_set", f"{_ADMIN} timeout"),
    210020: ("max_password_attempts_set", f"{_ADMIN} num_failures"),
    210021: ("keyguard_disabled_features_set", f"{_ADMIN} features"),
    210022: ("remote_lock", _ADMIN),
    210023: ("wipe_failure", "package admin_user"),
    210024: ("key_generated", "success key_id uid"),
    210025: ("key_import", "success key_id uid"),
    210026: ("key_destruction", "success key_id uid"),
    210027: ("user_restriction_added", "package admin_user restriction"),
    210028: ("user_restriction_removed", "package admin_user restriction"),
    210029: ("cert_authority_installed", "success subject target_user"),
    210030: ("cert_authority_removed", "success subject target_user"),
    210031: ("crypto_self_test_completed", "success"),
    210032: ("key_integrity_violation", "key_id uid"),
    210033: ("cert_validation_failure", "reason"),
    210034: ("camera_policy_set", f"{_ADMIN} disabled"),
    210035: ("password_complexity_required", f"{_ADMIN} complexity"),
    210036: ("password_changed", "password_complexity target_user"),
    210037: ("wifi_connection", "bssid event_type reason"),
    210038: ("wifi_disconnection", "bssid reason"),
    210039: ("bluetooth_connection", "addr success reason"),
    210040: ("bluetooth_disconnection", "addr reason"),
    210041: ("package_installed", "package_name version_code user_id"),
    210042: ("package_updated", "package_name version_code user_id"),
    210043: ("package_uninstalled", "package_name version_code user_id"),
    210044: ("backup_service_toggled", "package admin_user state"),
    210045: ("nfc_enabled", ""),
    210046: ("nfc_disabled", ""),
}
NAMES = frozenset(name for name, _ in TAGS.values())
BESIDE = frozenset(("event_id", "event_time", "event_type", "timestamp", "tag", "data"))  # beside the event itself
_HEX = re.compile(r"[0-9a-fA-F]{32,128}")
_INT64 = range(-(2**63), 2**63)


class SecurityEvent(Record, frozen=True, kw_only=True):
    time: datetime
    event_id: int | None
    event: str  # "adb_shell_cmd", "package_installed", "tag 210099" ...
    command: FreeText | None = None
    path: FilePath | None = None
    package: PackageName | None = None
    process: ProcessName | None = None
    apk_hash: FileHash | None = None
    user: int | None = None
    success: bool | None = None
    detail: str = ""

    def says(self) -> str:
        what = self.command or self.path or self.process or self.package
        outcome = {True: ", with success", False: ", without success", None: ""}[self.success]
        return f"{self.event.replace('_', ' ')}{f': {what}' if what else ''}{outcome}"


class _Line(Struct):
    security_event: dict[str, Any]


@artifact(
    "android.intrusion_security",
    paths=intrusion.PATHS,
    clock=Clock.EPOCH,
    covers=Covers.LOG,
    kept=intrusion.KEPT,
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[SecurityEvent]:
    for got in intrusion.events(file, intrusion.SECURITY, _Line):
        if isinstance(got, Problem):
            yield got
            continue
        where, event = got[0], got[1].security_event
        try:
            yield _event(where, event)
        except (ValueError, TypeError, *UNDECODED) as exc:
            yield Problem(where=where, detail=f"security event {str(event)[:80]!r}: {exc}")


def _event(where: Where, event: dict[str, Any]) -> SecurityEvent:
    name, fields = _named(event)
    number = event.get("event_id")
    if number is not None and not _whole(number):
        raise ValueError(f"not an event id: {str(number)[:40]!r}")
    when = event.get("event_time")
    if not (_whole(when) or isinstance(when, str)):
        when = None
    return SecurityEvent(
        where=where, time=intrusion.nanoseconds(when), event_id=number, event=name,
        command=_text(fields, "command"), path=_text(fields, "path") or _text(fields, "mount_point"),
        package=_text(fields, "package_name") or _text(fields, "package"), process=_text(fields, "process"),
        apk_hash=_digest(fields), user=_user(fields), success=_success(fields),
        detail=msgspec.json.encode(fields).decode() if fields else "",
    )  # fmt: skip


def _named(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of the event and its fields, in either form."""
    keys = [key for key in event if key not in BESIDE]
    name = next((key for key in keys if key in NAMES), keys[0] if keys else "")
    if name:
        value = event[name]
        fields = dict(value) if isinstance(value, dict) else {} if value is None else {"value": value}
        return name, fields | {key: event[key] for key in keys if key != name}
    tag = event.get("tag")
    if type(tag) is not int:
        raise ValueError("neither a named event nor a tag")
    name, columns = TAGS.get(tag, (f"tag {tag}", ""))
    return name, _positional(columns.split(), event.get("data"))


def _positional(columns: list[str], data: Any) -> dict[str, Any]:
    values = data if isinstance(data, list) else [] if data is None else [data]
    fields = dict(zip(columns, values, strict=False))
    return fields | {"data": values[len(columns) :]} if len(values) > len(columns) else fields


# What has a column of its own is taken out of the fields; a value of another type stays there, and so in `detail`.


def _text(fields: dict[str, Any], name: str) -> str | None:
    return fields.pop(name) or None if isinstance(fields.get(name), str) else None


def _digest(fields: dict[str, Any]) -> str | None:
    for name in ("apk_hash", "sha256"):
        value = fields.get(name)
        if isinstance(value, str) and _HEX.fullmatch(value):
            return str(fields.pop(name)).lower()
    return None


def _user(fields: dict[str, Any]) -> int | None:
    for name in ("user_id", "target_user", "target_user_id"):
        if _whole(fields.get(name)):
            return int(fields.pop(name))
    return None


def _success(fields: dict[str, Any]) -> bool | None:
    value = fields.get("success")
    return bool(fields.pop("success")) if isinstance(value, bool) or value in (0, 1) else None


def _whole(value: Any) -> bool:
    return type(value) is int and value in _INT64
