"""The files of an AndroidQF acquisition and the hashes they had when it was made.

`hashes.csv`: `path,sha256`, no header. The path is kept as it is listed: it may begin with the storage path, have the
backslashes of Windows, or be the name of a zip entry (streaming mode); the list may hold itself. Whether the files
still have these hashes is compared elsewhere. Checked on a planted list in the form of AndroidQF 1.8.
"""

import csv
import re

from svitac.declare import artifact
from svitac.formats import text
from svitac.model import File, FileHash, Problem, Record, Records

SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class HashedFile(Record, frozen=True, kw_only=True):
    path: str  # on the analyst's computer or in the archive, not on the phone
    sha256: FileHash

    def says(self) -> str:
        return f"{self.path} had SHA-256 {self.sha256} when it was acquired"


@artifact("android.acquisition_hashes", paths=["**/hashes.csv"], kept="in the acquisition")
def parse(file: File) -> Records[HashedFile]:
    for number, line in text.lines(file):
        if not line.strip():
            continue
        where = text.at(file, number)
        try:
            row = next(csv.reader([line], strict=True))
        except csv.Error as exc:
            yield Problem(where=where, detail=f"not a line of CSV: {exc}")
            continue
        if len(row) == 2 and row[0] and SHA256.fullmatch(row[1].strip()):
            yield HashedFile(where=where, path=row[0], sha256=row[1].strip().lower())
        else:
            yield Problem(where=where, detail=f"not a path and its SHA-256: {line[:80]!r}")
