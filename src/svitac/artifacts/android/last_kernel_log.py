"""Crashes of the kernel in the run before the last start, from the log that survived it.

`/proc/last_kmsg`, `console-ramoops` and `dmesg-ramoops` of pstore: memory that outlives a restart and holds the end of
the kernel's log. A fault in a driver that an attack was written for shows as an oops whose trace names the driver's
functions: `fastrpc_...` (Qualcomm's DSP), `uvc_...` (cameras), `snd_usb_...` (sound), `hid_...` (input). Only the run
before this one is kept, and only if the phone did not lose power. One record is one crash: `kind` is oops, bug, KASAN,
KFENCE, panic or warning; `message` its first line; `symbols` the functions of its trace, in order; `modules` the loaded
ones it lists. Times are seconds since that run began: `uptime_ms`. Kernels crash for honest reasons too: bad memory,
bad drivers. Some phones compress pstore; such files are reported as unreadable.

Source: Linux `fs/pstore`, Project Zero 2024-12 (crashes of adsprpc found in Serbian cases); the forms are from kernel
source; real last_kmsg checked on Android 2.3.
"""

from __future__ import annotations

from svitac.declare import artifact
from svitac.formats import kernel, text
from svitac.model import Covers, File, FreeText, ProcessName, Record, Records, Stage, Unreadable


class KernelPanic(Record, frozen=True, kw_only=True):
    kind: str
    message: FreeText
    uptime_ms: int | None
    process: ProcessName | None
    symbols: tuple[str, ...]
    modules: tuple[str, ...]

    def says(self) -> str:
        trace = f", in {', '.join(self.symbols[:8])}" if self.symbols else ""
        owner = f" while {self.process} ran" if self.process else ""
        return f"the kernel crashed{owner} ({self.kind}): {self.message[:200]}{trace}"


@artifact(
    "android.last_kernel_log",
    paths=["**/last_kmsg*", "**/console-ramoops*", "**/pstore/console-*", "**/pstore/dmesg-*", "**/dmesg-ramoops*"],
    sections=["LAST KMSG", "LAST PANIC CONSOLE"],
    covers=Covers.LOG,
    kept="the run before the last start, if the phone did not lose power",
    stage=Stage.ATTEMPTED,
)
def parse(file: File) -> Records[KernelPanic]:
    with file.open() as src:
        if b"\0" in src.read(4096):
            raise Unreadable("not text: compressed by the phone, or overwritten")
    crashes = kernel.Crashes()
    for number, line in text.lines(file):
        if crashes.want(line):
            yield from (_record(file, crash) for crash in crashes.take(number, line))
    yield from (_record(file, crash) for crash in crashes.rest())


def _record(file: File, crash: kernel.Crash) -> KernelPanic:
    return KernelPanic(
        where=text.at(file, crash.number),
        kind=crash.kind,
        message=crash.first.text,
        uptime_ms=crash.first.uptime_ms,
        process=crash.process,
        symbols=tuple(crash.symbols),
        modules=tuple(crash.modules),
    )
