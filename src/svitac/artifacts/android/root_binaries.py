"""Binaries of rooted phones that AndroidQF found in the search path: su, busybox, Magisk and others.

`root_binaries.json`, a list of paths: the output of `which -a` for a fixed list of names, so one entry may hold several
lines. An owner may have rooted the phone on purpose. Checked on a list of an unknown version.
"""

from svitac.declare import artifact
from svitac.formats import json
from svitac.model import File, FileName, FilePath, Problem, Record, Records


class RootBinary(Record, frozen=True, kw_only=True):
    path: FilePath
    name: FileName

    def says(self) -> str:
        return f"the root binary {self.path} is in the search path"


@artifact("android.root_binaries", paths=["**/root_binaries.json"], kept="until removed")
def parse(file: File) -> Records[RootBinary]:
    for item in json.strings(file):
        if isinstance(item, Problem):
            yield item
            continue
        where, value = item
        for line in value.splitlines():
            path = line.strip()
            if path.startswith("/") and not path.endswith("/"):
                yield RootBinary(where=where, path=path, name=path.rpartition("/")[2])
            elif path:
                yield Problem(where=where, detail=f"not a path: {path[:80]!r}")
