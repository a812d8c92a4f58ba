"""The system partition can be written to, or something lies over it.

Since Android 10 the system is mounted read-only, at `/` or below; a writable one means root, an alternative system, or
tampering.
"""

from svitac.artifacts.android.mounts import Mount
from svitac.declare import rule
from svitac.model import Level, Reason

SYSTEM = ("/system", "/vendor", "/product", "/system_ext", "/odm")
IN_MEMORY = frozenset({"tmpfs", "rootfs"})


@rule(
    "android.system_mounted_writable",
    level=Level.MEDIUM,
    benign="A development build, an alternative system, or a root tool that the owner installed; makers lay read-only "
    "overlays over their own partitions.",
    references=["https://source.android.com/docs/core/architecture/partitions"],
    next_steps=["Ask the owner whether they rooted the phone or run an alternative system."],
)
def check(mount: Mount) -> Reason | None:
    inside = mount.mount_point == "/" or any(
        mount.mount_point == place or mount.mount_point.startswith(place + "/") for place in SYSTEM
    )
    if not inside or "rw" not in mount.options:
        return None
    if mount.mount_point == "/" and mount.filesystem in IN_MEMORY:
        return None  # up to Android 9 the root is a file system in memory
    if mount.super_options and "rw" not in mount.super_options:
        return None  # the mount says writable, the file system below does not
    title = f"{mount.mount_point} is mounted writable ({mount.filesystem})"
    return Reason(subject=f"mount {mount.mount_point}", title=title)
