"""Plain lists, one value a line, and CSV with or without a header row.

`#` starts a comment at the start of a line or after a blank. What the values are is told by the file's name
(`domains.txt`, `v2_domains.txt`, `package_cert_hashes.txt`), else guessed from each value; hashes of a list that is not
named after certificates are hashes of files. A file whose values say nothing is reported as a whole, not line by line.

A CSV column is read when its header names a kind; with columns `type` and `indicator` (or `value`), the type decides.
In a table of samples (a row with a file's hash) the package and the certificate describe the sample: many sign with a
shared key or take an honest name, so they are "unconfirmed".
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from svitac.indicators import normal
from svitac.indicators.reading import Read, Text, date_of, text_of
from svitac.model import Kind, Loss

_NAMES = (  # how a file's name, or a header, ends: the longer ones first where one holds the other
    (Kind.CERTIFICATE, r"cert(ificate)?s?([_ -]?(hash(es)?|fingerprints?|md5|sha-?1|sha-?256))?|app[_ ]?certs?"),
    (Kind.HASH, r"(file[_ -]?)?hash(es)?|md5s?|sha-?1s?|sha-?256s?|sha-?512s?|samples?"),
    (Kind.DOMAIN, r"domains?([_ -]names?)?|hosts?|host[_ -]?names?|fqdns?|websites?"),
    (Kind.IP, r"ips?|ip[_ -]?addr(ess(es)?)?|ipv[46]s?|ipv[46]-addr|ip-(dst|src)"),
    (Kind.URL, r"urls?|uris?|links?"),
    (Kind.EMAIL, r"e-?mails?|email-(src|dst)|e-?mail[_ -]addr(ess(es)?)?"),
    (Kind.PATH, r"(file[_ -]?)?paths?|directory|directories"),
    (Kind.FILENAME, r"file[_ -]?names?|files?"),
    (Kind.PROCESS, r"process(es)?|process[_ -]names?"),
    (
        Kind.PACKAGE,
        r"packages?|package[_ -](names?|ids?)|app[_ -]?ids?|bundles?|bundle[_ -]?ids?|mobile-application-id",
    ),
    (Kind.PROPERTY, r"(android[_ -])?propert(y|ies)"),
    (Kind.PROFILE, r"(config(uration)?[_ -])?profiles?"),
    (Kind.PHONE, r"phones?|phone[_ -]numbers?"),
)
_KIND_NAMES = [(kind, re.compile(rf"(?:.*[_ .-])?(?:{names})")) for kind, names in _NAMES]
_FORMS = (
    (Kind.URL, re.compile(r"h(?:tt|xx)ps?(?::|\[:\])//\S+", re.IGNORECASE)),
    (Kind.EMAIL, re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")),
    (Kind.HASH, re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})")),
    (Kind.PATH, re.compile(r"/[^/].*/.*")),
    (Kind.PACKAGE, re.compile(r"(?:com|org|net|io|app|me)\.[A-Za-z]\w*(?:\.\w+)+")),
    (Kind.DOMAIN, re.compile(r"(?:[\w-]+(?:\.|\[\.\]))+[A-Za-z][\w-]*\.?(?:/\S*)?")),
)
_VALUE = ("indicator", "value", "ioc", "observable")
_TYPE = ("type", "kind", "indicator_type", "indicator type", "ioc_type")
_SAID = {
    "collection": ("collection", "app", "family", "malware", "campaign", "tool"),
    "note": ("note", "description", "comment", "notes"),
    "confidence": ("confidence",),
    "publication": ("publication", "reference", "references"),
    "published": ("published", "date"),
}


def kind_named(name: str) -> Kind | None:
    """The kind that a file's stem, a column's header or a type column names."""
    name = name.strip().lower().replace(":", "_").removesuffix("_value")
    return next((kind for kind, names in _KIND_NAMES if names.fullmatch(name)), None)


def kind_of(value: str) -> Kind | None:
    """The kind that a value's form shows."""
    if normal.address(value):
        return Kind.IP
    return next((kind for kind, form in _FORMS if form.fullmatch(value)), None)


def read(file: Text) -> Read:
    """A plain list."""
    values = ((f"line {n}", v) for n, line in enumerate(file.text.split("\n"), 1) if (v := _value(line)))
    yield from _values(file, values)


def _value(line: str) -> str:
    line = line.strip()
    if "#" in line:
        line = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
    return line


def _values(file: Text, values: Iterator[tuple[str, str]]) -> Read:
    named, read, unknown = kind_named(file.stem), 0, []
    for spot, value in values:
        if kind := named or kind_of(value):
            read += 1
            yield file.one(spot, kind, value)
        else:
            unknown.append((spot, value))
    if len(unknown) > read:
        yield file.problem("", "not recognised: neither its name nor its lines say what it holds", Loss.FILE)
    else:
        yield from (file.problem(spot, f"not recognised: {value[:60]!r}") for spot, value in unknown)


def read_csv(file: Text) -> Read:
    """A table; without a header row, its first column is a plain list."""
    reader = csv.reader(file.text.splitlines())
    header: list[str] | None = None
    rest: list[tuple[str, str]] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            spot = f"line {reader.line_num}"
            if header is None:
                header = _header(row)
                if header:
                    continue
            if header:
                yield from _row(file, spot, header, row)
            else:
                rest.append((spot, row[0].strip()))
    except csv.Error as exc:
        yield file.problem(f"line {reader.line_num}", f"not CSV from here on: {exc}", Loss.FILE)
    yield from _values(file, iter(rest))


def _header(row: list[str]) -> list[str]:
    """The names of the columns, lower case; nothing when the first row is no header."""
    names = [cell.strip().lower() for cell in row]
    known = any(name in _VALUE or kind_named(name) for name in names)
    return names if known and not any(kind_of(name) for name in names) else []


def _row(file: Text, spot: str, header: list[str], row: list[str]) -> Read:
    cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
    said = {what: next((text_of(cells[n]) for n in names if cells.get(n)), "") for what, names in _SAID.items()}
    said["published"] = date_of(said["published"])
    if said["confidence"] not in ("confirmed", "unconfirmed"):
        said["confidence"] = ""
    said = {what: text for what, text in said.items() if text}
    found = list(_cells(cells))
    sample = any(kind is Kind.HASH for kind, _ in found)
    if not found:
        yield file.problem(spot, f"no indicator we know of in {','.join(row)[:80]!r}")
    for kind, value in found:
        weak = {"confidence": "unconfirmed", "note": "of a sample"} if sample and kind is not Kind.HASH else {}
        yield file.one(spot, kind, value, **(said | weak))


def _cells(cells: dict[str, str]) -> Iterator[tuple[Kind, str]]:
    value = next((cells[n] for n in _VALUE if cells.get(n)), "")
    if value:
        kind = next((k for n in _TYPE if cells.get(n) and (k := kind_named(cells[n]))), None) or kind_of(value)
        if kind:
            yield kind, value
        return
    for name, cell in cells.items():
        if cell and name not in _TYPE and (kind := kind_named(name)) and name not in _SAID_NAMES:
            yield kind, cell


_SAID_NAMES = frozenset(name for names in _SAID.values() for name in names)
