"""What a script can tell from how the program ended."""

from __future__ import annotations

from enum import IntEnum
from typing import IO, Any

import click

from svitac.report.plain import visible


class Exit(IntEnum):
    """Exit codes of `svitac check`. Absence is never health: 0 only when everything that was found could be read."""

    CLEAN = 0  # read whole, nothing above low
    FINDINGS = 1  # something above low
    USAGE = 2  # the command line is wrong
    PARTLY = 3  # nothing above low in what could be read, but something could not be read
    UNREADABLE = 4  # nothing could be read: encrypted, truncated, not a phone


class Unusable(click.ClickException):
    """The evidence, a key or a result folder cannot be used."""

    exit_code = Exit.UNREADABLE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"svitac: {visible(self.message, 2_000)}", file=file, err=True)
