"""Programs that came with the acquisition: pulled APKs, the code inside them, and files from the temporary folder.

AndroidQF keeps APKs under `apks/` and the content of `/data/local/tmp` under `tmp/`; a full file system has the folder
itself, and other temporary folders of apps, which are taken along. Each file and each piece of code in an APK
(`classes.dex`, native libraries) is recorded with its hashes, so that published hashes match even when `packages.json`
was made without them, and is scanned with YARA rules when some are given. Nothing is ever run.
"""

import hashlib

from svitac.declare import artifact
from svitac.formats.programs import pieces
from svitac.model import Covers, File, FileHash, FileName, Problem, Record, Records, Stage


class Program(Record, frozen=True, kw_only=True):
    name: FileName
    size: int
    md5: FileHash
    sha1: FileHash
    sha256: FileHash

    def says(self) -> str:
        return f"{self.name}, {self.size} bytes, SHA-256 {self.sha256}"


@artifact(
    "android.programs",
    paths=["**/apks/*.apk", "**/tmp/*"],
    covers=Covers.STATE,
    kept="until uninstalled or deleted",
    stage=Stage.PERSISTED,
)
def parse(file: File) -> Records[Program]:
    for piece in pieces(file):
        if isinstance(piece, Problem):
            yield piece
            continue
        where, name, content = piece
        yield Program(
            where=where,
            name=name,
            size=len(content),
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(content).hexdigest(),
        )
