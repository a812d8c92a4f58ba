"""A program that gives root rights is installed.

AndroidQF looks for `su`, Magisk and their like. An owner may have rooted the phone; an exploit or a physical attack can
have done it as well. A rooted phone cannot be trusted to tell the truth about itself.
"""

from svitac.artifacts.android.root_binaries import RootBinary
from svitac.declare import rule
from svitac.model import Level, Reason


@rule(
    "android.root_binary",
    level=Level.MEDIUM,
    benign="The owner rooted the phone, or uses an alternative Android system; busybox alone gives no rights.",
    references=["https://github.com/mvt-project/androidqf"],
    next_steps=["Ask the owner whether they rooted the phone.", "If not, treat every other result with caution."],
)
def check(found: RootBinary) -> Reason:
    level = Level.LOW if found.name == "busybox" else Level.MEDIUM
    return Reason(subject=f"root binary {found.path}", title=f"{found.path} gives root rights", level=level)
