"""Computers that the owner of an Android phone, or who held it unlocked, allowed to control it over USB (ADB keys).

`dumpsys adb` prints `last_key_received` (the fingerprint of the key that asked last), `user_keys` (the file
`/data/misc/adb/adb_keys`, one key per line) and `keystore`, which also tells when each computer was last connected.
The keystore is XML, `<adbKey key="..." lastConnection="milliseconds" />`, in `<keyStore version="1">` since Android 11
and without a root element on Android 10. Later versions keep it as binary XML, which the dump prints with bytes lost.

A key is base64 of an `RSAPublicKey` (524 bytes), a blank and `user@host` of the computer, which that computer chose
itself. The fingerprint is the MD5 of the decoded bytes, as the phone shows it. A key that is no base64 has none.

Lost bytes: `last_connection` is given when one moment is left (to within 66 seconds: from it to `latest`); else
`candidates` moments are possible from `earliest` to `latest`. The phone forgets a key that was not used for seven days,
unless the owner switched that off, so only those days before the acquisition are looked at (`assumes_seven_days`); when
nothing falls into them, all of the time since 2020, where `candidates` counts stretches of time if there are too many
moments. Without the time of the acquisition, only the count is given.
Compare the set with a time of custody; one moment that is left is proof as far as the seven days hold.

Source: AOSP `AdbDebuggingManager`; checked on dumps in all three forms.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from svitac.declare import artifact
from svitac.formats import abx_text, clock, text
from svitac.model import Clock, File, Problem, Record, Records, Stage, Unreadable, Where

LARGEST = 16 * 2**20  # of one dump of the service; a key is 700 bytes
LIFETIME = timedelta(days=7)  # AOSP: Settings.Global.DEFAULT_ADB_ALLOWED_CONNECTION_TIME
MOST_BINARY = 1_000  # keys whose lost bytes are worked out, some milliseconds each; phones know a handful
SHOWN = 24
_OLDEST, _NEWEST = 1_577_836_800_000, 2_208_988_800_000  # 2020 (keystores are younger) and 2040, in milliseconds
_CLOSE = 66_000  # milliseconds: what two lost bytes can hide
_NAME = "lastConnection"
_XML_KEY = re.compile(r"<adbKey\b([^<>]*)>")
_ATTRIBUTE = re.compile(rf'\b(key|{_NAME})="([^"<>]*)"')  # by name: `\w+` would be quadratic on a long word
_ABX_KEY = re.compile(rb"QAAAA[A-Za-z0-9+/]+={0,2}(?: [^\x00-\x1f\xef]*)?")  # modulus of 64 words: all keys begin so


class AdbKey(Record, frozen=True, kw_only=True):
    fingerprint: str
    user: str | None
    key_start: str
    source: str  # user_keys, keystore, last key received, adb_keys
    last_connection: datetime | None
    earliest: datetime | None = None
    latest: datetime | None = None
    candidates: int = 0
    assumes_seven_days: bool = False
    connected: bool | None = None  # whether some computer was connected when the phone was read

    def says(self) -> str:
        who = self.user or self.fingerprint or "a computer without name"
        base = f"ADB key of {who} ({self.source})"
        if self.candidates > 1:
            base += f", last connected at one of {self.candidates} possible times"
        return f"{base}, if it was used in the last seven days" if self.assumes_seven_days else base


@artifact(
    "android.adb_keys",
    paths=["**/misc/adb/adb_keys"],
    services=["adb"],
    clock=Clock.EPOCH,
    kept="user_keys until taken back; in the keystore seven days after the last connection unless switched off",
    stage=Stage.PHYSICAL,
)
def parse(file: File) -> Records[AdbKey]:
    if file.path.endswith("/adb_keys") or file.path == "adb_keys":
        for number, line in text.lines(file):
            if line.strip():
                yield _key(text.at(file, number), "adb_keys", line.strip())
    else:
        yield from _dump(file)


@dataclass(slots=True)
class _Dump:
    """The text of the service: small, and read whole because a printed binary has line ends anywhere."""

    file: File
    raw: bytes
    connected: bool | None = None
    counted: int = 0  # bytes before which the line ends were counted
    ends: int = 0

    def at(self, offset: int) -> Where:
        """The line at `offset`. Offsets must not go back: every byte is looked at once."""
        self.ends += self.raw.count(b"\n", self.counted, offset)
        self.counted = max(offset, self.counted)
        return text.at(self.file, self.file.first_line + self.ends)


def _dump(file: File) -> Iterator[AdbKey | Problem]:
    with file.open() as src:
        raw = src.read(LARGEST + 1)
    dump = _Dump(file, raw[:LARGEST])
    store = raw.find(b"keystore=")
    head = raw if store < 0 else raw[:store]
    yield from _head(dump, head)
    if store >= 0:
        start = store + len(b"keystore=")
        binary = raw.startswith(abx_text.MAGIC, start)
        yield from _binary_store(dump, start) if binary else _xml_store(dump, start)
    if len(raw) > LARGEST:
        raise Unreadable(f"a dump of more than {LARGEST} bytes: the rest was not read")


def _head(dump: _Dump, head: bytes) -> Iterator[AdbKey]:
    """What stands before the keystore: the state, the last key, and the file of keys."""
    offset, in_keys = 0, False
    for raw in head.split(b"\n"):
        line = raw.decode("utf-8", "backslashreplace").strip()
        name, equals, value = line.partition("=")
        if in_keys and line and not _is_entry(name, equals):
            yield _key(dump.at(offset), "user_keys", line, dump.connected)
        elif name == "connected_to_adb" and value in ("true", "false"):
            dump.connected = value == "true"
        elif name == "last_key_received" and value:
            source = "last key received"
            yield AdbKey(
                where=dump.at(offset),
                fingerprint=value,
                user=None,
                key_start="",
                source=source,
                last_connection=None,
                connected=dump.connected,
            )
        elif name == "user_keys":
            in_keys = True
            if value:
                yield _key(dump.at(offset), "user_keys", value, dump.connected)
        if not line or (in_keys and name != "user_keys" and _is_entry(name, equals)):
            in_keys = False
        offset += len(raw) + 1


def _is_entry(name: str, equals: str) -> bool:
    """Whether a line is `name=value` of the dump, or a brace, rather than a key: base64 may end with `=` too."""
    return name in ("}", "]") or (bool(equals) and name.replace("_", "").islower() and name.replace("_", "").isalpha())


def _key(where: Where, source: str, line: str, connected: bool | None = None, **more: Any) -> AdbKey:
    key, _, user = line.partition(" ")
    return AdbKey(
        where=where,
        fingerprint=_fingerprint(key),
        user=user.strip() or None,
        key_start=key[:SHOWN],
        source=source,
        connected=connected,
        **({"last_connection": None} | more),
    )


def _fingerprint(key: str) -> str:
    """As the phone shows it; "" for what is no base64."""
    try:
        blob = base64.b64decode(key + "=" * (-len(key) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)) if blob else ""


# --------------------------------------------------------------------------------------------------------------------
# The keystore


def _xml_store(dump: _Dump, start: int) -> Iterator[AdbKey | Problem]:
    offset = start
    for raw in dump.raw[start:].split(b"\n"):
        line = raw.decode("utf-8", "backslashreplace")
        if "<adbKey" in line:
            yield from _xml_line(dump.at(offset), line, dump.connected)
        offset += len(raw) + 1


def _xml_line(where: Where, line: str, connected: bool | None) -> Iterator[AdbKey | Problem]:
    found = 0
    for element in _XML_KEY.finditer(line):
        found += 1
        values = {name: unescape(value) for name, value in _ATTRIBUTE.findall(element[1])}
        if "key" not in values:
            yield Problem(where=where, detail=f"an adbKey without its key: {element[0][:80]!r}")
            continue
        last = None
        try:
            last = clock.milliseconds(values.get(_NAME))
        except (ValueError, OverflowError) as exc:
            yield Problem(where=where, detail=f"the last connection of a key cannot be read: {exc}")
        yield _key(where, "keystore", values["key"], connected, last_connection=last)
    if found < line.count("<adbKey"):
        yield Problem(where=where, detail=f"an adbKey that does not end: {line.strip()[:80]!r}")


def _binary_store(dump: _Dump, start: int) -> Iterator[AdbKey | Problem]:
    blanks = start - len(b"keystore=") - (dump.raw.rfind(b"\n", 0, start) + 1)
    raw, found = dump.raw[start:], 0
    for key in _ABX_KEY.finditer(raw):
        found += 1
        if found > MOST_BINARY:
            raise Unreadable(f"more than {MOST_BINARY} keys in binary XML: the rest was not read")
        where, line = dump.at(start + key.start()), key[0].decode("utf-8", "backslashreplace")
        rest = abx_text.unindent(raw[key.end() : key.end() + 200], blanks)
        value = abx_text.after_name(rest, 0, _NAME)
        ways = abx_text.readings(rest, value) if value is not None else ()
        if not ways:
            yield Problem(where=where, detail="the last connection of a key in binary XML cannot be read")
        yield _key(where, "keystore", line, dump.connected, **_possible(ways, dump.file.until))
    if not found:
        yield Problem(where=dump.at(start), detail="a keystore in binary XML without any key that can be read")


def _possible(ways: tuple[abx_text.Reading, ...], until: datetime | None) -> dict[str, Any]:
    """What the bytes that are left say of the last connection."""
    if not ways:
        return {}
    highest = _NEWEST if until is None else int(until.timestamp() * 1000)
    soonest = highest - int(LIFETIME.total_seconds() * 1000)
    near = abx_text.spans(ways, soonest, highest) if until else []
    spans = near or abx_text.spans(ways, _OLDEST, highest)
    if not spans:
        return {}
    first, last = spans[0][0], spans[-1][1]
    only = len(spans) == 1 and last - first <= _CLOSE
    if until is None and not only:
        return {"candidates": len(spans)}
    earliest, latest = clock.milliseconds(first), clock.milliseconds(last)
    return {
        "last_connection": earliest if only else None,
        "earliest": earliest,
        "latest": latest,
        "candidates": len(spans),
        "assumes_seven_days": bool(near),
    }
