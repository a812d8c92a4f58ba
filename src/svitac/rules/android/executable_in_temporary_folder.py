"""A program lies in a folder where only a computer or root can put one.

`/data/local/tmp` is where ADB may write, and where extraction tools and exploits drop their programs. Android does not
use it. The programs that honest tools leave there are named instead of reported.
"""

from svitac.artifacts.android.files import FileEntry
from svitac.declare import rule
from svitac.knowledge import values
from svitac.model import Level, Reason, Stage

FOLDERS = ("/data/local/tmp/", "/data/local/", "/data/log/", "/dev/shm/", "/tmp/")  # noqa: S108 - the phone's, not ours
KNOWN = {entry["value"]: entry["what"] for entry in values("temporary_tools")}


@rule(
    "android.executable_in_temporary_folder",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    benign="A developer's test program; a tool of the analyst (AndroidQF's collector is known and only noted).",
    references=["https://android.googlesource.com/platform/system/core/+/refs/heads/main/rootdir/init.rc"],
    next_steps=["Do not run it. Note its size and times, and ask a laboratory for its hash."],
)
def check(file: FileEntry) -> Reason | None:
    if not file.path.startswith(FOLDERS) or not file.mode or "x" not in file.mode or file.mode.startswith("d"):
        return None
    name = file.path.rpartition("/")[2]
    if name in KNOWN:
        title = f"{file.path} is a known tool: {KNOWN[name]}"
        return Reason(subject=f"program {file.path}", title=title, level=Level.INFO, stage=Stage.NONE)
    return Reason(subject=f"program {file.path}", title=f"A program lies at {file.path}")
