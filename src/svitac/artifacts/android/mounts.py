"""File systems that were mounted on the phone, where, and with which options.

Three forms: `DEV on POINT type FS (OPTS)` of `mount`; `DEV POINT FS OPTS 0 0` of `/proc/mounts` (AndroidQF's
`mounts.json` is a list of strings of both, one after the other, so most mounts appear twice); and `mountinfo` of one
process in a bug report (`FS/proc/PID/mountinfo`, proc(5)):

    36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue

Blanks in names are octal escapes (`\\040`) in the latter two. A system partition that is writable, or a tmpfs or
overlay over a system folder, is how Magisk and other root tools work. Source: proc(5); checked on a planted
`mounts.json` only, no real mountinfo was at hand.
"""

import re
from collections.abc import Iterator

from svitac.declare import artifact
from svitac.formats import json, text
from svitac.model import File, FilePath, Problem, Record, Records, Where

OCTAL = re.compile(r"\\([0-3][0-7]{2})")
MOUNT = re.compile(r"(.*?) on (/.*) type (\S+) \(([^()]*)\)")
PROC = re.compile(r"\S.* \d+ \d+")
PID = re.compile(r"/proc/(\d{1,9})/mountinfo$")


class Mount(Record, frozen=True, kw_only=True):
    device: str
    mount_point: FilePath
    filesystem: str
    options: tuple[str, ...]
    super_options: tuple[str, ...]  # of the file system as a whole; only in mountinfo
    root: FilePath | None  # what part of the file system is mounted; only in mountinfo
    pid: int | None  # the process that sees it so; None for the shell's view

    def says(self) -> str:
        return f"{self.device} mounted on {self.mount_point} ({self.filesystem}: {','.join(self.options)})"


@artifact("android.mounts", paths=["**/mounts.json", "**/FS/proc/*/mountinfo"], kept="until unmounted")
def parse(file: File) -> Records[Mount]:
    if file.path.endswith(".json"):
        yield from _listed(file)
        return
    found = PID.search(file.path)
    pid = int(found[1]) if found else None
    for number, line in text.lines(file):
        if line.strip():
            yield _mountinfo(text.at(file, number), line, pid)


def _listed(file: File) -> Iterator[Mount | Problem]:
    for item in json.strings(file):
        if isinstance(item, Problem):
            yield item
            continue
        where, value = item
        for line in value.splitlines():
            if line.strip():
                yield _mount(where, line.strip())


def _mount(where: Where, line: str) -> Mount | Problem:
    if found := MOUNT.fullmatch(line):
        device, point, kind, options = found.groups()
    elif PROC.fullmatch(line) and len(parts := line.split(" ")) == 6 and parts[1].startswith("/"):
        device, point, kind, options = _plain(parts[0]), _plain(parts[1]), parts[2], parts[3]
    else:
        return _not_a_mount(where, line)
    return Mount(
        where=where,
        device=device,
        mount_point=point,
        filesystem=kind,
        options=_options(options),
        super_options=(),
        root=None,
        pid=None,
    )


def _mountinfo(where: Where, line: str, pid: int | None) -> Mount | Problem:
    left, dash, right = line.strip().partition(" - ")
    seen, whole = left.split(" "), right.split(" ")
    if not dash or len(seen) < 6 or len(whole) != 3 or not seen[4].startswith("/"):
        return _not_a_mount(where, line)
    return Mount(
        where=where,
        device=_plain(whole[1]),
        mount_point=_plain(seen[4]),
        filesystem=whole[0],
        options=_options(seen[5]),
        super_options=_options(whole[2]),
        root=_plain(seen[3]),
        pid=pid,
    )


def _not_a_mount(where: Where, line: str) -> Problem:
    return Problem(where=where, detail=f"not a mount: {line[:80]!r}")


def _options(joined: str) -> tuple[str, ...]:
    return tuple(part for part in joined.split(",") if part)


def _plain(escaped: str) -> str:
    return OCTAL.sub(lambda found: chr(int(found[1], 8)), escaped) if "\\" in escaped else escaped
