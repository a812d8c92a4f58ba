"""The result folder: written beside its place, then moved there whole, so that a half-written one is never seen.

    manifest.json       what went in, which tool and indicators, and the SHA-256 of everything below
    coverage.json       what was looked for, found and read
    findings.json       the gravest first
    problems.jsonl      everything that could not be read
    records/<artifact>.parquet
    observables.parquet every value that an indicator could match, for `svitac hunt`
    report.html

Nothing in it depends on the machine, the path, the locale, the time of day or the order of work.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from svitac.model import Coverage, Finding, Problem

FORMAT = 1  # of the result folder; a reader refuses a higher one


class Input(msgspec.Struct, frozen=True, order=True):
    """One file that was handed over."""

    name: str
    size: int
    sha256: str  # "" for a file of a folder that no artifact reads


class Digest(msgspec.Struct, frozen=True, order=True):
    """Something that took part in the run, by its SHA-256."""

    name: str
    sha256: str
    count: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a second examiner needs to repeat the run, and to see that nothing was changed since."""

    format: int
    tool: str
    version: str
    libraries: dict[str, str]
    kind: str  # of evidence
    inputs: list[Input]
    indicators: list[Digest]
    rules: list[str]
    options: dict[str, str]
    zones: dict[str, str]  # file -> the zone its local times were read in
    acquired: str
    outputs: list[Digest] = []


class ResultFolder:
    """A result folder being made. Use as a context: it appears when everything in it is written."""

    def __init__(self, target: Path) -> None:
        self.target = target
        refuse_foreign(target)

    def __enter__(self) -> ResultFolder:
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
        (self.path / "records").mkdir()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name: str, content: str) -> None:
        (self.path / name).write_bytes(content.encode("utf-8", "backslashreplace"))

    def json(self, name: str, value: Any) -> None:
        self.write(name, msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")

    def lines(self, name: str, values: Iterable[Any]) -> None:
        self.write(name, "".join(msgspec.json.encode(v).decode() + "\n" for v in values))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest over all the rest and put the folder in its place."""
        self.json("manifest.json", msgspec.structs.replace(manifest, outputs=_digests(self.path)))
        self.path.chmod(0o700)
        if self.target.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.old.", dir=self.target.parent))
            self.target.rename(old / "result")
            self.path.rename(self.target)
            shutil.rmtree(old)
        else:
            self.path.rename(self.target)


def refuse_foreign(target: Path) -> None:
    """Only an empty folder or an earlier result may be replaced. Raises FileExistsError."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise FileExistsError(f"{target} exists and is not a folder")
    if target.is_dir() and any(target.iterdir()) and not (target / "manifest.json").is_file():
        raise FileExistsError(f"{target} exists and is not a result of Svitac: choose another folder with -o")


def _digests(folder: Path) -> list[Digest]:
    found = []
    for path, _, files in os.walk(folder):
        for name in files:
            file = Path(path, name)
            with file.open("rb") as src:
                sha256 = hashlib.file_digest(src, "sha256").hexdigest()
            found.append(Digest(file.relative_to(folder).as_posix(), sha256))
    return sorted(found)


class Result:
    """A finished result folder, for reading. Raises FileNotFoundError or ValueError when it is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "manifest.json").is_file():
            raise FileNotFoundError(f"{path} is not a result folder: it has no manifest.json")
        raw = (path / "manifest.json").read_bytes()
        try:
            version = msgspec.json.decode(raw)["format"]
            if version != FORMAT:
                raise ValueError(f"{path} has format {version}; this Svitac reads format {FORMAT}")
            self.manifest = msgspec.json.decode(raw, type=Manifest)
        except (msgspec.DecodeError, KeyError, TypeError) as exc:
            raise ValueError(f"{path}/manifest.json is damaged: {exc}") from exc

    def findings(self) -> list[Finding]:
        return msgspec.json.decode((self.path / "findings.json").read_bytes(), type=list[Finding])

    def coverage(self) -> list[Coverage]:
        return msgspec.json.decode((self.path / "coverage.json").read_bytes(), type=list[Coverage])

    def problems(self) -> list[Problem]:
        decoder = msgspec.json.Decoder(Problem)
        return decoder.decode_lines((self.path / "problems.jsonl").read_bytes())

    def tables(self) -> dict[str, Path]:
        """The Parquet file of every artifact that gave records."""
        return {path.stem: path for path in sorted((self.path / "records").glob("*.parquet"))}
