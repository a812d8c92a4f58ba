"""The forms in which values are compared: hosts, addresses, links, paths, digests. Pure functions, no indicator known.

Every function takes what stood in a record or in a publication, hostile or defanged, in time linear in its length.

Hosts are lower case, in IDNA A-labels (`xn--`), without port, user, trailing dot. Addresses are `(version, number)`;
a v4 address mapped into v6 is the v4 one. Paths are absolute and of one alias: `/private/var` is `/var` on iOS (a
symbolic link), `/data/user/0` is `/data/data` and the many names of the shared storage are `/storage/emulated/0` on
Android (AOSP `StorageManager`, `init.rc`). `user_de` is a place of its own.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import NamedTuple

import idna

MAX_HOST = 253  # of characters in a host name (RFC 1035)
_HOST = re.compile(r"[a-z0-9_.-]+")
_DOTS = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)", re.IGNORECASE)
_HXXP = re.compile(r"\bhxxp(s?)(?=:)", re.IGNORECASE)
_IP4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_END = re.compile(r"[/\\?#]")

Address = tuple[int, int]  # (4 or 6, the number)


class Link(NamedTuple):
    """A URL in the parts that are compared. `rest` is port (when not the default), path and query; never empty."""

    scheme: str
    host: str
    rest: str


def refang(text: str) -> str:
    """`hxxp://evil[.]com` as it was before somebody made it harmless."""
    if "[" in text or "(" in text or "{" in text:
        text = _DOTS.sub(".", text).replace("[:]", ":").replace("[://]", "://").replace("[@]", "@")
    if "xp" in text or "XP" in text:
        text = _HXXP.sub(r"http\1", text)
    return text


def link(text: str) -> Link:
    """Scheme, host and the rest of a URL, of a bare host, or of `host:port/path`. The fragment is not compared."""
    text = refang(text.strip())
    scheme, found, after = text.partition("://")
    if not found or len(scheme) > 40 or _END.search(scheme):
        scheme, after = "", text.removeprefix("//")
    scheme = scheme.rpartition(":")[2].lower()  # blob:https, view-source:https
    end = _END.search(after)
    authority, rest = (after[: end.start()], after[end.start() :]) if end else (after, "")
    name, port = _port(authority.rpartition("@")[2])
    if (port, scheme) in _DEFAULT:
        port = ""
    rest = rest.partition("#")[0] or "/"
    return Link(scheme, _name(name), f":{port}{rest}" if port else rest)


_DEFAULT = {("80", "http"), ("443", "https"), ("80", ""), ("443", "")}


def _port(text: str) -> tuple[str, str]:
    if text.startswith("["):  # [2001:db8::1]:443
        name, _, port = text[1:].partition("]")
        return name, port.removeprefix(":")
    name, _, port = text.rpartition(":")
    if name and ":" not in name and (not port or port.isdecimal()):
        return name, port
    return text, ""


def host(text: str) -> str:
    """The host in a host name, `host:port`, `user@host` or a URL."""
    text = text.strip().lower()
    return text.rstrip(".") if _HOST.fullmatch(text) else link(text).host


def _name(text: str) -> str:
    text = text.strip().lower()
    if not text.isascii() and len(text) <= MAX_HOST:
        try:
            text = idna.encode(text, uts46=True).decode()
        except UnicodeError:  # not a name that could be registered: compared as it stands
            text = text.casefold()
    return text.rstrip(".")


def address(text: str) -> Address | None:
    """The address in `1.2.3.4:443`, `[2001:db8::1]:443`, `/1.2.3.4`, `name/1.2.3.4`, `1.2.3.4/24`, or None."""
    text = text.strip()
    if _IP4.fullmatch(text):
        return _four(text)
    if "[" in text or "(" in text:
        text = refang(text)
    if "/" in text:
        left, _, right = text.partition("/")
        text = left if left and right.isdecimal() else right
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    if _IP4.fullmatch(text):
        return _four(text)
    return _six(text) if ":" in text and len(text) <= 45 else None


def _four(text: str) -> Address | None:
    """By hand, ten times as fast as the library, which is held against it in a test; leading zeros are refused."""
    number = 0
    for part in text.split("."):
        if (len(part) > 1 and part[0] == "0") or len(part) > 3 or int(part) > 255:
            return None
        number = number << 8 | int(part)
    return 4, number


def _six(text: str) -> Address | None:
    try:
        found = IPv6Address(text)
    except ValueError:
        return None
    return (4, int(found.ipv4_mapped)) if found.ipv4_mapped else (6, int(found))


def prefix(text: str, version: int) -> int:
    """How many leading bits of `1.2.3.0/24` are meant; all of them when no network is written."""
    bits = text.strip().rpartition("/")[2]
    whole = 32 if version == 4 else 128
    return min(int(bits), whole) if "/" in text and bits.isdecimal() and len(bits) < 4 else whole


_ALIASES = (
    ("/private/var", "/var"),
    ("/private/tmp", "/tmp"),  # noqa: S108 - a name to compare, not a file we make
    ("/private/etc", "/etc"),
    ("/data/user/0", "/data/data"),
    ("/sdcard", "/storage/emulated/0"),
    ("/mnt/sdcard", "/storage/emulated/0"),
    ("/mnt/user/0/primary", "/storage/emulated/0"),
    ("/data/media/0", "/storage/emulated/0"),
    ("/storage/self/primary", "/storage/emulated/0"),
    ("/storage/emulated/legacy", "/storage/emulated/0"),
    ("/storage/sdcard0", "/storage/emulated/0"),
)
ALIASED_ROOTS = frozenset(real for _, real in _ALIASES) | {""}  # a path at one of them has other last components
_ALIASED = ("/private/", "/data/user/0", "/data/media/0", "/sdcard", "/mnt/", "/storage/s", "/storage/emulated/legacy")


def path(text: str) -> str:
    """A path of a phone, absolute, under one of its aliases, without a slash at its end."""
    text = text.strip()
    if not text.startswith("/"):
        text = "/" + text
    if "//" in text:
        text = re.sub(r"/{2,}", "/", text)
    if len(text) > 1 and text.endswith("/"):
        text = text[:-1]
    if text.startswith(_ALIASED):
        for alias, real in _ALIASES:
            if text.startswith(alias) and text[len(alias) : len(alias) + 1] in ("", "/"):
                return real + text[len(alias) :]
    return text


def digest(text: str) -> str:
    """A hash in lower case, without the colons and blanks of certificate tools."""
    text = text.strip().lower()
    return text.replace(":", "").replace(" ", "") if ":" in text or " " in text else text


def process(text: str) -> str:
    """A process name without the brackets of kernel threads, or of processes whose arguments were not readable."""
    text = text.strip()
    if len(text) > 2 and (text[0], text[-1]) in (("[", "]"), ("(", ")")):
        return text[1:-1]
    return text


def email(text: str) -> str:
    """An address of mail or of an iMessage handle."""
    return refang(text.strip()).casefold().removeprefix("mailto:")


def phone(text: str) -> str:
    """A telephone number: digits, and a leading `+` for `00`. Short numbers and names stay what they are."""
    text = text.strip().casefold().removeprefix("tel:")
    digits = re.sub(r"[\s().\-/\u00a0]", "", text)
    return "+" + digits[2:] if digits.startswith("00") and len(digits) > 8 else digits
