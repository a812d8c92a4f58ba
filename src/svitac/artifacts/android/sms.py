"""Text and multimedia messages (SMS, MMS) from an Android backup: who wrote, what, and which links came with it.

`apps/com.android.providers.telephony/d_f/NNNNNN_sms_backup` and `..._mms_backup` are zlib-deflated JSON arrays, up to
1,000 messages each; all values of the database are strings in it. SMS: `address`, `body`, `subject`, `date` and
`date_sent` in milliseconds, `type`. MMS: `msg_box`, `sub`, `date` and `date_sent` in seconds, `mms_body` (the text
parts put together) and `mms_addresses`, a list of `{type, address, charset}` with type 137 from, 151 to, 130 cc, 129
bcc. The phone writes `insert-address-token` where its own number should stand. Pictures are not in the backup; newer
versions name them (`attachments`). `recipients` are the people of the conversation.

`type` and `msg_box`: 1 inbox, 2 sent, 3 draft, 4 outbox, 5 failed, 6 queued. `date` of a message in the inbox is when
the phone received it; in any other folder it is when it was written or sent, and is given as `sent`. `0` is "unknown".
Messages that were deleted before the backup are not in it. Source: AOSP `TelephonyBackupAgent`; checked on
plain and encrypted backups.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

from svitac.declare import artifact
from svitac.formats import clock, json
from svitac.model import (
    Clock,
    File,
    FileName,
    FreeText,
    Garbled,
    LocalTime,
    PhoneNumber,
    Problem,
    Record,
    Records,
    Stage,
    Unreadable,
    Where,
)

LARGEST = 256 * 2**20  # of one inflated part; the phone writes parts of 1,000 messages
BLOCK = 2**20
FOLDERS = {1: "inbox", 2: "sent", 3: "draft", 4: "outbox", 5: "failed", 6: "queued"}
OWN_NUMBER = "insert-address-token"
FROM, TO = 137, 151
KNOWN = frozenset(("address", "body", "date", "mms_body", "mms_addresses"))


class Message(Record, frozen=True, kw_only=True):
    address: PhoneNumber | None  # the sender; for a message of one's own, the receiver
    body: FreeText | None
    subject: FreeText | None
    received: datetime | None
    sent: datetime | None
    folder: str
    read: bool | None
    mms: bool
    recipients: tuple[PhoneNumber, ...]
    attachments: tuple[FileName, ...] = ()

    def says(self) -> str:
        what = f"{'MMS' if self.mms else 'SMS'} ({self.folder})"
        return f"{what}, {self.address or 'number unknown'}: {self.body or self.subject or 'no text'}"


@artifact(
    "android.sms",
    paths=[
        "**/apps/com.android.providers.telephony/d_f/*_sms_backup",
        "**/apps/com.android.providers.telephony/d_f/*_mms_backup",
    ],
    clock=Clock.EPOCH,
    kept="until deleted",
    stage=Stage.EXPOSED,
)
def parse(file: File) -> Records[Message]:
    data, damage = _inflate(file)
    make = _mms if "_mms_backup" in file.path.rpartition("/")[2] else _sms
    try:
        for item in json.objects(_Inflated(file, data)):
            yield item if isinstance(item, Problem) else _message(make, *item)
    except Unreadable as exc:
        raise Unreadable(damage or str(exc), exc.spot) from exc
    if damage:
        raise Unreadable(damage)


def _message(make: Callable[[Where, dict[str, Any]], Message], where: Where, row: dict[str, Any]) -> Message | Problem:
    if not KNOWN.intersection(row):
        return Problem(where=where, detail=f"not a message: {str(row)[:80]}")
    try:
        return make(where, row)
    except Garbled as exc:
        return Problem(where=exc.where, detail=str(exc))
    except (ValueError, TypeError, OverflowError) as exc:
        return Problem(where=where, detail=f"a message that cannot be read: {exc}")


def _sms(where: Where, row: dict[str, Any]) -> Message:
    folder = _folder(row.get("type"))
    received, sent = _times(folder, clock.milliseconds(row.get("date")), clock.milliseconds(row.get("date_sent")))
    return Message(
        where=where,
        address=_text(row.get("address")),
        body=_text(row.get("body")),
        subject=_text(row.get("subject")),
        received=received,
        sent=sent,
        folder=folder,
        read=_yes(row.get("read")),
        mms=False,
        recipients=_texts(row.get("recipients")),
    )


def _mms(where: Where, row: dict[str, Any]) -> Message:
    folder = _folder(row.get("msg_box"))
    received, sent = _times(folder, clock.seconds(row.get("date")), clock.seconds(row.get("date_sent")))
    return Message(
        where=where,
        address=_other_party(where, row.get("mms_addresses")),
        body=_text(row.get("mms_body")),
        subject=_text(row.get("sub")),
        received=received,
        sent=sent,
        folder=folder,
        read=_yes(row.get("read")),
        mms=True,
        recipients=_texts(row.get("recipients")),
        attachments=_texts([a.get("filename") for a in _objects(where, row.get("attachments"))]),
    )


def _times(folder: str, date: datetime | None, sent: datetime | None) -> tuple[datetime | None, datetime | None]:
    return (date, sent) if folder == "inbox" else (None, sent or date)


def _other_party(where: Where, addresses: Any) -> str | None:
    """Who sent it; when that is the phone itself, the first it was sent to."""
    known = [(a.get("type"), _text(a.get("address"))) for a in _objects(where, addresses)]
    named = [(kind, number) for kind, number in known if number and number != OWN_NUMBER]
    return next((n for wanted in (FROM, TO) for kind, n in named if str(kind) == str(wanted)), None)


def _objects(where: Where, value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise Garbled(where, f"a list of objects should stand here, not {str(value)[:60]!r}")
    return value


def _folder(value: Any) -> str:
    return FOLDERS.get(int(value), f"type {int(value)}") if value is not None else "unknown"


def _yes(value: Any) -> bool | None:
    return None if value is None else bool(int(value))


def _texts(value: Any) -> tuple[str, ...]:
    if value is not None and not isinstance(value, list):
        raise TypeError(f"a list should stand here, not {str(value)[:60]!r}")
    return tuple(t for v in value or [] if (t := _text(v)))


def _text(value: Any) -> str | None:
    """Text that can be stored: JSON may spell half of a surrogate pair, which is no character."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise TypeError(f"text should stand here, not {str(value)[:60]!r}")
    return value.encode("utf-8", "backslashreplace").decode()


def _inflate(file: File) -> tuple[bytes, str]:
    """What can be inflated, and what ended it early. A bomb costs no more than `LARGEST`."""
    pump, parts, size, rest = zlib.decompressobj(), [], 0, b""
    with file.open() as src:
        try:
            while not pump.eof and (raw := rest or src.read(BLOCK)):
                parts.append(pump.decompress(raw, BLOCK))
                size, rest = size + len(parts[-1]), pump.unconsumed_tail
                if size > LARGEST:
                    return b"".join(parts), f"more than {LARGEST} bytes when inflated: the rest was not read"
            parts.append(pump.flush())  # the few bytes that zlib still holds
        except zlib.error as exc:
            return b"".join(parts), f"not zlib, or damaged: {exc}"
    return b"".join(parts), "" if pump.eof else "truncated: the deflated data does not end"


@dataclass(frozen=True, slots=True)
class _Inflated:
    """The inflated bytes as a file at the path of the deflated one."""

    whole: File
    data: bytes

    @property
    def path(self) -> str:
        return self.whole.path

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def first_line(self) -> int:
        return 1

    @property
    def modified(self) -> LocalTime | None:
        return self.whole.modified

    @property
    def zone(self) -> str:
        return self.whole.zone

    @property
    def until(self) -> datetime | None:
        return self.whole.until

    def open(self) -> BinaryIO:
        return BytesIO(self.data)

    def sibling(self, suffix: str) -> None:
        return None
