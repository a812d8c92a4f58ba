"""Android settings as `settings list` prints them: developer mode, package verifier, accessibility, by namespace.

`settings_system.txt`, `settings_secure.txt`, `settings_global.txt` of AndroidQF (older versions also wrote others, such
as `settings_random.txt`): `name=value` per line, of the current user only, without the writer, whom
`android.dumpsys_settings` names. An absent value is printed as `null` and kept as such: it cannot be told from the text
"null". A line without `=` continues the value above it; a continuation that itself holds `=` cannot be told from a
setting of its own.
Seen on Android 10 and on Samsung Android 9 to 12.
"""

import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import entries
from svitac.model import File, Problem, Record, Records, Stage

FILE = re.compile(r"(?:.*/)?settings_([^/]*)\.txt")


class Setting(Record, frozen=True, kw_only=True):
    namespace: str  # "system", "secure", "global": from the name of the file
    name: str
    value: str

    def says(self) -> str:
        return f"{self.namespace} setting {self.name} is {self.value[:80]!r}"


@artifact("android.settings", paths=["**/settings_*.txt"], kept="until changed", stage=Stage.PERSISTED)
def parse(file: File) -> Records[Setting]:
    found = FILE.fullmatch(file.path)
    namespace = found[1] if found else ""
    for number, entry in entries(text.lines(file), lambda line: "=" in line):
        name, equals, value = entry.partition("=")
        where = text.at(file, number)
        if equals and name:
            yield Setting(where=where, namespace=namespace, name=name, value=value)
        elif entry.strip():
            yield Problem(where=where, detail=f"not a setting: {entry[:80]!r}")
