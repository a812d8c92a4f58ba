"""Svitac and MVT on the same heavy inputs, in one run: wall and processor seconds, peak memory, records.

    python benchmarks/against_mvt.py [--runs 3] [--indicators ../shared/indicators] [--work /var/tmp/bench]

MVT is installed into a virtual environment of its own; none of its code touches ours. Both read the same files with the
same STIX indicators (or none). Peak memory is the largest process, as the operating system counts it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import inputs

MVT = "mvt==2026.10.26"
WATCH = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--indicators", type=Path, default=Path("../shared/indicators"))
    options.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "svitac-bench")
    options.add_argument("--without-mvt", action="store_true")
    options.add_argument("--quick", action="store_true", help="leave out MVT's two runs of several minutes")
    chosen = options.parse_args()
    cases = {
        "androidqf": (made(chosen.work / "androidqf", inputs.androidqf), "check-androidqf"),
        "bugreport": (made(chosen.work / "bugreport", inputs.bugreport), "check-bugreport"),
        "intrusion": (made(chosen.work / "intrusion", inputs.intrusion), "check-intrusion-logs"),
    }
    mvt = None if chosen.without_mvt else installed(chosen.work / "mvt")
    stix = sorted(chosen.indicators.rglob("*.stix2"))
    print(f"{'input':<10} {'indicators':<10} {'program':<7} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'records':>9}")
    for name, (path, command) in cases.items():
        for label, given in (("none", []), ("all", stix)):
            print(row(name, label, "svitac", chosen.runs, partial(ours, path, given)), flush=True)
            if mvt and not (chosen.quick and given and name != "bugreport"):
                print(row(name, label, "mvt", chosen.runs, partial(theirs, mvt, command, path, given)), flush=True)


def made(folder: Path, make: Callable[[Path], Path]) -> Path:
    if not (folder / "made").exists():
        make(folder / "input")
        (folder / "made").write_text("")
    return folder / "input"


def installed(folder: Path) -> Path:
    program = folder / "bin" / "mvt-android"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", MVT], check=True)
    return program


def ours(path: Path, stix: list[Path], out: Path) -> tuple[list[str], Callable[[], int]]:
    command = [sys.executable, "-m", "svitac", "check", str(path), "-o", str(out), "-q"]
    command += ["--no-shipped"] if not stix else [word for file in stix for word in ("-i", str(file))]
    return command, lambda: sum(row["records"] for row in json.loads((out / "coverage.json").read_bytes()))


def theirs(program: Path, command: str, path: Path, stix: list[Path], out: Path) -> tuple[list[str], Callable[[], int]]:
    words = [str(program), "--disable-update-check", "--disable-indicator-update-check", command, "-o", str(out)]
    words += ["-n"] if command == "check-androidqf" else []
    words += [word for file in stix for word in ("-i", str(file))]

    def records() -> int:
        skip = {"alerts.json", "info.json"}
        files = [f for f in out.glob("*.json") if f.name not in skip and not f.name.endswith("_detected.json")]
        return sum(len(json.loads(f.read_bytes())) for f in files)

    return [*words, str(path)], records


def row(name: str, label: str, program: str, runs: int, make: Callable[[Path], tuple]) -> str:
    walls, cpus, peaks, records = [], [], [], 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out")
            command, count = make(out)
            wall, cpu, peak = measured(command)
            records = count()
        walls.append(wall)
        cpus.append(cpu)
        peaks.append(peak)
    middle = [statistics.median(values) for values in (walls, cpus, peaks)]
    return f"{name:<10} {label:<10} {program:<7} {middle[0]:8.1f} {middle[1]:8.1f} {middle[2]:8.0f} {records:9}"


def measured(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds of the process and its children, peak memory of the largest in MB."""
    env = {**os.environ, "MVT_NETWORK_ACCESS_ALLOWED": "false", "SVITAC_HOME": "/nonexistent"}
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", WATCH, *command], env=env, capture_output=True, text=True, check=True)
    wall = time.monotonic() - started
    cpu, peak = (float(word) for word in done.stdout.split())
    return wall, cpu, peak / 1024


if __name__ == "__main__":
    main()
