"""Peak memory of `svitac check` on inputs that must be streamed: it must not grow with their size.

    python benchmarks/memory.py [--gigabytes 4] [--work /var/tmp/memory]

Writes a logcat of that size, a bug report of 300,000 lines and a file with one endless line, checks each and prints the
peak of the largest process (as the operating system counts it), the seconds, and the records.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from against_mvt import measured, ours

START = "01-08 13:02:36.005  1000   929   992 I "
MARKS = START + "PackageManager.DexOptimizer: Running dexopt on: /data/app/x pkg=org.x isa=arm64\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gigabytes", type=float, default=4.0)
    options.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "svitac-memory")
    chosen = options.parse_args()
    makers: dict[str, Callable[[Path], None]] = {
        "logcat": lambda folder: logcat(folder, int(chosen.gigabytes * 2**30)),
        "report of 300,000 lines": report,
        "one endless line": endless,
    }
    print(f"{'input':<24} {'MB':>8} {'peak MB':>8} {'wall s':>8} {'records':>9}")
    for name, make in makers.items():
        folder = chosen.work / name.replace(" ", "-")
        if not folder.exists():
            folder.mkdir(parents=True)
            make(folder)
        size = sum(p.stat().st_size for p in folder.iterdir())
        with tempfile.TemporaryDirectory() as out:
            command, records = ours(folder, [], Path(out, "out"))
            wall, _, peak = measured(command)
            print(f"{name:<24} {size / 2**20:8.0f} {peak:8.0f} {wall:8.1f} {records():9}", flush=True)


def properties(folder: Path) -> None:
    (folder / "getprop.txt").write_text("[persist.sys.timezone]: [Europe/Belgrade]\n")


def logcat(folder: Path, size: int) -> None:
    """Lines that mean nothing, with one that does among 50,000."""
    properties(folder)
    chance = random.Random(5)
    words = [f"word{n}" for n in range(500)]
    block = "".join(
        f"01-08 13:{n % 60:02}:{n // 60 % 60:02}.{n % 1000:03}  1000   929   {n % 999:3} D Tag{n % 50}: "
        + " ".join(chance.choices(words, k=10))
        + "\n"
        for n in range(50_000)
    )
    with (folder / "logcat.txt").open("w") as out:
        for _ in range(max(1, size // len(block))):
            out.write(block)
            out.write(MARKS)


def report(folder: Path) -> None:
    text = "== dumpstate: 2024-02-22 10:05:00\n------ SYSTEM LOG (logcat) ------\n"
    text += "01-08 13:00:00.000  1000   929   992 D Tag: nothing of interest here\n" * 300_000
    (folder / "bugreport-x.txt").write_text(text + "------ 1.0s was the duration of 'SYSTEM LOG' ------\n")


def endless(folder: Path) -> None:
    properties(folder)
    with (folder / "logcat.txt").open("w") as out:
        out.write("01-08 13:00:00.000  1000   929   992 D Tag: ")
        for _ in range(300):
            out.write("A" * 2**20)


if __name__ == "__main__":
    main()
