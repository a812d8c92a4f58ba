"""Installs that were begun on an Android phone and are not finished: who asked, when, and where the APK lay meanwhile.

`/data/system/install_sessions.xml`: one `<session>` for each install that is open or waits for a restart. Extraction
tools install their agent over ADB: its session names `com.android.shell` and a folder `/data/app/vmdl<number>.tmp`.
Times are milliseconds since 1970: `created`, `updated`, and `committed` (Android 12 and later), when the install itself
was started; never is -1 or 0. `label` and `referrer` are what the asking app said.
Text until Android 11, binary since. Source: AOSP `PackageInstallerSession.write`; no file of a real phone was at hand.
"""

from datetime import datetime

from svitac.declare import artifact
from svitac.formats.abx import Element, elements
from svitac.model import Clock, Covers, File, FilePath, FreeText, PackageName, Record, Records, Stage, Url


class InstallSession(Record, frozen=True, kw_only=True):
    session: int | None
    user: int | None
    package: PackageName | None  # what the asker said it would install
    label: FreeText | None
    installer: PackageName | None
    installer_uid: int | None
    initiating: PackageName | None
    originating: PackageName | None
    created: datetime | None
    updated: datetime | None
    committed: datetime | None
    folder: FilePath | None
    origin: Url | None
    referrer: Url | None
    flags: int | None  # PackageManager.INSTALL_*: 0x20 is "from ADB"
    sealed: bool | None
    failed: bool | None
    applied: bool | None
    error: FreeText | None

    def says(self) -> str:
        who = self.installer or (None if self.installer_uid is None else f"uid {self.installer_uid}")
        return f"install of {self.package or 'an app not named'} begun by {who or 'nobody named'}"


@artifact(
    "android.install_sessions",
    paths=["**/system/install_sessions.xml"],
    clock=Clock.EPOCH,
    covers=Covers.LAST,
    kept="while the install is open: three days at most, seven when it waits for a restart",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[InstallSession]:
    for element in elements(file, "session"):
        wrong: list[str] = []
        yield _session(file, element, wrong)
        if wrong:
            yield element.attributes(wrong).problem(element.at(file))


def _session(file: File, element: Element, wrong: list[str]) -> InstallSession:
    said = element.attributes(wrong)
    return InstallSession(
        where=element.at(file),
        session=said.integer("sessionId"),
        user=said.integer("userId"),
        package=said.text("appPackageName"),
        label=said.text("appLabel"),
        installer=said.text("installerPackageName"),
        installer_uid=said.integer("installerUid"),
        initiating=said.text("installInitiatingPackageName"),
        originating=said.text("installOriginatingPackageName"),
        created=said.milliseconds("createdMillis"),
        updated=said.milliseconds("updatedMillis"),
        committed=said.milliseconds("committedMillis"),
        folder=said.text("sessionStageDir"),
        origin=said.text("originatingUri"),
        referrer=said.text("referrerUri"),
        flags=said.integer("installFlags"),
        sealed=said.flag("sealed"),
        failed=said.flag("isFailed"),
        applied=said.flag("isApplied"),
        error=said.text("errorMessage"),
    )
