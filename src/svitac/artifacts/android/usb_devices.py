"""Devices that were plugged into the phone while it was the USB host: when, what they said they were, when they went.

Tools that unlock phones pretend to be cameras, sound cards and mice, one after another, to reach faults in drivers.
One record is one stay of one device, from attach to detach, as one of four `source`s told it:

    kernel     `usb 1-1: new ... USB device number 3`, `New USB device found, idVendor=04f2, idProduct=b071`, names,
               `USB disconnect`. Sees everything, hubs (1d6b, the phone's own) included; ring in memory
    dumpsys    `dumpsys usb`, host_manager: the 32 newest connects and disconnects since start, and what is plugged in
               now. Vendor and product are printed in decimal. Leaves out hubs and, on older phones, mice and keyboards
    samsung    `UsbUI: onUEvent(Host Interface): {ACTION=add, PRODUCT=239a/80f4/100, ...}`, one line per interface
    framework  `UsbHostManager: USB device attached: vidpid 04f2:b071 mfg/product/ver/serial ...` (Android 9 and later)

So one stay may be told several times; compare time, vendor and product. `port` is the kernel's (`1-1`) or, for dumpsys
and framework, the device's file. `vendor` and `product` are four lower-case hex digits, None where only the going was
logged; names are what the device chose. Times of dumpsys are milliseconds UTC, so they are exact also where the
phone's zone is unknown; all others are the log's wall clock; dmesg has none. Apps can write such lines into a log, not
into dumpsys or the kernel's section. Source: AOSP `UsbHostManager`, Linux `drivers/usb/core/hub.c`; checked on
Android 10 (kernel, dumpsys) and a Samsung fragment; the framework's line is from decompiled code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from svitac.declare import artifact
from svitac.formats import clock, kernel, logcat, text
from svitac.formats.indented import rows, whole
from svitac.model import Clock, Covers, File, FreeText, Garbled, LocalTime, Problem, Record, Records, Stage, Where

MOST_OPEN = 256  # devices that have not gone; a bus has 127 addresses
SAME_STAY = timedelta(seconds=5)  # the interfaces of one device come and go together
_PORT = re.compile(r"usb ((?:usb)?\d[\d.-]{0,40}): ")
_FOUND = re.compile(r"New USB device found, idVendor=([0-9a-fA-F]{4}), idProduct=([0-9a-fA-F]{4})")
_NUMBER = re.compile(r"USB (?:device number|disconnect, device number|device using .{1,40} and address) ?(\d{1,5})")
_FRAMEWORK = re.compile(
    r"USB device attached: vidpid ([0-9a-f]{4}):([0-9a-f]{4}) mfg/product/ver/serial ([^/]*)/([^/]*)/"
)
_UEVENT = re.compile(r"(ACTION|PRODUCT|DEVPATH)=([^,}]*)")
_BUS_PORT = re.compile(r"/(\d{1,3}-[\d.]{1,40})(?=[/:]|$)")
_HEX = re.compile(r"[0-9a-fA-F]{1,4}")


class UsbDevice(Record, frozen=True, kw_only=True):
    attached: LocalTime | None
    detached: LocalTime | None
    port: str | None
    number: int | None  # the kernel's, new for every stay
    vendor: str | None
    product: str | None
    product_name: FreeText | None
    manufacturer: FreeText | None
    source: str

    def says(self) -> str:
        name = " ".join(n for n in (self.manufacturer, self.product_name) if n)
        what = f"{self.vendor}:{self.product}" if self.vendor else "of unknown kind"
        gone = f", gone at {self.detached}" if self.detached else ""
        return f"USB device {what}{f' ({name})' if name else ''} plugged into the phone{gone} ({self.source})"


@artifact(
    "android.usb_devices",
    paths=[*logcat.PATHS, "**/dmesg*.txt"],
    services=["usb"],
    sections=[*logcat.SECTIONS, "KERNEL LOG", "SEC LOG"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="logs: a ring in memory, minutes to days; dumpsys: the newest 32 since the phone started",
    stage=Stage.PHYSICAL,
)
def parse(file: File) -> Records[UsbDevice]:
    if _is_service(file):
        yield from _service(file)
    else:
        yield from _log(file)


def _is_service(file: File) -> bool:
    with file.open() as src:
        head = src.read(4096).lstrip()
    return head.startswith((b"USB MANAGER STATE", b"USB Manager State", b"DUMP OF SERVICE usb", b"{"))


@dataclass(slots=True)
class _Stay:
    """A device that has not gone yet, as far as the text has been read."""

    where: Where
    source: str
    port: str | None = None
    number: int | None = None
    attached: LocalTime | None = None
    detached: LocalTime | None = None
    vendor: str | None = None
    product: str | None = None
    product_name: str | None = None
    manufacturer: str | None = None

    def record(self) -> UsbDevice:
        return UsbDevice(**{name: getattr(self, name) for name in self.__slots__})


# --------------------------------------------------------------------------------------------------------------------
# Logs


def _log(file: File) -> Iterator[UsbDevice | Problem]:
    log = _Log(file)
    for number, line in text.lines(file):
        if "usb " in line or "UsbUI" in line or "UsbHostManager" in line:
            try:
                yield from log.take(number, kernel.message(line))
            except Garbled as exc:
                yield Problem(where=exc.where, detail=str(exc))
    yield from (stay.record() for stay in log.open.values() if stay.vendor)
    yield from log.times.lost()


class _Log:
    """Which devices are plugged in, while a log is read. Keys are ports, and vendor and product for Samsung's lines."""

    def __init__(self, file: File) -> None:
        self.times = logcat.Times(file)
        self.open: dict[str, _Stay] = {}
        self._file = file
        self._last: dict[str, LocalTime | None] = {}  # Samsung: when an interface of it last went

    def take(self, number: int, said: kernel.Message) -> Iterator[UsbDevice]:
        where = text.at(self._file, number)
        if found := _PORT.match(said.text):
            yield from self._kernel(where, said, found[1], said.text[found.end() :])
        elif said.text.startswith("UsbUI: onUEvent(Host Interface): "):
            yield from self._samsung(where, said)
        elif said.text.startswith("UsbHostManager: ") and (found := _FRAMEWORK.search(said.text)):
            stay = _Stay(where, "framework", attached=self.times.of(where, said.stamp))
            stay.vendor, stay.product = found[1], found[2]
            stay.manufacturer, stay.product_name = (_name(found[3]), _name(found[4]))
            yield stay.record()

    def _kernel(self, where: Where, said: kernel.Message, port: str, rest: str) -> Iterator[UsbDevice]:
        stay = self.open.get(port)
        if rest.startswith("New USB device found"):
            yield from self._found(where, said, port, rest)
        elif rest.startswith("new ") and (found := _NUMBER.search(rest)):
            yield from self._begin(port, _Stay(where, "kernel", port, int(found[1])))
        elif rest.startswith("USB disconnect"):
            found = _NUMBER.search(rest)
            stay = self.open.pop(port, None) or _Stay(where, "kernel", port, int(found[1]) if found else None)
            stay.detached = self.times.of(where, said.stamp)
            yield stay.record()
        elif stay and rest.startswith("Product: "):
            stay.product_name = _name(rest[9:])
        elif stay and rest.startswith("Manufacturer: "):
            stay.manufacturer = _name(rest[14:])

    def _found(self, where: Where, said: kernel.Message, port: str, rest: str) -> Iterator[UsbDevice]:
        found = _FOUND.match(rest)
        if not found:
            raise Garbled(where, f"a USB device without its vendor and product: {rest[:80]!r}")
        stay = self.open.get(port)
        if stay is None or stay.vendor:  # a device that came while another was there: the going was not logged
            stay = _Stay(where, "kernel", port)
            yield from self._begin(port, stay)
        stay.where, stay.attached = where, self.times.of(where, said.stamp)
        stay.vendor, stay.product = found[1].lower(), found[2].lower()

    def _begin(self, key: str, stay: _Stay) -> Iterator[UsbDevice]:
        before = self.open.pop(key, None)
        if before is None and len(self.open) >= MOST_OPEN:
            before = self.open.pop(next(iter(self.open)))
        self.open[key] = stay
        if before and before.vendor:
            yield before.record()

    def _samsung(self, where: Where, said: kernel.Message) -> Iterator[UsbDevice]:
        values = dict(_UEVENT.findall(said.text))
        vendor, product = _pair(where, values.get("PRODUCT", ""))
        path = _BUS_PORT.findall(values.get("DEVPATH", ""))
        port = path[-1] if path else None
        key = f"{vendor}:{product} {port}"
        time, action = self.times.of(where, said.stamp), values.get("ACTION")
        if action == "add" and key not in self.open:
            stay = _Stay(where, "samsung", port, attached=time, vendor=vendor, product=product)
            yield from self._begin(key, stay)
        elif action == "remove":
            gone = self.open.pop(key, None)
            if gone is None and _near(self._last.get(key), time):
                return  # one more interface of a device that has gone
            gone = gone or _Stay(where, "samsung", port, vendor=vendor, product=product)
            gone.detached = time
            if len(self._last) >= MOST_OPEN:
                self._last.clear()
            self._last[key] = time
            yield gone.record()


def _near(before: LocalTime | None, now: LocalTime | None) -> bool:
    return before is not None and now is not None and abs(now.wall - before.wall) <= SAME_STAY


def _name(said: str) -> str | None:
    return said.strip() if said.strip() not in ("", "null", "<unknown>") else None


def _pair(where: Where, spelled: str) -> tuple[str, str]:
    """`239a/80f4/100`: vendor, product, version, without leading zeros."""
    parts = spelled.split("/")
    if len(parts) < 2 or not all(_HEX.fullmatch(part) for part in parts[:2]):
        raise Garbled(where, f"not a vendor and a product: {spelled[:40]!r}")
    return parts[0].lower().zfill(4), parts[1].lower().zfill(4)


# --------------------------------------------------------------------------------------------------------------------
# dumpsys usb


def _service(file: File) -> Iterator[UsbDevice | Problem]:
    open_: dict[str, _Stay] = {}
    plugged: dict[str, _Stay] = {}
    for where, group, values in _groups(file):
        try:
            if group == "connections":
                yield from (stay.record() for stay in _connection(file, where, values, open_))
            else:
                stay = _plugged(where, values)
                plugged[stay.port or f"line {len(plugged)}"] = stay
        except (Garbled, ValueError, OverflowError) as exc:
            yield Problem(where=where, detail=f"a USB connection that cannot be read: {exc}")
    for port, stay in open_.items():
        if now := plugged.pop(port, None):
            stay.product_name, stay.manufacturer = now.product_name, now.manufacturer
    yield from (stay.record() for stay in [*open_.values(), *plugged.values()])


def _groups(file: File) -> Iterator[tuple[Where, str, dict[str, str]]]:
    """The objects of the lists of connections and of devices. What is nested deeper in them is left out."""
    group, depth, start, values = "", 0, 0, dict[str, str]()
    for number, indent, body in rows(file):
        if not group:
            name, _, opens = body.partition("=")
            if opens == "[" and name in ("connections", "devices", "mDevices"):
                group, depth = "connections" if name == "connections" else "devices", indent
        elif body in ("]", "}") and indent <= depth:
            group = ""
        elif body == "{" and indent == depth + 2:
            start, values = number, {}
        elif body == "}" and indent == depth + 2 and start:
            yield text.at(file, start), group, values
            start = 0
        elif indent == depth + 4 and start:
            name, equals, value = body.partition("=")
            if equals and value not in ("{", "["):
                values[name] = value


def _connection(file: File, where: Where, values: dict[str, str], open_: dict[str, _Stay]) -> Iterable[_Stay]:
    """Mode 0 is a connect, 1 and 2 one that failed (the device described itself badly), -1 a disconnect."""
    port = values.get("device_address")
    mode, moment = whole(values.get("mode", "")), clock.milliseconds(whole(values.get("timestamp", "")))
    time = logcat.zoned(moment, file.zone) if moment else None
    if mode == -1:
        stay = open_.pop(port or "", None) or _Stay(where, "dumpsys", port)
        stay.detached = time
        return [stay]
    new = _plugged(where, {"vendor_id": values.get("manufacturer", ""), "product_id": values.get("product", "")})
    new.port, new.attached = port, time
    if mode != 0:
        return [new]
    before = open_.pop(port or "", None)
    open_[port or ""] = new
    return [before] if before else []


def _plugged(where: Where, values: dict[str, str]) -> _Stay:
    stay = _Stay(where, "dumpsys", values.get("name"))
    stay.vendor, stay.product = (_decimal(values.get(name, "")) for name in ("vendor_id", "product_id"))
    stay.product_name = _name(values.get("product_name", ""))
    stay.manufacturer = _name(values.get("manufacturer_name", ""))
    return stay


def _decimal(value: str) -> str:
    number = whole(value)
    if not 0 <= number < 2**16:
        raise ValueError(f"not the number of a maker or a product: {value[:40]!r}")
    return f"{number:04x}"
