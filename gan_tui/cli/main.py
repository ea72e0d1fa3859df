"""The click group, error handling, and the entry point of the program."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress

import click

from gan_tui._version import __version__
from gan_tui.cli.errors import ERROR, INTERRUPTED, OK, print_error
from gan_tui.cli.screen_commands import demo, live, replay
from gan_tui.cli.text_commands import check, config, plot, report, watch
from gan_tui.errors import GanTuiError
from gan_tui.process import exit_fast, limit_blas_threads
from gan_tui.sanitize import clean
from gan_tui.terminal.capabilities import open_closed_streams

GC_THRESHOLDS = (100_000, 20, 50)
"""Importing modules creates many objects and no garbage: Python's default thresholds would spend a sixth of
the time to the first chart on collecting."""


class _LiveByDefault(click.Group):
    """Treats a first argument that is no command as a path: `gan-tui runs/` is `gan-tui live runs/`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {name for option in self.get_params(ctx) for name in option.opts}
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["live", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_LiveByDefault,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "GAN_TUI"},
)
# click translates its default message: looking for the catalogue would take most of the time of --version.
@click.version_option(__version__, prog_name="gan-tui", message="%(prog)s, version %(version)s")
def cli() -> None:
    """Monitor GAN training from the logs it writes.

    \b
      gan-tui runs/     live charts and a badge for every run under runs/
      gan-tui demo      watch a real GAN collapse

    Reads CSV, TensorBoard event files, JSON lines, loss_log.txt and console output; no setup is needed.
    PATH is a log, the folder of one run, a folder of runs, or - for standard input.
    """


for command in (live, replay, demo, check, plot, report, watch, config):
    cli.add_command(command)


def main() -> None:
    """Run the command line. An error is one line on stderr and exit code 2, never a traceback."""
    open_closed_streams()
    limit_blas_threads()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        code = cli.main(standalone_mode=False)
    except GanTuiError as error:
        print_error(error)
        code = ERROR
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        message = io.StringIO()
        error.show(message)
        for line in message.getvalue().splitlines():
            click.echo(clean(line, 2_000), err=True)
        code = ERROR
    except BrokenPipeError:
        _discard_output()
        code = OK
    except OSError as error:
        _discard_output()
        with suppress(OSError):
            print_error(_os_error_message(error))
        code = ERROR
    sys.exit(code or OK)


def run() -> None:
    """Run `main` and exit fast: the command `gan-tui`."""
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else OK
    exit_fast(code)


def _discard_output() -> None:
    """Discard buffered output after a broken pipe or on a full disk."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _os_error_message(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if error.filename is not None:
        return f"{error.filename}: {reason}. Check the path"
    return f"the output cannot be written: {reason}. Redirect it to another place"
