"""Streaming: a long report and an endless line are read in a process that may not hold them."""

import resource
import subprocess
import sys

import pytest

SPACE = 700 * 2**20  # address space of a worker here; the libraries alone need 400 MB of it
LINE = b"01-08 13:00:00.000  1000   929   992 D Tag: nothing of interest here\n"
ROW = b'{"path": "/%s", "size": 1},' % (b"a" * 300)
HEAD = b"== dumpstate: 2024-02-22 10:05:00\n------ SYSTEM LOG (logcat) ------\n"
CHECK = """
import sys
from pathlib import Path
from svitac.run import workers
workers.MEMORY = int(sys.argv[3])
from svitac.api import check, options
answer = check(Path(sys.argv[1]), Path(sys.argv[2]), options(), lambda path, done, of: None)
for problem in answer.problems:
    print(problem.where, problem.detail)
"""


def write(path, pieces):
    with path.open("wb") as out:
        for piece in pieces:
            out.write(piece)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="needs limits on address space")
@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("bugreport-x.txt", [HEAD, *[LINE * 100_000] * 30]),
        ("logcat.txt", [LINE[:-1], *[b"A" * 2**20] * 400]),
        ("files.json", [b"[", *[ROW * 2_000] * 600, b'{"path": "/a/c"}]']),
    ],
    ids=["report of 3,000,000 lines", "endless line", "long list"],
)
def test_what_is_larger_than_memory_is_read_whole(tmp_path, name, pieces):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "getprop.txt").write_bytes(b"[persist.sys.timezone]: [Europe/Belgrade]\n")
    write(folder / name, pieces)
    words = [sys.executable, "-c", CHECK, str(folder), str(tmp_path / "result"), str(SPACE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
