"""Reading indicator files: every form that is published, without losing a file to one bad line, and in linear time.

    load([Path("indicators"), Path("new.stix2")], today=None)

A folder is read to its leaves, in sorted order; hidden folders and links to folders are not followed. The form is told
by content and ending: STIX bundles, MISP events, Echap YAML, CSV, plain lists, YARA. Documentation, scripts, images and
licences are passed by; anything else is a problem "not recognised".

Source names are relative to the given folder, never absolute. The collection of a list is the folder it lies in
(`2020-03-12_uzbekistan` is "uzbekistan", published 2020-03-12), or the stem of a file given alone.

Time: nothing expires unless `today` is given. The wall clock is not read, so that the same files give the same result
tomorrow. Who wants `valid_until` honoured passes a date, and the report says which.

Indicators are sorted. Two that say the same of the same value in the same collection are one: the one that is
not "unconfirmed", then with a publication, then the earlier published, then the first source, is kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from svitac.indicators import bundle, echap, index, lists, misp
from svitac.indicators.model import Indicator, Loaded, Source, YaraSource
from svitac.indicators.reading import Read, Text
from svitac.indicators.yamls import Broken, load_yaml
from svitac.model import Kind, Loss, Problem, Where

MAX_FILE = 512 * 2**20
_PASSED = frozenset(
    """.adoc .bat .cfg .css .gif .gz .htm .html .ico .ini .ipynb .jpeg .jpg .js .license .lock .md .pdf .png .ps1 .py
    .rst .sh .svg .toml .webp""".split()  # noqa: SIM905
)
_PASSED_NAMES = re.compile(
    r"(readme|licen[cs]e|copying|changelog|contributing|authors|makefile|notice|requirements)\b.*"
)
_YARA = (".yar", ".yara", ".rule", ".rules")
_DATED = re.compile(r"(\d{4}-\d{2}[-_]\d{2})[_ -]+(.+)")
_GENERIC = frozenset(("indicators", "iocs", "ioc"))


def load(paths: Iterable[Path], today: date | None = None) -> Loaded:
    """Everything the given files and folders hold."""
    files = sorted({(name, local) for path in paths for name, local in _files(path)})
    read, sources, problems = [], [], []
    raw: list[tuple[str, bytes]] = []
    for name, local in files:
        try:
            raw.append((name, _bytes(local)))
        except OSError as exc:
            problems.append(Problem(where=Where(name), detail=f"cannot be read: {exc.strerror}", loss=Loss.FILE))
    references = _references(raw)
    for name, data in raw:
        found = list(read_one(name, data, today, references))
        problems += [thing for thing in found if isinstance(thing, Problem)]
        good = [thing for thing in found if not isinstance(thing, Problem)]
        read += good
        sources.append(Source(name, hashlib.sha256(data).hexdigest(), len(good)))
    return Loaded(
        indicators=_unique(thing for thing in read if isinstance(thing, Indicator)),
        yara=tuple(sorted({thing for thing in read if isinstance(thing, YaraSource)})),
        problems=tuple(_gathered(problems)),
        sources=tuple(sources),
    )


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    if not path.is_dir():
        yield path.name, path
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            local = Path(folder, name)
            if not name.startswith(".") and not _passed(local):
                yield local.relative_to(path).as_posix(), local
    for failed in closed:  # reading it will say why
        yield Path(failed.filename).relative_to(path).as_posix(), Path(failed.filename)


def _bytes(local: Path) -> bytes:
    if local.stat().st_size > MAX_FILE:
        raise OSError(errno.EFBIG, f"larger than {MAX_FILE >> 20} MB")
    return local.read_bytes()


def _passed(path: Path) -> bool:
    return path.suffix.lower() in _PASSED or bool(_PASSED_NAMES.fullmatch(path.name.lower()))


def _gathered(problems: list[Problem]) -> Iterator[Problem]:
    """The same complaint about many places of one file as one problem, at the first place."""
    same: dict[tuple[str, str, Loss], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.where.path, problem.detail, problem.loss), []).append(problem)
    for first, *others in same.values():
        more = f" (and {len(others)} more: {', '.join(p.where.spot for p in others)[:200]})" if others else ""
        yield Problem(where=first.where, detail=first.detail + more, loss=first.loss)


def _unique(indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    best: dict[tuple[Any, ...], Indicator] = {}
    for one in indicators:
        value = one.value.lower() if one.kind in _FOLDED else one.value
        key = (one.kind, value, one.pattern, one.also, one.collection)
        known = best.get(key)
        if known is None or _worth(one) < _worth(known):
            best[key] = one
    return tuple(sorted(best.values(), key=lambda i: (i.kind, i.value, i.collection, i.pattern, i.also)))


_FOLDED = (Kind.DOMAIN, Kind.IP, Kind.HASH, Kind.CERTIFICATE, Kind.EMAIL, Kind.PROFILE)


def _worth(one: Indicator) -> tuple[bool, bool, bool, str, str]:
    return one.confidence == "unconfirmed", not one.publication, not one.published, one.published, one.source


def _references(raw: list[tuple[str, bytes]]) -> dict[str, str]:
    """The first reference of every set that an index in these files names, by its path."""
    packs = (
        pack
        for name, data in raw
        if name.rpartition("/")[2] == "indicators.yaml"
        for pack in index.parse(data.decode("utf-8", "replace"), name)[0]
    )
    return {pack.path: pack.references[0] for pack in packs if pack.path and pack.references}


def read_one(name: str, data: bytes, today: date | None = None, references: dict[str, str] | None = None) -> Read:
    """Everything one file holds. `name` is how it is called in sources and problems."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    file = _text(name, text, references or {})
    ending = Path(name).suffix.lower()
    if ending in _YARA:
        yield YaraSource(name, text)
    elif ending in (".stix2", ".stix", ".json"):
        yield from _json(file, data, today)
    elif ending in (".yaml", ".yml"):
        yield from _yaml(file)
    elif "\x00" in text[:4096]:
        yield _unknown(file)
    elif ending in (".csv", ".tsv"):
        yield from lists.read_csv(file)
    elif ending in (".txt", ".lst", ".list", ".ioc", ".iocs", ""):
        yield from _json(file, data, today) if text.lstrip()[:1] in ("{", "[") else lists.read(file)
    elif not _passed(Path(name)):
        yield _unknown(file)


def _text(name: str, text: str, references: dict[str, str]) -> Text:
    *folders, last = name.split("/")
    stem = last.rpartition(".")[0] or last
    folder = next((f for f in reversed(folders) if f.lower() not in _GENERIC), stem)
    dated = _DATED.fullmatch(folder)
    publication = next((url for path, url in references.items() if name == path or name.endswith("/" + path)), "")
    return Text(
        name=name,
        stem=stem.lower(),
        text=text,
        collection=dated[2] if dated else folder,
        published=dated[1].replace("_", "-") if dated else "",
        publication=publication,
    )


def _json(file: Text, data: bytes, today: date | None) -> Read:
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        yield file.problem("", f"not JSON: {exc}", Loss.FILE)
        return
    if bundle.is_bundle(found):
        yield from bundle.read(file, found, today)
    elif misp.is_misp(found):
        yield from () if misp.is_manifest(found) else misp.read(file, found)
    elif not (isinstance(found, dict) and found.get("type") == "bundle"):  # an empty bundle is a bundle
        yield _unknown(file)


def _yaml(file: Text) -> Read:
    try:
        found = load_yaml(file.text)
    except Broken as exc:
        yield file.problem("", str(exc), Loss.FILE)
        return
    if echap.is_echap(found):
        yield from echap.read(file, found)
    elif index.is_index(found):
        yield from index.parse(file.text, file.name)[1]
    else:
        yield _unknown(file)


def _unknown(file: Text) -> Problem:
    return file.problem("", "not recognised as indicators", Loss.FILE)
