"""Android device administrators and owners: apps that may wipe, lock or manage the phone and resist removal.

`dumpsys device_policy`, per user:

    Enabled Device Admins (User 0, provisioningState: 0):
      com.example/.AdminReceiver:
        uid=10143
        testOnlyAdmin=false
        policies:
          wipe-data
    Device Owner:                                   or  Profile Owner (User 150):
      admin=ComponentInfo{com.example/.Admin}
      User ID: 0                                        a device owner's user stands here

Android 2.3 prints `Enabled Device Admins:` without a user, which is 0. Makers ship admins of their own (Samsung's
`kgclient`; `knox.securefolder` as the profile owner of the Secure Folder's user 150). State only: when an admin was
enabled is not printed. The policies of Android 14's policy engine are not read.
Source: AOSP `DevicePolicyManagerService.dump`, `Owners.dump`; checked on Android 2.3, 10 and Samsung Android 14 to 16.
"""

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import component, rows, whole
from svitac.model import File, PackageName, Problem, Record, Records, Stage

ADMINS = re.compile(r"Enabled Device Admins(?: \(User (\d{1,9})[^)]*\))?:")
OWNER = re.compile(r"(Device Owner|Profile Owner)(?: \(User (\d{1,9})\))?:")


class DeviceAdmin(Record, frozen=True, kw_only=True):
    package: PackageName
    component: str  # the class as printed; one that starts with a dot stands in the package
    user: int
    role: str  # "admin", "device owner", "profile owner"
    policies: tuple[str, ...] = ()  # "wipe-data", "force-lock" ...
    uid: int | None = None
    test_only: bool | None = None  # set only by `dpm set-device-owner` and friends over ADB

    def says(self) -> str:
        may = f", may {', '.join(self.policies)}" if self.policies else ""
        return f"{self.package}/{self.component} is {self.role} of user {self.user}{may}"


@artifact("android.device_admins", services=["device_policy"], kept="while enabled", stage=Stage.PERSISTED)
def parse(file: File) -> Records[DeviceAdmin]:
    walk = _Walk(file)
    for number, depth, line in rows(file):
        if depth <= walk.depth:
            yield from walk.close()
            walk.role = ""
            walk.begin(number, depth, line)
        elif walk.role == "admin":
            yield from walk.admin(number, depth - walk.depth, line)
        elif walk.role:
            yield from walk.owner(number, line)
        else:
            walk.begin(number, depth, line)
    yield from walk.close()


class _Walk:
    """The part that is open, and the admin or owner in it."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.role = ""
        self.depth = -1  # of the part's header
        self._user = 0
        self._line = 0
        self._who: tuple[str, str] | None = None
        self._policies: list[str] | None = None  # None: we are not in the list of policies
        self._said: dict[str, str] = {}
        self._kept: tuple[str, ...] = ()

    def begin(self, number: int, depth: int, line: str) -> None:
        found = ADMINS.fullmatch(line)
        owner = None if found else OWNER.fullmatch(line)
        self.depth = -1
        if found:
            self.role, self.depth, self._user = "admin", depth, int(found[1] or 0)
        elif owner:
            self.role, self.depth, self._user = owner[1].lower(), depth, int(owner[2] or 0)
            self._line = number

    def admin(self, number: int, deeper: int, line: str) -> Records[DeviceAdmin]:
        if deeper <= 2:
            yield from self.close()
            if line.endswith(":") and (who := component(line[:-1])):
                self._line, self._who = number, who
            elif "=" not in line:
                yield Problem(where=text.at(self.file, number), detail=f"not a device admin: {line[:80]!r}")
        elif deeper <= 4:
            self._keep()
            key, equals, value = line.partition("=")
            if line == "policies:":
                self._policies = []
            elif equals and self._who:
                self._said.setdefault(key, value)
        elif self._policies is not None:
            self._policies.append(line)

    def owner(self, number: int, line: str) -> Records[DeviceAdmin]:
        key, _, value = line.partition("=")
        if key == "admin" and self._who is None:
            self._who = component(value)
            if self._who is None:
                yield Problem(where=text.at(self.file, number), detail=f"not a component: {value[:80]!r}")
        elif line.startswith("User ID: "):
            try:
                self._user = whole(line.removeprefix("User ID: "))
            except ValueError as exc:
                yield Problem(where=text.at(self.file, number), detail=f"the user of the {self.role}: {exc}")

    def close(self) -> Iterator[DeviceAdmin | Problem]:
        self._keep()
        if self._who:
            where, uid = text.at(self.file, self._line), None
            try:
                uid = whole(self._said["uid"]) if "uid" in self._said else None
            except ValueError as exc:
                yield Problem(where=where, detail=f"the uid of {self._who[0]}: {exc}")
            test_only = {"true": True, "false": False}.get(self._said.get("testOnlyAdmin", ""))
            yield DeviceAdmin(
                where=where, package=self._who[0], component=self._who[1], user=self._user, role=self.role,
                policies=self._kept, uid=uid, test_only=test_only,
            )  # fmt: skip
        elif self.role.endswith("owner"):
            yield Problem(where=text.at(self.file, self._line), detail=f"a {self.role} without its component")
        self._who, self._said, self._kept = None, {}, ()

    def _keep(self) -> None:
        if self._policies is not None:
            self._kept, self._policies = tuple(self._policies), None
