"""What the phone's USB port was doing when the phone was read: charging, files, ADB, or host of another device.

From `dumpsys usb`: `host_connected` (a device is plugged into the phone), `connected` and `configured` (a computer
talks to it), the functions it offers (`kernel_function_list=ffs` is ADB), and `num_connects`: how many times anything
was plugged into the phone as host since it started, also when the list of connections (`android.usb_devices`) has lost
the older ones. State only, no times. The acquisition itself needs a cable, so `connected=true` says nothing. Android 9
and later print `name=value`, older ones and some makers `Name: value[, Name: value]`, of which the first is taken.
Checked on Android 2.3 and 10.
"""

from svitac.declare import artifact
from svitac.formats import text
from svitac.formats.indented import rows
from svitac.model import File, Record, Records

_KEYS = {  # as printed -> the name we give it
    "current_functions": "current_functions",
    "current_functions_applied": "current_functions_applied",
    "screen_unlocked_functions": "screen_unlocked_functions",
    "screen_locked": "screen_locked",
    "connected": "connected",
    "configured": "configured",
    "host_connected": "host_connected",
    "source_power": "source_power",
    "kernel_state": "kernel_state",
    "kernel_function_list": "kernel_function_list",
    "num_connects": "num_connects",
    "Current Functions": "current_functions",
    "mCurrentFunctions": "current_functions",
    "mScreenUnlockedFunctions": "screen_unlocked_functions",
    "mConnected": "connected",
    "mConfigured": "configured",
    "mHostConnected": "host_connected",
    "IsHostConnected": "host_connected",
    "IsDeviceConnected": "connected",
    "Kernel state": "kernel_state",
    "Kernel function list": "kernel_function_list",
}


class UsbState(Record, frozen=True, kw_only=True):
    key: str
    value: str

    def says(self) -> str:
        return f"USB, {self.key.replace('_', ' ')}: {self.value}"


@artifact("android.usb_state", services=["usb"], kept="as it was when the phone was read")
def parse(file: File) -> Records[UsbState]:
    for number, depth, body in rows(file):
        key, equals, value = body.partition("=")
        if not equals or key not in _KEYS:
            key, equals, value = body.partition(":")
        name = _KEYS.get(key.strip())
        if name and value.strip() not in ("", "{", "[") and depth <= 6:
            yield UsbState(where=text.at(file, number), key=name, value=value.strip().partition(", ")[0])
