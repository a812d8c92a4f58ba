"""Android packages as the package manager knows them: who installed what and when, for whom, with which permissions.

`Packages:` and `Hidden system packages:` (the factory version of an updated system app) of `dumpsys package`:

    Package [com.example] (672e433):
      appId=10333                                        `userId=` up to Android 12
      versionCode=16 minSdk=26 targetSdk=34
      timeStamp=2025-08-26 13:40:46                      of the APK file
      install permissions:
        android.permission.INTERNET: granted=true
      User 0: ceDataInode=122761 installed=true ... enabled=0
        firstInstallTime=2025-08-26 13:40:57             a field of the package, not of the user, up to Android 11
        runtime permissions:
          android.permission.CAMERA: granted=true, flags=[ USER_SET|USER_SENSITIVE_WHEN_GRANTED]

One record per package and user; a package without `User` blocks (Android 4.1 and earlier) gives one without user. Up
to Android 11 the first install is the package's, whatever the user: it is given for every user. A user who never had
the app has `installed=false` and 1970: then `first_install` is None. `installer` is None when the phone prints `null`
or nothing (adb, or a part of the system). `package_source` (Android 13): 1 other, 2 store, 3 local file, 4 downloaded
file; `install_reason` 4: the user asked for it. A runtime permission that is granted without `USER_SET`, `USER_FIXED`,
`GRANTED_BY_DEFAULT`, `POLICY_FIXED` ... among its flags was not given by a person at the screen. `signatures` are Java
hash codes (32 bits) of the certificates; before Android 9 the phone printed object addresses there, which are not kept.
The permissions of packages that share a uid are printed under `Shared users:` and are not read, nor are Samsung's
install log lines at the top.

A version name may hold line ends and so forge fields. Where a field stands twice, the one in the place where Android
prints it is kept; the times, the installer and the users that stand before `timeStamp`, which Android prints first, are
dropped. A problem says so each time. Text in the margin does not close a package.
Source: AOSP `com.android.server.pm.Settings.dumpPackageLPr`; checked on Android 2.3, 10, Samsung 9 to 12 and 14 to 16.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from svitac.declare import artifact
from svitac.formats import clock, text
from svitac.formats.indented import absent, rows, whole
from svitac.model import Clock, File, FilePath, LocalTime, Loss, PackageName, Problem, Record, Records, Stage

PACKAGE, FIELD, INNER = 2, 4, 6  # depths
START = re.compile(r"Package \[(.*)\] \([^()]{1,40}\):")
USER = re.compile(r"User (\d{1,9}):(.*)")
SIGNATURES = re.compile(r"[ {]signatures:\[([0-9a-f, ]*)\]")
FLAGS = re.compile(r"flags=\[([^\]]*)\]")
BEFORE_VERSION_NAME = frozenset(("userId", "appId", "codePath", "versionCode", "targetSdk"))
AFTER_TIMESTAMP = (
    "firstInstallTime", "lastUpdateTime", "installerPackageName", "initiatingPackageName", "originatingPackageName",
    "packageSource", "signatures",
)  # fmt: skip
PAIRS = ("userId=", "appId=", "versionCode=", "pkgFlags=0x")  # lines that hold several pairs, none of them free text
OUTSIDE_SYSTEM = ("/data/", "/mnt/expand/", "/mnt/asec/")
MOST_USERS = 256  # of one package; every user repeats its permissions
MOST_PROBLEMS = 100  # of one package; they are held in memory until it ends


class Permission(Struct, frozen=True):
    name: str
    granted: bool
    runtime: bool  # asked for while the app runs, per user; otherwise given at install
    flags: tuple[str, ...] = ()


class PackageInfo(Record, frozen=True, kw_only=True):
    package: PackageName
    user: int | None
    hidden: bool  # the factory version below an update
    system: bool
    app_id: int | None
    code_path: FilePath | None
    version_name: str | None
    version_code: int | None
    target_sdk: int | None
    apk_time: LocalTime | None
    first_install: LocalTime | None
    last_update: LocalTime | None
    installer: PackageName | None
    initiating: PackageName | None
    originating: PackageName | None
    package_source: int | None
    install_reason: int | None
    installed: bool | None
    enabled: int | None  # PackageManager.COMPONENT_ENABLED_STATE_*: 0 default, 1 enabled, 2 and more disabled
    signatures: tuple[str, ...]
    declared: tuple[str, ...]  # permissions that this app defines
    requested: tuple[str, ...]
    permissions: tuple[Permission, ...]

    def says(self) -> str:
        state = "known but not installed" if self.installed is False else "installed"
        who = f" for user {self.user}" if self.user else ""
        by = f" by {self.installer}" if self.installer else ""
        when = f" at {self.first_install}" if self.first_install else ""
        return f"{'system ' if self.system else ''}package {self.package} {state}{who}{by}{when}"


@artifact(
    "android.dumpsys_package", services=["package"], clock=Clock.LOCAL, kept="while installed", stage=Stage.PERSISTED
)
def parse(file: File) -> Records[PackageInfo]:
    hidden, package = False, None
    for number, depth, line in rows(file):
        if depth < PACKAGE:
            hidden = line == "Hidden system packages:" or (hidden and not line.endswith(":"))
            if package and not line.endswith(":") and not line.startswith("------"):
                detail = f"text in the margin of package {package.name}: {line[:80]!r}"
                yield Problem(where=text.at(file, number), detail=detail, loss=Loss.NONE)
        elif depth == PACKAGE:
            if package:
                yield from package.done()
            found = START.fullmatch(line)
            package = _Package(file, number, found[1], hidden) if found else None
            if not found and line.startswith("Package ["):
                yield Problem(where=text.at(file, number), detail=f"not the head of a package: {line[:80]!r}")
        elif package:
            package.line(number, depth, line)
    if package:
        yield from package.done()


class _User:
    """One `User N:` block."""

    def __init__(self, number: int, id: int, said: dict[str, str]) -> None:
        self.number, self.id, self.said = number, id, said
        self.permissions: list[Permission] = []


class _Package:
    """One `Package [...]` block, while it is read."""

    def __init__(self, file: File, number: int, name: str, hidden: bool) -> None:
        self.file, self.number, self.name, self.hidden = file, number, name, hidden
        self.said: dict[str, str] = {}
        self.declared: list[str] = []
        self.requested: list[str] = []
        self.permissions: list[Permission] = []
        self.users: list[_User] = []
        self.problems: list[Problem] = []
        self._user: _User | None = None
        self._crowded = False  # more users than we read
        self._list = ""  # the header of the list we are in

    def line(self, number: int, depth: int, line: str) -> None:
        if ": granted=" in line and "=" not in line[: line.find(": granted=")]:
            self._permission(number, line)
        elif depth <= FIELD and (found := USER.fullmatch(line)):
            self._begin(number, found)
        elif depth <= FIELD or (depth == INNER and self._user):
            self._field(number, line, None if depth <= FIELD else self._user)
        elif depth == INNER and self._list == "requested permissions:":
            self.requested.append(line.partition(": ")[0])
        elif depth == INNER and self._list == "declared permissions:":
            self.declared.append(line.partition(": ")[0])
        elif depth == INNER and self._list == "grantedPermissions:":  # Android 5 and earlier
            self.permissions.append(Permission(line, True, False))

    def _begin(self, number: int, found: re.Match[str]) -> None:
        said = dict(pair.partition("=")[::2] for pair in found[2].split())
        self._user, self._list = _User(number, int(found[1]), said), ""
        if len(self.users) < MOST_USERS:
            self.users.append(self._user)
        elif not self._crowded:
            self._crowded = True
            self._trouble(number, f"{self.name} has more than {MOST_USERS} users: the others are not read")

    def _field(self, number: int, line: str, user: _User | None) -> None:
        key, equals, value = line.partition("=")
        if equals and user:
            user.said[key] = value
        elif equals and line.startswith(PAIRS):
            for pair in line.split(" "):
                self._keep(number, *pair.partition("=")[::2])
        elif equals:
            self._keep(number, key, value)
        elif line.endswith(":"):
            self._list = line

    def _keep(self, number: int, key: str, value: str) -> None:
        if key in self.said:
            detail = f"{self.name} states {key} twice, {self.said[key][:40]!r} and {value[:40]!r}"
            self._trouble(number, f"{detail}: text made to look like a field, or an edited report", Loss.NONE)
            if key in BEFORE_VERSION_NAME:
                return
        if key == "timeStamp":
            self._drop_forged(number)
        self.said[key] = value

    def _drop_forged(self, number: int) -> None:
        """What stands before the time of the APK although Android prints it after it."""
        early = [key for key in AFTER_TIMESTAMP if self.said.pop(key, None) is not None]
        if early or self.users or self.permissions:
            what = ", ".join(early) or "users or permissions"
            detail = f"{self.name} states {what} before their place: text made to look like a field; dropped"
            self._trouble(number, detail, Loss.NONE)
            self.users, self.permissions, self._user = [], [], None

    def _permission(self, number: int, line: str) -> None:
        name, _, rest = line.partition(": granted=")
        granted = rest.partition(",")[0]
        if granted not in ("true", "false"):
            self._trouble(number, f"a permission neither granted nor refused: {line[:80]!r}")
            return
        found = FLAGS.search(rest)
        flags = tuple(found[1].replace("|", " ").split()) if found else ()
        into = self._user.permissions if self._user else self.permissions
        into.append(Permission(name, granted == "true", self._user is not None, flags))

    def _trouble(self, number: int, detail: str, loss: Loss = Loss.ITEM) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(where=text.at(self.file, number), detail=detail, loss=loss))
        elif len(self.problems) == MOST_PROBLEMS:
            detail = f"{self.name} has more than {MOST_PROBLEMS} problems: the others are not told"
            self.problems.append(Problem(where=text.at(self.file, number), detail=detail, loss=loss))

    def _value(self, said: dict[str, str], key: str, read: Callable[[str], Any]) -> Any:
        """A field, or None; one that cannot be read is a problem and costs only itself."""
        value = absent(said.get(key, ""))
        try:
            return None if value is None else read(value)
        except ValueError as exc:
            self._trouble(self.number, f"{self.name}, {key}: {exc}")
            return None

    def done(self) -> Iterator[PackageInfo | Problem]:
        """A record for every user, or one without; then what was wrong."""
        of_all = self._of_all_users()
        for user in (*self.users,) or (None,):
            yield self._record(of_all, user)
        yield from self.problems

    def _of_all_users(self) -> dict[str, Any]:
        said, read = self.said, self._value
        time = self._time
        found = SIGNATURES.search(said.get("signatures", ""))
        return {
            "app_id": read(said, "appId" if "appId" in said else "userId", whole),
            "code_path": absent(said.get("codePath", "")),
            "version_name": absent(said.get("versionName", "")),
            "version_code": read(said, "versionCode", whole),
            "target_sdk": read(said, "targetSdk", whole),
            "apk_time": read(said, "timeStamp", time),
            "first_install": read(said, "firstInstallTime", time),
            "last_update": read(said, "lastUpdateTime", time),
            "installer": absent(said.get("installerPackageName", "")),
            "initiating": absent(said.get("initiatingPackageName", "")),
            "originating": absent(said.get("originatingPackageName", "")),
            "package_source": read(said, "packageSource", whole),
            "signatures": tuple(found[1].replace(",", " ").split()) if found else (),
            "declared": tuple(self.declared),
            "requested": tuple(self.requested),
            "system": self._system(),
        }

    def _record(self, of_all: dict[str, Any], user: _User | None) -> PackageInfo:
        said = user.said if user else self.said
        installed = {"true": True, "false": False}.get(said.get("installed", ""))
        own = dict(of_all)
        if user and "firstInstallTime" in said:
            own["first_install"] = self._value(said, "firstInstallTime", self._time)
            if installed is False and own["first_install"] and own["first_install"].wall.year <= 1970:
                own["first_install"] = None
        return PackageInfo(
            where=text.at(self.file, user.number if user else self.number),
            package=self.name,
            user=user.id if user else None,
            hidden=self.hidden,
            install_reason=self._value(said, "installReason", whole),
            installed=installed,
            enabled=self._value(said, "enabled", whole),
            permissions=tuple(self.permissions + (user.permissions if user else [])),
            **own,
        )

    def _time(self, value: str) -> LocalTime:
        return clock.local(value, self.file.zone)

    def _system(self) -> bool:
        flags = self.said.get("flags", "") + " " + self.said.get("pkgFlags", "")
        path = self.said.get("codePath", "")
        if " SYSTEM " in flags.replace("[", " ").replace("]", " "):
            return True
        if flags.startswith(" 0x") and flags[3:].isalnum():  # Android 4.1 and earlier: ApplicationInfo.FLAG_SYSTEM is 1
            return flags[-1] in "13579bdf"
        return path.startswith("/") and not path.startswith(OUTSIDE_SYSTEM)
