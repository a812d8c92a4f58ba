"""What was published, put under the kind it is, or refused with a reason.

Lists put addresses among domains, links with a path among domains, paths among file names. And some values would match
half the world: a single label, a public suffix, the root of a file system, the hash of an empty file. Such an indicator
is refused here, when loading, and reported; matching never has to ask.

Public suffixes: we know the usual second-level ones of country domains (`co.uk`), not the whole list; a set that
publishes `github.io` gets what it asks for.
"""

from __future__ import annotations

import ipaddress
import re

from svitac.indicators import normal, patterns
from svitac.indicators.model import Condition, Pattern, Refused
from svitac.model import Kind

MAX_VALUE = 2048
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_HEX = re.compile(r"[0-9a-f]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DIGEST_LENGTHS = (32, 40, 64, 128)
_EMPTY_FILE = {
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
_PUBLIC_KEYS = {  # AOSP `build/target/product/security`: testkey and platform, whose private keys are published
    "e89b158e4bcf988ebd09eb83f5378e87",
    "61ed377e85d386a8dfee6b864bd85b0bfaa5af81",
    "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc",
    "8ddb342f2da5408402d7568af21e29f9",
    "27196e386b875e76adf700e7ea84e4c6eee33dfa",
    "c8a2e9bccf597c2fb6dc66bee293fc13f2fc47ec77bc6b2b0d52c11f51192ab8",
}
_SECOND_LEVEL = frozenset(
    "ac co com edu gob gov gouv go ltd me mil ne net nom or org plc sch".split()  # noqa: SIM905
)
_ROOTS = frozenset(
    """/ /data /data/data /data/app /data/local /data/local/tmp /data/misc /data/system /etc /mnt /private /sbin
    /storage /storage/emulated /storage/emulated/0 /system /system/bin /system/app /system/priv-app /tmp /usr /usr/bin
    /usr/libexec /var /var/db /var/log /var/mobile /var/mobile/Library /var/root /var/tmp /vendor""".split()  # noqa: SIM905
)


def refined(condition: Condition) -> Condition:
    """The condition with its value trimmed and its kind corrected. Raises Refused."""
    kind, value = condition.kind, condition.value.strip()
    if not value:
        raise Refused("no value")
    if len(value) > MAX_VALUE or _CONTROL.search(value):
        raise Refused(f"too long, or with control or undecodable characters: {value[:60]!r}")
    if condition.pattern is not Pattern.EXACT:
        if condition.pattern is Pattern.LIKE and not re.search(r"[^%_]{3}", value):
            raise Refused(f"too broad: LIKE {value!r}")
        patterns.compiled(value, condition.pattern)
        return Condition(kind, value, condition.pattern)
    return Condition(_KINDS[kind](value) if kind in _KINDS else kind, value)


def _domain(value: str) -> Kind:
    live = normal.refang(value)
    if normal.address(live):
        return _ip(live)
    if "/" in live:
        return _url(live)
    _check_host(normal.host(live.removeprefix("*")), value)
    return Kind.DOMAIN


def _check_host(host: str, value: str) -> None:
    labels = host.removeprefix(".").removeprefix("www.").split(".")
    if len(host) > normal.MAX_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise Refused(f"not a domain: {value[:60]!r}")
    if len(labels) == 1:
        raise Refused(f"too broad: {value!r} is a single label")
    if len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVEL:
        raise Refused(f"too broad: {value!r} is a public suffix")


def _url(value: str) -> Kind:
    found = normal.link(value)
    if not (normal.address(found.host) or (found.host and found.rest != "/")):
        _check_host(found.host, value)
    return Kind.URL


def _ip(value: str) -> Kind:
    found = normal.address(value)
    if not found:
        raise Refused(f"not an address: {value[:60]!r}")
    version, number = found
    address = ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)
    if address.is_loopback or address.is_unspecified:
        raise Refused(f"too broad: {value!r} is on every device")
    if normal.prefix(value, version) < (8 if version == 4 else 16):
        raise Refused(f"too broad: the network {value}")
    return Kind.IP


def _digest(value: str, kind: Kind) -> Kind:
    digest = normal.digest(value)
    if len(digest) not in _DIGEST_LENGTHS or not _HEX.fullmatch(digest):
        raise Refused(f"not a hash: {value[:60]!r}")
    if digest in _EMPTY_FILE or not digest.strip("0"):
        raise Refused(f"too broad: {value} is the hash of nothing")
    if digest in _PUBLIC_KEYS:
        raise Refused(f"too broad: {value} is a test key of Android that anyone can sign with")
    return kind


def _path(value: str) -> Kind:
    if normal.path(value) in _ROOTS or not re.search(r"[^*/]{2}", value):
        raise Refused(f"too broad: the path {value!r}")
    return Kind.PATH if "/" in value or "*" in value else Kind.FILENAME


def _email(value: str) -> Kind:
    name, found, host = normal.email(value).partition("@")
    if not (name and found and host) or " " in name + host:
        raise Refused(f"not an e-mail address: {value[:60]!r}")
    return Kind.EMAIL


def _phone(value: str) -> Kind:
    if sum(map(str.isdecimal, value)) < 5:
        raise Refused(f"not a telephone number: {value[:60]!r}")
    return Kind.PHONE


def _package(value: str) -> Kind:
    if re.search(r"[\s/]", value):
        raise Refused(f"not a package name: {value[:60]!r}")
    return Kind.PACKAGE


_KINDS = {
    Kind.DOMAIN: _domain,
    Kind.URL: _url,
    Kind.IP: _ip,
    Kind.HASH: lambda value: _digest(value, Kind.HASH),
    Kind.CERTIFICATE: lambda value: _digest(value, Kind.CERTIFICATE),
    Kind.PATH: _path,
    Kind.FILENAME: lambda value: _path(value) if "/" in value or "*" in value else Kind.FILENAME,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.PACKAGE: _package,
}
