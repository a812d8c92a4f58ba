"""What the kernel's log says of USB, crashes of the kernel, starts and the power key; not every line of it.

The `KERNEL LOG` of a bug report (`logcat -b kernel` since Android 8, `dmesg` before), kernel lines in `logcat*.txt`,
and `dmesg*.txt`. `event` is one of

    usb device     a device was plugged in while the phone was the host (`new high-speed USB device number 3`)
    usb identity   what it says it is (`New USB device found, idVendor=04f2, idProduct=b071`)
    usb name       its maker, product or serial number, as the device itself chose them
    usb driver     a driver took it (camera, sound, input, storage)
    usb error      it did not answer as a device should; common with bad cables, and with attacks on drivers
    usb detach     it is gone
    usb gadget     the phone itself is the device: a cable to a computer (`USB_STATE=CONFIGURED`)
    oops, bug, panic, KASAN, KFENCE, warning   the kernel crashed or nearly so; `symbols` are the functions of its trace
    boot, reboot, power key   `boot` also for why the power was switched on or off, where the kernel says so

Devices put together from several lines are `android.usb_devices`; SELinux denials are `android.selinux_denials`. A
`warning` alone is common. `process` is the one that ran when the kernel crashed. dmesg counts seconds since the phone
started: `uptime_ms`, and no `time`. Apps can write lines that look like these into `logcat*.txt`, not into the section.
For the forms see `svitac.formats.kernel`. Checked on Android 2.3 (dmesg) and 10 (logcat); the gadget, crash and power
key lines are from kernel source.
"""

from __future__ import annotations

import re
from functools import partial

from svitac.declare import artifact, each
from svitac.formats import kernel, logcat, text
from svitac.model import Clock, Covers, File, FreeText, LocalTime, ProcessName, Record, Records, Stage

_PORT = re.compile(r"usb (?:usb)?\d[\d.-]*: ")
_USB = (
    ("New USB device found", "usb identity"),
    ("Product: ", "usb name"),
    ("Manufacturer: ", "usb name"),
    ("SerialNumber: ", "usb name"),
    ("USB disconnect", "usb detach"),
    ("device descriptor read", "usb error"),
    ("device not accepting address", "usb error"),
    ("unable to enumerate", "usb error"),
    ("can't set config", "usb error"),
    ("config ", "usb error"),
)
_OTHERS = (
    (("uvcvideo: ", "hid-generic ", "usb-storage ", "usbhid ", "snd-usb-audio", "usb_audio"), "usb driver"),
    (("android_work: ", "android_usb", "configfs-gadget"), "usb gadget"),
    (("Linux version ",), "boot"),
    (
        ("reboot: ", "Restarting system", "Power down", "sysrq: ", "SysRq : ", "init: Reboot", "init: Shutdown"),
        "reboot",
    ),
    (("init: Received sys.powerctl", "init: Clear action queue and start shutdown"), "reboot"),
)


class KernelEvent(Record, frozen=True, kw_only=True):
    time: LocalTime | None
    uptime_ms: int | None
    event: str
    detail: FreeText
    process: ProcessName | None
    symbols: tuple[str, ...]

    def says(self) -> str:
        trace = f", in {', '.join(self.symbols[:5])}" if self.symbols else ""
        owner = f", while {self.process} ran" if self.process else ""
        return f"kernel, {self.event}: {self.detail[:200]}{owner}{trace}"


@artifact(
    "android.kernel_log",
    paths=[*logcat.PATHS, "**/dmesg*.txt"],
    sections=["KERNEL LOG", "LAST LOGCAT", "SEC LOG"],
    clock=Clock.LOCAL,
    covers=Covers.LOG,
    kept="a ring in memory: minutes to days, lost when the phone restarts",
    stage=Stage.EXECUTED,
)
def parse(file: File) -> Records[KernelEvent]:
    times, crashes = logcat.Times(file), kernel.Crashes()
    made = partial(_made, file, times)
    for number, line in text.lines(file):
        if crashes.want(line):
            yield from each(crashes.take(number, line), made)
        if _maybe(line):
            said = kernel.message(line)
            if event := _event(said.text):
                yield from each([kernel.Crash(number, event, said)], made)
    yield from each(crashes.rest(), made)
    yield from times.lost()


def _maybe(line: str) -> bool:
    """Whether a line may be one of ours: cheaper than taking it apart."""
    return (
        "usb" in line
        or "gadget" in line
        or "android_work" in line
        or "hid-" in line
        or "uvcvideo" in line
        or "ower" in line
        or "pwr" in line
        or "eboot" in line
        or "hutdown" in line
        or "estarting" in line
        or "inux version" in line
        or "SysRq" in line
        or "sysrq" in line
    )


def _event(said: str) -> str | None:
    if said.startswith("usb ") and (port := _PORT.match(said)):
        rest = said[port.end() :]
        if rest.startswith("new ") and "USB device number" in rest:
            return "usb device"
        return next((event for start, event in _USB if rest.startswith(start)), None)
    if said.startswith("input: ") and "/usb" in said:
        return "usb driver"
    if "ower-on reason" in said[:100] or "ower-off reason" in said[:100]:
        return "boot"
    if "kpdpwr" in said or "pwrkey" in said or "KEY_POWER" in said:
        return "power key"
    return next((event for starts, event in _OTHERS if said.startswith(starts)), None)


def _made(file: File, times: logcat.Times, event: kernel.Crash) -> KernelEvent:
    where = text.at(file, event.number)
    return KernelEvent(
        where=where,
        time=times.of(where, event.first.stamp),
        uptime_ms=event.first.uptime_ms,
        event=event.kind,
        detail=event.first.text,
        process=event.process,
        symbols=tuple(event.symbols),
    )
