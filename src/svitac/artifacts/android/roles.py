"""Which app plays which part on the phone: SMS, dialler, home screen, assistant, browser, call screening.

`dumpsys role` (Android 10 and later), per user; a role may have several holders, or none:

    user_id=0
    roles=[
      {
        name=android.app.role.SMS
        holders=com.android.messaging
      }

The holder of SMS or DIALER reads and sends messages or calls without further questions; ASSISTANT sees the screen.
State only, without times. Source: AOSP `RoleUserState.dump`; checked on Android 10.
"""

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import absent, rows, whole
from svitac.model import File, PackageName, Problem, Record, Records, Stage


class RoleHolder(Record, frozen=True, kw_only=True):
    role: str  # "android.app.role.SMS"
    package: PackageName
    user: int | None

    def says(self) -> str:
        of = "" if self.user is None else f" of user {self.user}"
        return f"{self.package} holds the role {self.role.removeprefix('android.app.role.')}{of}"


@artifact("android.roles", services=["role"], kept="until the owner chooses another app", stage=Stage.PERSISTED)
def parse(file: File) -> Records[RoleHolder]:
    user: int | None = None
    role = ""
    for number, _, line in rows(file):
        key, equals, value = line.partition("=")
        if line in ("{", "}"):
            role = ""
        elif key == "user_id" and equals:
            user, role = None, ""
            try:
                user = whole(value)
            except ValueError as exc:
                yield Problem(where=text.at(file, number), detail=f"user of the roles: {exc}")
        elif key == "name" and equals:
            role = value
        elif key == "holders" and equals and absent(value):
            where = text.at(file, number)
            if role:
                yield RoleHolder(where=where, role=role, package=value, user=user)
            else:
                yield Problem(where=where, detail=f"the holder of a role without name: {value[:80]!r}")
