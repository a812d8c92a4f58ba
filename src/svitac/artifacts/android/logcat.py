"""What Android's log says of installs, unlocking, USB, ADB, crashes and the like; not every line of it.

`logcat*.txt` of AndroidQF and of people, and the log sections of a bug report. A log holds a million lines; only those
are kept that can matter as evidence, all others are read and left out. Look at the log itself (`where` names the line)
for what stands around a record. `event` is one of

    process start, process killed, process died, force stop, activity start
    crash, anr, native crash, tombstone
    package install, package delete, dexopt, permission grant
    adb, shell command (a Java tool was started from a shell: `pm`, `settings`, `am`; uid 2000 is ADB)
    unlock, unlock failed, lock settings, accessibility, device admin
    usb, boot, shutdown, time set
    url (any other line with a link: apps log what they open)

The `detail` is the message as logged. `package`, `process` and `path` are given where the form of the message is known
(AOSP's own); a message of another form keeps its words only. `crash` has two records: `FATAL EXCEPTION`, and the line
below it that names the process. SELinux denials are `android.selinux_denials`, USB devices `android.usb_devices`,
kernel messages `android.kernel_log`.

Traps: any app can write any tag and text, so compare uid and pid. The log is a ring in memory: minutes to days, lost
when the phone restarts. For times, years and buffers see `svitac.formats.logcat`. Source: AOSP
`services/core/.../EventLogTags.logtags` and the named services; checked on Android 2.3 and 10 and on Samsung fragments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from svitac.declare import artifact, each
from svitac.formats import logcat, text
from svitac.formats.logcat import Entry
from svitac.model import (
    Clock,
    Covers,
    File,
    FilePath,
    FreeText,
    LocalTime,
    PackageName,
    Problem,
    ProcessName,
    Record,
    Records,
    Stage,
)


class LogEvent(Record, frozen=True, kw_only=True):
    time: LocalTime | None
    event: str
    tag: str
    buffer: str | None
    uid: str | None
    pid: int | None
    package: PackageName | None
    process: ProcessName | None
    path: FilePath | None
    detail: FreeText

    def says(self) -> str:
        return f"{self.event}, {self.tag}: {self.detail[:200]}" if self.tag else f"{self.event}: {self.detail[:200]}"


class Seen(NamedTuple):
    """What a message was understood to say."""

    event: str
    package: str | None = None
    process: str | None = None
    path: str | None = None


@artifact(
    "android.logcat",
    paths=logcat.PATHS,
    sections=[*logcat.SECTIONS, "EVENT LOG", "RADIO LOG"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="a ring in memory: minutes to days, lost when the phone restarts",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[LogEvent]:
    times = logcat.Times(file)
    for entry in logcat.entries(file, _maybe):
        if isinstance(entry, Problem):
            yield entry
        elif seen := _understood(entry):
            yield from each([entry], partial(_event, file, times, seen))
    yield from times.lost()


def _maybe(line: str) -> bool:
    """Whether a line may hold an event, from its raw text: a log has millions that do not.

    The word before the first colon is the tag (or the end of one with blanks). Other shapes are always taken apart.
    """
    colon = line.find(": ", 18)
    if colon < 0 or line[2:3] != "-":
        return True
    word = line[:colon].rstrip().rpartition(" ")[2]
    return word in _TAGS or word[-1:] == ")" or "http" in line or "/vmdl" in line or "grantRuntime" in line


def _event(file: File, times: logcat.Times, seen: Seen, entry: Entry) -> LogEvent:
    where = text.at(file, entry.number)
    return LogEvent(
        where=where,
        time=times.of(where, entry.stamp),
        event=seen.event,
        tag=entry.tag,
        buffer=entry.buffer,
        uid=entry.uid,
        pid=entry.pid,
        package=seen.package or None,
        process=seen.process or None,
        path=seen.path or None,
        detail=entry.message,
    )


def _understood(entry: Entry) -> Seen | None:
    """By its tag; then by what may stand under any tag."""
    message = entry.message
    by_tag = _TAGS.get(entry.tag)
    if by_tag and (seen := by_tag(message)):
        return seen
    if "grantRuntimePermission" in message:
        return Seen("permission grant", package=_package(message))
    if "/vmdl" in message:
        return Seen("package install", package=_package(message), path=_apk(message))
    if "http" in message and ("http://" in message or "https://" in message):
        return Seen("url")
    return None


# --------------------------------------------------------------------------------------------------------------------
# The forms of messages

_PACKAGE = re.compile(
    r"(?:\bpkg[={]|\bpackageName=|\b[Pp]ackage(?:: ?| )|\bForce stopping |\bpkg )\"?([A-Za-z]\w*(?:\.\w+)+)(?![\w./-])"
)
_APK = re.compile(r"/(?:data|system|product|vendor|mnt|storage)/[^\s,;'\"})\]]{1,300}")
_PROCESS = re.compile(r"(?:Start proc |Killing )(?:(\d+):)?([^/\s]+)")
_DIED = re.compile(r"Process (\S+) \(pid \d+\) has died")
_COMPONENT = re.compile(r"\bcmp=([A-Za-z][\w.]*)/")
_CRASHED = re.compile(r">>> (.{1,200}?) <<<")
_SIGNAL = re.compile(r"Fatal signal .* pid \d+ \((.{1,100}?)\)")
_GONE = re.compile(r"(?i)delet|uninstall|\bremov")
_COME = re.compile(r"(?i)install|staged|vmdl|verif|replac|new package|scanning package")
_FAILED = re.compile(r"(?i)fail|throttl|incorrect|wrong|denied|timeout|too many|lockout|retry")


def _package(message: str) -> str | None:
    found = _PACKAGE.search(message)
    return found[1] if found else None


def _apk(message: str) -> str | None:
    found = _APK.search(message)
    return found[0] if found else None


def _fields(message: str) -> list[str]:
    """The values of an event: `[0,5301,10142,name,...]`."""
    return message.strip("[]").split(",", 12)


def _at(message: str, place: int) -> str | None:
    values = _fields(message)
    return values[place] if len(values) > place else None


def _am_proc_start(message: str) -> Seen:
    """`[user,pid,uid,process,type,{package/class}]`; without the user on Android 4.0 and older."""
    values = _fields(message)
    place = 3 if len(values) > 5 else 2
    package, slash, _ = values[-1].strip("{}").partition("/")
    return Seen("process start", package if slash and " " not in package else None, _at(message, place))


def _user_first(event: str) -> Callable[[str], Seen]:
    """`[user,pid,process,...]`; without the user on Android 4.0 and older."""

    def seen(message: str) -> Seen:
        values = _fields(message)
        return Seen(event, process=next((v for v in values[1:3] if not v.lstrip("-").isdecimal()), None))

    return seen


def _activity_manager(message: str) -> Seen | None:
    if message.startswith("START u") and (found := _COMPONENT.search(message)):
        return Seen("activity start", package=found[1])
    if message.startswith(("Start proc ", "Killing ")) and (found := _PROCESS.match(message)):
        return Seen("process start" if message[0] == "S" else "process killed", process=found[2])
    if found := _DIED.match(message):
        return Seen("process died", process=found[1])
    if message.startswith("Force stopping "):
        return Seen("force stop", package=_package(message))
    if message.startswith("ANR in "):
        return Seen("anr", process=message[7:].split(" ", maxsplit=1)[0])
    return None


def _runtime(message: str) -> Seen | None:
    if (
        message.startswith("Calling main entry com.android.commands.")
        or ">>> START com.android.internal.os.Run" in message
    ):
        return Seen("shell command")
    if "FATAL EXCEPTION" in message[:40]:
        return Seen("crash")
    if message.startswith("Process: "):
        return Seen("crash", process=message[9:].partition(",")[0])
    return None


def _native(message: str) -> Seen | None:
    if (found := _CRASHED.search(message) if ">>> " in message else None) or (
        found := _SIGNAL.match(message) if message.startswith("Fatal signal") else None
    ):
        return Seen("native crash", process=found[1])
    return Seen("tombstone", path=_apk(message)) if message.startswith("Tombstone written") else None


def _dexopt(message: str) -> Seen | None:
    found = "dexopt" in message or "dex2oat" in message
    return Seen("dexopt", _package(message), path=_apk(message)) if found else _packages(message)


def _packages(message: str) -> Seen | None:
    event = "package delete" if _GONE.search(message) else "package install" if _COME.search(message) else ""
    return Seen(event, _package(message), path=_apk(message)) if event else None


def _keystore(message: str) -> Seen | None:
    return Seen("unlock") if "nlocked user" in message else None


def _lock(message: str) -> Seen | None:
    if _FAILED.search(message):
        return Seen("unlock failed")
    return Seen("unlock") if "unlock" in message.lower() else Seen("lock settings")


def _time(message: str) -> Seen | None:
    words = ("etting time of day", "etKernelTime", "etTime", "system clock", "imezone")
    return Seen("time set") if any(word in message for word in words) else None


def _usb_ui(message: str) -> Seen | None:
    return Seen("usb") if message.startswith("onUEvent") else None


def _holding(word: str, event: str) -> Callable[[str], Seen | None]:
    return lambda message: Seen(event, _package(message)) if word in message else None


def _always(event: str) -> Callable[[str], Seen | None]:
    return lambda message: Seen(event)


def _table() -> dict[str, Callable[[str], Seen | None]]:
    forms: tuple[tuple[Callable[[str], Seen | None], str], ...] = (
        (_am_proc_start, "am_proc_start"),
        (_user_first("process died"), "am_proc_died"),
        (_user_first("process killed"), "am_kill"),
        (_user_first("crash"), "am_crash"),
        (_user_first("anr"), "am_anr"),
        (_activity_manager, "ActivityManager ActivityTaskManager"),
        (_runtime, "AndroidRuntime"),
        (_native, "DEBUG libc tombstoned crash_dump32 crash_dump64 /system/bin/tombstoned"),
        (_dexopt, "PackageManager.DexOptimizer installd dex2oat dex2oat32 dex2oat64 artd"),
        (_packages, "PackageManager PackageInstaller PackageInstallerSession InstallPackageHelper DeletePackageHelper"),
        (_always("adb"), "AdbDebuggingManager AdbService AdbKeyStore adbd"),
        (_keystore, "keystore keystore2"),
        (_lock, "gatekeeperd GateKeeper LockSettingsService LockSettings LockPatternUtils SyntheticPasswordManager"),
        (_always("usb"), "UsbDeviceManager UsbHostManager UsbPortManager"),
        (_usb_ui, "UsbUI"),
        (_holding("nabl", "accessibility"), "AccessibilityManagerService AccessibilitySettings"),
        (_holding("dmin", "device admin"), "DevicePolicyManager DevicePolicyManagerService"),
        (_always("shutdown"), "ShutdownThread"),
        (_time, "SystemClock AlarmManager AlarmManagerService TimeDetector TimeDetectorStrategy TimeZoneDetector"),
        (
            _always("boot"),
            "boot_progress_start boot_progress_preload_start boot_progress_preload_end boot_progress_system_run "
            "boot_progress_pms_start boot_progress_pms_system_scan_start boot_progress_pms_data_scan_start "
            "boot_progress_pms_scan_end boot_progress_pms_ready boot_progress_ams_ready boot_progress_enable_screen",
        ),
    )
    return {tag: form for form, tags in forms for tag in tags.split()}


_TAGS = _table()
