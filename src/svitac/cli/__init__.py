"""The command line: thin, and the only room that prints."""

from __future__ import annotations

import sys

import click

import svitac
from svitac.cli.errors import Exit


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(svitac.__version__, prog_name="svitac")
def cli() -> None:
    """Find traces of spyware and of phone-extraction tools in what a phone's owner handed over.

    Works offline. Only `svitac indicators update` uses the network, and says so.
    """


def _commands() -> None:
    from svitac.cli import check, explain, indicators, results  # noqa: PLC0415 - after `cli` stands

    for command in (check.check, results.timeline, results.records, explain.explain, indicators.indicators):
        cli.add_command(command)


def main(argv: list[str] | None = None) -> None:
    """Entry point of `svitac`. Exit codes: see `svitac.cli.errors`."""
    _commands()
    try:
        code = cli.main(argv, standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output went away: `svitac records ... | head`
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else Exit.CLEAN)
