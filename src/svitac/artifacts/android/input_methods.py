"""Keyboards: the input methods that the phone has, those switched on, and the one in use, which sees what is typed.

`dumpsys input_method`:

    InputMethod #0:
      mId=com.example/.Keyboard mSettingsActivityName=...         installed
    mCurMethodId=com.example/.Keyboard                            in use; mSelectedMethodId= since Android 12
    mEnabledInputMethodsStrCache=com.example/.Keyboard:com.b/.C;1234           switched on, `;` before its subtypes

The user is printed only in some places (`mCurrentUserId=`, `UserId=` since Android 15); voice input and password
managers stand here too. State only. Source: AOSP `InputMethodManagerService.dump`; checked on Android 2.3 and 10, which
name no other user than the first.
"""

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import absent, component, rows
from svitac.model import File, PackageName, Problem, Record, Records, Stage

USER = re.compile(r"(?:UserId=|mCurrentUserId=)(\d{1,9})\b.*")
STARTS = {
    "mId=": "installed",
    "mCurMethodId=": "selected",
    "mSelectedMethodId=": "selected",
    "mEnabledInputMethodsStrCache=": "enabled",
}


class InputMethod(Record, frozen=True, kw_only=True):
    package: PackageName
    component: str  # the class as printed; one that starts with a dot stands in the package
    user: int | None
    state: str  # "installed", "enabled", "selected"

    def says(self) -> str:
        return f"input method {self.package}/{self.component} is {self.state}"


@artifact("android.input_methods", services=["input_method"], kept="while installed", stage=Stage.PERSISTED)
def parse(file: File) -> Records[InputMethod]:
    user: int | None = None
    for number, _, line in rows(file):
        if line[0] not in "mU":
            continue
        key, equals, value = line.partition("=")
        if state := STARTS.get(key + equals):
            yield from _methods(file, number, value, state, user)
        elif found := USER.fullmatch(line):
            user = int(found[1])


def _methods(file: File, number: int, value: str, state: str, user: int | None) -> Iterator[InputMethod | Problem]:
    listed = value.split(":") if state == "enabled" else [value.partition(" ")[0]]
    for item in listed:
        name = item.partition(";")[0].strip()
        if not absent(name):
            continue
        if who := component(name):
            where = text.at(file, number)
            yield InputMethod(where=where, package=who[0], component=who[1], user=user, state=state)
        else:
            yield Problem(where=text.at(file, number), detail=f"not an input method: {name[:80]!r}")
