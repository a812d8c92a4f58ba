"""A program lies in a folder where only a computer or root can put one.

`/data/local/tmp` is where ADB may write, and where extraction tools and exploits drop their programs. Android does not
use it. The programs that honest tools leave there are named instead of reported.
"""

from typing import Any

from svitac.declare import rule
from svitac.model import Level, Reason, Stage

# The folders are the phone's. The first letter of a mode tells folders, links and sockets, whose x runs nothing.
QUERY = """
SELECT file.path, tool.what, list(DISTINCT file."where") AS file
FROM android_files AS file
LEFT JOIN known_temporary_tools AS tool ON regexp_extract(file.path, '[^/]*$') = tool.value
WHERE regexp_matches(file.path, '^(/data/local/|/data/log/|/dev/shm/|/tmp/)')
  AND contains(file.mode, 'x') AND NOT regexp_matches(file.mode, '^[dlLsSpDbc]')
GROUP BY file.path, tool.what ORDER BY file.path
"""


@rule(
    "android.executable_in_temporary_folder",
    level=Level.MEDIUM,
    stage=Stage.PHYSICAL,
    benign="A developer's test program; a tool of the analyst (AndroidQF's collector is known and only noted).",
    references=["https://android.googlesource.com/platform/system/core/+/refs/heads/main/rootdir/init.rc"],
    next_steps=["Do not run it. Note its size and times, and ask a laboratory for its hash."],
    query=QUERY,
)
def check(row: dict[str, Any]) -> Reason:
    subject = f"program {row['path']}"
    if row["what"]:
        title = f"{row['path']} is a known tool: {row['what']}"
        return Reason(subject=subject, title=title, level=Level.INFO, stage=Stage.NONE)
    return Reason(subject=subject, title=f"A program lies at {row['path']}")
