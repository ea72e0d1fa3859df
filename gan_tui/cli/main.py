"""The command line: picks what is to be done, never computes it."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from gan_tui._version import __version__
from gan_tui.cli.options import (
    BADGES,
    FAILED,
    FINE,
    WRONG,
    badges_of,
    nothing_in,
    path_arguments,
    reading,
    settings_of,
    showing,
)
from gan_tui.cli.text_commands import config, report, watch
from gan_tui.errors import GanTuiError
from gan_tui.process import exit_fast, limit_blas_threads
from gan_tui.sanitize import as_escapes, clean
from gan_tui.terminal.capabilities import (
    has_terminal,
    holds_unicode,
    keyboard_beside_pipe,
    need_terminal,
    open_what_is_closed,
    take_keyboard,
    text_style,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gan_tui.config.settings import Settings
    from gan_tui.monitoring.source import Source

RARELY = (100_000, 20, 50)
"""When the garbage collector looks: after so many objects, so many of those times, and so on."""


class _LiveByDefault(click.Group):
    """`gan-tui runs/` is `gan-tui live runs/`: a first word that is no command is a path."""

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
# With a message of its own no catalogue of translations is looked for, which takes longer than all of this.
@click.version_option(__version__, prog_name="gan-tui", message="%(prog)s, version %(version)s")
def cli() -> None:
    """Tell how a GAN training stands, from the logs it writes.

    \b
      gan-tui runs/     live charts and a badge for every run under runs/
      gan-tui demo      watch a real GAN collapse

    Reads CSV and TensorBoard event files, JSON lines, loss_log.txt and printed console lines, without
    any set-up. PATH may be a log, the folder of a run, a folder of runs, or - for standard input.
    """


@cli.command()
@path_arguments
@reading
@showing
def live(
    paths: tuple[str, ...],
    roles: tuple[str, ...],
    format_name: str | None,
    **drawn: Any,  # noqa: ANN401 - the options of `showing`
) -> None:
    """Watch runs while they train (the default command)."""
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415 - a command loads only what it needs

    need_terminal("gan-tui check prints the same as text")
    pipe = keyboard_beside_pipe() if "-" in paths else 0
    held = settings_of(paths, roles, format_name, **drawn)
    _show(Monitor(paths, settings=held, pipe=pipe), paths, held, at_once=True)


@cli.command()
@path_arguments
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the pace at which it was logged;"
              " without it the whole takes 30 seconds.")  # fmt: skip
@click.option("--from", "start", type=int, metavar="STEP", help="Begin at this step.")
@reading
@showing
def replay(
    paths: tuple[str, ...],
    speed: float | None,
    start: int | None,
    roles: tuple[str, ...],
    format_name: str | None,
    **drawn: Any,  # noqa: ANN401 - the options of `showing`
) -> None:
    """Play old logs again: the badge changes as it would have then.

    The pace is that of the log's own clock; a log without one is taken as 10 steps a second.
    """
    from gan_tui.monitoring.live_replay import LiveReplay  # noqa: PLC0415

    need_terminal("gan-tui check prints the timeline as text")
    held = settings_of(paths, roles, format_name, **drawn)
    _show(LiveReplay(paths, speed=speed, start_step=start, settings=held), paths, held)


@cli.command()
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the pace at which it was logged;"
              " without it the whole takes 15 seconds.")  # fmt: skip
@showing
def demo(speed: float | None, **drawn: Any) -> None:  # noqa: ANN401 - the options of `showing`
    """Watch a real GAN collapse, from a log that comes with the program.

    Without a terminal the run's badges are printed instead.
    """
    from gan_tui.cli.demo import demo_path, demo_story  # noqa: PLC0415

    if not has_terminal():
        click.echo(demo_story(text_style()))
        return
    from gan_tui.monitoring.live_replay import LiveReplay  # noqa: PLC0415

    held = settings_of([], **drawn)
    path = demo_path()
    _show(LiveReplay([path], speed=speed, whole_seconds=15.0), [path], held)


@cli.command()
@path_arguments
@click.option("--json", "as_json", is_flag=True, help="Print the JSON contract instead of text.")
@click.option("--fail-on", metavar="BADGES", default="", help="Exit 1 if a run has one of these badges, "
              "comma separated: " + ", ".join(BADGES) + ".")  # fmt: skip
@click.option("--until-step", type=int, metavar="N", help="Judge the run as it was at step N.")
@click.option(
    "--suggestions", is_flag=True, help="Add what to try next, with sources; no promise that it helps."
)
@reading
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[str, ...],
    as_json: bool,
    fail_on: str,
    until_step: int | None,
    suggestions: bool,
    roles: tuple[str, ...],
    format_name: str | None,
) -> None:
    """Print how runs stand. Exit 0 fine, 1 a badge of --fail-on, 2 nothing readable."""
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415

    unwanted = badges_of(fail_on)
    monitor = Monitor(
        paths, settings=settings_of(paths, roles, format_name), until_step=until_step, watch=False
    )
    runs = monitor.read_all().runs
    if not any(run.series for run in runs):
        raise next(iter(monitor.discovery.problems), nothing_in(paths))
    for problem in monitor.discovery.problems:
        _say(problem)
    if as_json:
        import json  # noqa: PLC0415

        from gan_tui.report.json_report import as_json as contract  # noqa: PLC0415

        click.echo(
            as_escapes(
                json.dumps(
                    contract(runs, suggestions=suggestions), allow_nan=False, ensure_ascii=not holds_unicode()
                )
            )
        )
    else:
        from gan_tui.report.text import as_text  # noqa: PLC0415

        click.echo(as_text(runs, text_style(), suggestions=suggestions))
    ctx.exit(FAILED if any(unwanted & {r.diagnosis.badge, *r.diagnosis.also} for r in runs) else FINE)


@cli.command()
@path_arguments
@click.option("--width", type=click.IntRange(30, 500), help="Columns; the terminal's where it is one.")
@click.option("--height", type=click.IntRange(6, 200), default=18, show_default=True, help="Lines a chart.")
@reading
def plot(
    paths: tuple[str, ...], width: int | None, height: int, roles: tuple[str, ...], format_name: str | None
) -> None:
    """Print charts of the losses, for a pipe or a report."""
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415
    from gan_tui.report.terminal_plot import as_plot  # noqa: PLC0415
    from gan_tui.report.text import as_text  # noqa: PLC0415

    monitor = Monitor(paths, settings=settings_of(paths, roles, format_name), watch=False)
    runs = [run for run in monitor.read_all().runs if run.series]
    if not runs:
        raise next(iter(monitor.discovery.problems), nothing_in(paths))
    sheet = text_style()
    for run in runs:
        click.echo(as_plot(run, sheet, width or min(sheet.width, 120), height))
        click.echo(as_text([run], sheet))


for command in (report, watch, config):
    cli.add_command(command)


def _show(
    source: Source,
    paths: Sequence[str | Path],
    held: Settings,
    *,
    at_once: bool = False,
) -> None:
    """Show a source on the screen; `at_once` begins to read while what draws it is still loaded."""
    from gan_tui.tui.reader_thread import ReaderThread  # noqa: PLC0415

    feed = ReaderThread(source, held.fps)
    try:
        if at_once:
            feed.start()
        from gan_tui.tui.app import GanTuiApp  # noqa: PLC0415
        from gan_tui.tui.output.graphics_protocols import graphics_for  # noqa: PLC0415
        from gan_tui.tui.state.saved_view import SavedViewStore  # noqa: PLC0415

        drawn: dict[str, Any] = {"glyphs": held.glyphs, "fps": held.fps, "theme": held.theme}
        take_keyboard()
        app = GanTuiApp(
            source,
            **drawn,
            reader=feed,
            saved_views=SavedViewStore(paths),
            graphics=graphics_for(held.pictures),
        )
        # What is loaded by now stays: the collector need not look through it again and again.
        gc.freeze()
        app.run()
        if app.return_code:
            raise SystemExit(app.return_code)
    finally:
        feed.stop()


def _let_go_of_output() -> None:
    """Whoever read our output has enough, or has no room: what is in the buffer has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _what_failed(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    if error.filename is not None:
        return f"{error.filename}: {reason}. Check the path"
    return f"the output cannot be written: {reason}. Send it elsewhere"


def _say(problem: object) -> None:
    """Say what went wrong, in one line: the paths and names in it may be hostile."""
    click.echo(f"gan-tui: {clean(str(problem), 2_000)}", err=True)


def main() -> None:
    """Run the command line. Errors are one line on stderr and exit code 2, never a traceback."""
    open_what_is_closed()
    limit_blas_threads()
    # Loading modules makes many objects and no garbage: collecting at Python's usual pace takes a sixth
    # of the time to the first chart.
    gc.set_threshold(*RARELY)
    try:
        code = cli.main(standalone_mode=False)
    except GanTuiError as error:
        _say(error)
        code = WRONG
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        for row in shown.getvalue().splitlines():
            click.echo(clean(row, 2_000), err=True)
        code = WRONG
    except BrokenPipeError:
        _let_go_of_output()
        code = FINE
    except OSError as error:
        _let_go_of_output()
        with suppress(OSError):
            _say(_what_failed(error))
        code = WRONG
    sys.exit(code or 0)


def run() -> None:
    """The command `gan-tui`: as `main`, and gone at once.

    Python would take apart every module and every object before it ends, which takes a tenth of the time of
    a check.
    """
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else FINE
    exit_fast(code)
