"""The command line: picks what is to be done, never computes it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from gan_tui import __version__
from gan_tui.errors import GanTuiError, LogNotFoundError, UsageError
from gan_tui.terminal import (
    has_terminal,
    holds_unicode,
    keyboard_beside_pipe,
    need_terminal,
    open_what_is_closed,
    paper,
    take_keyboard,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gan_tui.settings import Settings

FINE, FAILED, WRONG = 0, 1, 2
"""Exit codes: nothing to object to; a badge named by --fail-on; wrong use or nothing readable."""

RARELY = (20_000, 20, 50)
"""When the garbage collector looks: after so many objects, so many of those times, and so on."""
BADGES = ("converging", "oscillating", "diverged", "collapse")


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
@click.version_option(__version__, prog_name="gan-tui")
def cli() -> None:
    """Tell how a GAN training stands, from the logs it writes.

    \b
      gan-tui runs/     live charts and a badge for every run under runs/
      gan-tui demo      watch a real GAN collapse

    Reads CSV and TensorBoard event files, JSON lines, loss_log.txt and printed console lines, without
    any set-up. PATH may be a log, the folder of a run, a folder of runs, or - for standard input.
    """


def _reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how logs are read."""
    for option in (
        click.option(
            "--role",
            "roles",
            multiple=True,
            metavar="NAME=ROLE",
            help="Say which curve is whose, where the names mislead (NAME=none takes a role away).",
        ),
        click.option("--format", "format_name", metavar="FORMAT", help="Read every log in this format."),
    ):
        command = option(command)
    return command


def _showing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how the screen is drawn."""
    for option in (
        click.option("--theme", metavar="NAME", help="Colours: dark, light, ansi, or mono."),
        click.option("--fps", type=click.FloatRange(0.1, 60), default=4.0, show_default=True,
                     help="Frames a second, at most."),
        click.option("--glyphs", type=click.Choice(["auto", "braille", "block", "ascii"]), default="auto",
                     show_default=True, help="What the charts are drawn with."),
    ):  # fmt: skip
        command = option(command)
    return command


_paths = click.argument("paths", nargs=-1, required=True, metavar="PATH...")


@cli.command()
@_paths
@_reading
@_showing
def live(
    paths: tuple[str, ...],
    roles: tuple[str, ...],
    format_name: str | None,
    glyphs: str,
    fps: float,
    theme: str | None,
) -> None:
    """Watch runs while they train (the default command)."""
    from gan_tui.monitor import Monitor  # noqa: PLC0415 - a command loads only what it needs

    need_terminal("gan-tui check prints the same as text")
    pipe = keyboard_beside_pipe() if "-" in paths else 0
    source = Monitor(paths, settings=_settings(paths, roles, format_name), pipe=pipe)
    _show(source, glyphs, fps, theme, at_once=True)


@cli.command()
@_paths
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the pace at which it was logged;"
              " without it the whole takes 30 seconds.")  # fmt: skip
@click.option("--from", "start", type=int, metavar="STEP", help="Begin at this step.")
@_reading
@_showing
def replay(
    paths: tuple[str, ...],
    speed: float | None,
    start: int | None,
    roles: tuple[str, ...],
    format_name: str | None,
    glyphs: str,
    fps: float,
    theme: str | None,
) -> None:
    """Play old logs again: the badge changes as it would have then.

    The pace is that of the log's own clock; a log without one is taken as 10 steps a second.
    """
    from gan_tui.replay import Replay  # noqa: PLC0415

    need_terminal("gan-tui check prints the timeline as text")
    source = Replay(paths, speed=speed, start_step=start, settings=_settings(paths, roles, format_name))
    _show(source, glyphs, fps, theme)


@cli.command()
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the pace at which it was logged;"
              " without it the whole takes 15 seconds.")  # fmt: skip
@_showing
def demo(speed: float | None, glyphs: str, fps: float, theme: str | None) -> None:
    """Watch a real GAN collapse, from a log that comes with the program.

    Without a terminal the run's badges are printed instead.
    """
    from gan_tui.demo import demo_path, demo_story  # noqa: PLC0415

    if not has_terminal():
        click.echo(demo_story(paper()))
        return
    from gan_tui.replay import Replay  # noqa: PLC0415

    _show(Replay([demo_path()], speed=speed, whole_seconds=15.0), glyphs, fps, theme)


@cli.command()
@_paths
@click.option("--json", "as_json", is_flag=True, help="Print the JSON contract instead of text.")
@click.option("--fail-on", metavar="BADGES", default="", help="Exit 1 if a run has one of these badges, "
              "comma separated: " + ", ".join(BADGES) + ".")  # fmt: skip
@click.option("--until-step", type=int, metavar="N", help="Judge the run as it was at step N.")
@_reading
@click.pass_context
def check(
    ctx: click.Context,
    paths: tuple[str, ...],
    as_json: bool,
    fail_on: str,
    until_step: int | None,
    roles: tuple[str, ...],
    format_name: str | None,
) -> None:
    """Print how runs stand. Exit 0 fine, 1 a badge of --fail-on, 2 nothing readable."""
    from gan_tui.monitor import Monitor  # noqa: PLC0415

    unwanted = _badges(fail_on)
    monitor = Monitor(
        paths, settings=_settings(paths, roles, format_name), until_step=until_step, watch=False
    )
    runs = monitor.read_all().runs
    if not any(run.series for run in runs):
        raise next(iter(monitor.discovery.problems), _nothing_in(paths))
    for problem in monitor.discovery.problems:
        click.echo(f"gan-tui: {problem}", err=True)
    if as_json:
        import json  # noqa: PLC0415

        from gan_tui.report.contract import as_json as contract  # noqa: PLC0415

        click.echo(json.dumps(contract(runs), allow_nan=False, ensure_ascii=not holds_unicode()))
    else:
        from gan_tui.report.text import as_text  # noqa: PLC0415

        click.echo(as_text(runs, paper()))
    ctx.exit(FAILED if any(unwanted & {r.diagnosis.badge, *r.diagnosis.also} for r in runs) else FINE)


@cli.command()
@_paths
@click.option("--width", type=click.IntRange(30, 500), help="Columns; the terminal's where it is one.")
@click.option("--height", type=click.IntRange(6, 200), default=18, show_default=True, help="Lines a chart.")
@_reading
def plot(
    paths: tuple[str, ...], width: int | None, height: int, roles: tuple[str, ...], format_name: str | None
) -> None:
    """Print charts of the losses, for a pipe or a report."""
    from gan_tui.monitor import Monitor  # noqa: PLC0415
    from gan_tui.report.printed import as_plot  # noqa: PLC0415
    from gan_tui.report.text import as_text  # noqa: PLC0415

    monitor = Monitor(paths, settings=_settings(paths, roles, format_name), watch=False)
    runs = [run for run in monitor.read_all().runs if run.series]
    if not runs:
        raise next(iter(monitor.discovery.problems), _nothing_in(paths))
    sheet = paper()
    for run in runs:
        click.echo(as_plot(run, sheet, width or min(sheet.width, 120), height))
        click.echo(as_text([run], sheet))


@cli.command()
@_paths
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to: run.html, .md, .svg or .json.")
@_reading
def report(paths: tuple[str, ...], output: str, roles: tuple[str, ...], format_name: str | None) -> None:
    """Write a report to take along: one file that opens anywhere."""
    from pathlib import Path  # noqa: PLC0415

    from gan_tui.monitor import Monitor  # noqa: PLC0415
    from gan_tui.report.page import write_report  # noqa: PLC0415

    chosen = _settings(paths, roles, format_name)
    monitor = Monitor(paths, settings=chosen, watch=False)
    runs = [run for run in monitor.read_all().runs if run.series]
    if not runs:
        raise next(iter(monitor.discovery.problems), _nothing_in(paths))
    words = write_report(
        runs, output.rpartition(".")[2].lower(), {f"role of {n}": r for n, r in chosen.roles.items()}
    )
    try:
        Path(output).write_text(words, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}", "Name another place") from error


@cli.command()
@_paths
@click.option("--plain", is_flag=True, help="Kept for clarity: this command always prints plain lines.")
@click.option(
    "--on",
    metavar="BADGES",
    default="diverged,collapse",
    show_default=True,
    help="Badges that raise an alert, comma separated.",
)
@click.option(
    "--for",
    "for_steps",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="STEPS",
    help="How many steps the badge must have lasted.",
)
@click.option(
    "--run",
    "commands",
    multiple=True,
    metavar="COMMAND",
    help="Run this at an alert, without a shell; $NAME in it stands for a variable. Facts: GAN_TUI_RUN,"
    " _PATH, _BADGE, _SINCE, _STEP, _CONFIDENCE, _REASON.",
)
@click.option("--shell", is_flag=True, help="Hand --run to the shell.")
@click.option("--notify", is_flag=True, help="Ring the terminal's bell, and its notices where it has them.")
@click.option("--webhook", "hooks", multiple=True, metavar="URL", help="Post the JSON of check there.")
@click.option(
    "--until",
    metavar="BADGES",
    default="",
    help="End with exit code 1 when one of these comes up (and has lasted --for).",
)
@click.option("--timeout", metavar="TIME", help="End with exit code 0 after 90s, 15m, 2h ...")
@_reading
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    on: str,
    for_steps: int,
    commands: tuple[str, ...],
    hooks: tuple[str, ...],
    until: str,
    timeout: str | None,
    roles: tuple[str, ...],
    format_name: str | None,
    **switches: bool,
) -> None:
    """Follow runs without a screen: a line at each change, and alerts.

    \b
      gan-tui watch runs/ --on diverged,collapse --for 200 --run 'scancel $SLURM_JOB_ID'
      gan-tui watch runs/exp1 --until diverged --timeout 2h && echo still standing

    An alert comes once an episode: when a run has had the badge for --for steps. Exit 0 the time is over
    or the input has ended, 1 a badge of --until came up, 2 wrong use or nothing readable.
    """
    from gan_tui import alerts  # noqa: PLC0415
    from gan_tui.diagnosis.result import Badge  # noqa: PLC0415
    from gan_tui.monitor import Monitor  # noqa: PLC0415
    from gan_tui.plainwatch import PlainWatch  # noqa: PLC0415

    actions = [alerts.command(words, shell=switches["shell"]) for words in commands]
    patience = alerts.Patience()
    actions += [alerts.webhook(url, sleep=patience.wait) for url in hooks]
    actions += [alerts.notify] if switches["notify"] else []
    seconds = alerts.parse_seconds(timeout) if timeout else None
    messenger = alerts.Messenger(
        actions, lambda problem: click.echo(f"gan-tui: {problem}", err=True), patience
    )
    watching = PlainWatch(
        Monitor(paths, settings=_settings(paths, roles, format_name)),
        click.echo,
        alarm=alerts.Alarm([Badge(b) for b in _badges(on)], for_steps),
        messenger=messenger if actions else None,
        until=alerts.Alarm([Badge(b) for b in _badges(until)], for_steps) if until else None,
        paper=paper(),
    )
    came_up = watching.run(seconds)
    messenger.close()
    ctx.exit(FAILED if came_up else FINE)


# -- words of the options ------------------------------------------------------------------------------


def _badges(words: str) -> set[str]:
    chosen = {w.strip() for w in words.split(",") if w.strip()}
    unknown = sorted(chosen - set(BADGES))
    if unknown:
        raise UsageError(f"no badge is called {unknown[0]!r}", "Badges: " + ", ".join(BADGES))
    return chosen


def _settings(paths: Sequence[str], roles: Sequence[str], format_name: str | None) -> Settings:
    """What holds for these logs: settings files and corrections, the options before them."""
    from dataclasses import replace  # noqa: PLC0415

    from gan_tui.logs.formats import by_name  # noqa: PLC0415
    from gan_tui.settings import settings_for  # noqa: PLC0415

    held = settings_for([path for path in paths if path != "-"])
    if format_name or held.format:
        by_name(format_name or str(held.format))
    return replace(held, roles={**held.roles, **_roles(roles)}, format=format_name or held.format)


def _roles(words: Sequence[str]) -> dict[str, str]:
    if not words:
        return {}
    from gan_tui.run.roles import ROLES  # noqa: PLC0415

    chosen = {}
    for word in words:
        name, equals, role = word.rpartition("=")
        if not equals or (role not in ROLES and role != "none"):
            raise UsageError(f"--role {word!r} is not NAME=ROLE", "Roles: " + ", ".join(ROLES) + ", none")
        chosen[name] = role
    return chosen


def _nothing_in(paths: Sequence[str]) -> GanTuiError:
    return LogNotFoundError(
        f"no readable point in {', '.join(paths)}",
        "gan-tui reads CSV and TSV, TensorBoard event files, JSON lines, loss_log.txt and console logs;"
        " --format says which where it cannot tell",
    )


def _show(
    source: Any,  # noqa: ANN401 - a Source
    glyphs: str,
    fps: float,
    theme: str | None,
    *,
    at_once: bool = False,
) -> None:
    """Show a source on the screen; `at_once` begins to read while what draws it is still loaded."""
    from gan_tui.tui.feed import Feed  # noqa: PLC0415

    feed = Feed(source, fps)
    try:
        if at_once:
            feed.start()
        from gan_tui.tui.app import GanTuiApp  # noqa: PLC0415

        app = GanTuiApp(source, glyphs=glyphs, fps=fps, theme=theme, feed=feed)
        # What is loaded by now stays: the collector need not look through it again and again.
        gc.freeze()
        take_keyboard()
        app.run()
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


def main() -> None:
    """Run the command line. Errors are one line on stderr and exit code 2, never a traceback."""
    open_what_is_closed()
    # Loading modules makes many objects and no garbage: collecting at Python's usual pace takes a sixth
    # of the time to the first chart.
    gc.set_threshold(*RARELY)
    try:
        code = cli.main(standalone_mode=False)
    except GanTuiError as error:
        click.echo(f"gan-tui: {error}", err=True)
        code = WRONG
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = WRONG
    except BrokenPipeError:
        _let_go_of_output()
        code = FINE
    except OSError as error:
        _let_go_of_output()
        with suppress(OSError):
            click.echo(f"gan-tui: {_what_failed(error)}", err=True)
        code = WRONG
    sys.exit(code or 0)
