"""The code in a file: a program as it is, or the code inside an APK, piece by piece.

An APK is a zip; published YARA rules want a `classes.dex` from its first byte, so each piece of code is given by
itself: `classes*.dex`, native libraries, and whatever else is named like code. Malformed archives are common on
purpose: a piece that cannot be unpacked is a problem, and the rest goes on.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from svitac.model import File, Loss, Problem, Unreadable, Where
from svitac.sources.guard import BROKEN, guarded

LARGEST = 64 * 2**20  # bytes of one piece that are held in memory
MOST = 2_000  # pieces of one APK
CODE = (".dex", ".so", ".jar", ".apk")


def pieces(file: File) -> Iterator[tuple[Where, str, bytes] | Problem]:
    """Place, name and bytes: first the file itself, then the code inside when it is an APK."""
    with file.open() as src:
        whole = src.read(LARGEST + 1)
        if len(whole) > LARGEST:
            detail = f"larger than {LARGEST} bytes: neither hashed nor scanned"
            yield Problem(where=Where(file.path), detail=detail, loss=Loss.FILE)
            return
    yield Where(file.path), file.path.rpartition("/")[2], whole
    if whole.startswith(b"PK\x03\x04"):
        yield from _inside(file, whole)


def _inside(file: File, whole: bytes) -> Iterator[tuple[Where, str, bytes] | Problem]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(whole))
    except BROKEN as exc:
        yield Problem(where=Where(file.path), detail=f"not a whole APK: {exc}", loss=Loss.FILE)
        return
    with archive:
        code = [info for info in archive.infolist() if info.filename.lower().endswith(CODE)]
        for info in sorted(code, key=lambda i: (i.filename, i.header_offset))[:MOST]:
            where = Where(file.path, f"entry {info.filename}")
            try:
                with guarded(archive.open(info), info.compress_size) as src:  # type: ignore[arg-type]
                    content = src.read(LARGEST + 1)
            except (Unreadable, *BROKEN) as exc:
                yield Problem(where=where, detail=f"cannot be unpacked: {exc}")
                continue
            if len(content) > LARGEST:
                yield Problem(where=where, detail=f"larger than {LARGEST} bytes: neither hashed nor scanned")
            else:
                yield where, info.filename.rpartition("/")[2], content
    if len(code) > MOST:
        yield Problem(where=Where(file.path), detail=f"{len(code) - MOST} more pieces of code than are read")
