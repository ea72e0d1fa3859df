"""The commands that draw no screen: check, plot, report, watch, config."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gan_tui.cli.errors import BADGE_FOUND, OK, print_error
from gan_tui.cli.options import (
    BADGES,
    LINE,
    environment_variables,
    make_settings,
    parse_badges,
    parse_seconds,
    path_arguments,
    reading_options,
    screen_options,
)
from gan_tui.errors import GanTuiError, LogNotFoundError, UsageError
from gan_tui.sanitize import escape_json
from gan_tui.terminal.capabilities import supports_unicode, text_style

if TYPE_CHECKING:
    from pathlib import Path

    from gan_tui.monitoring.batch_reading import ReadRuns


@click.command()
@path_arguments
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option("--fail-on", metavar="BADGES", default="", help="Exit with 1 if a run has one of these badges, "
              "comma-separated: " + ", ".join(BADGES) + ".")  # fmt: skip
@click.option("--until-step", type=int, metavar="N", help="Diagnose each run as it was at step N.")
@click.option(
    "--suggestions", is_flag=True, help="Add what to try next, with sources; no promise that it helps."
)
@reading_options
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
    """Print the badge, the findings and the timeline of each run.

    Exit codes: 0 success, 1 a run has a badge of --fail-on, 2 wrong usage or nothing readable.
    """
    from gan_tui.monitoring.batch_reading import read_runs  # noqa: PLC0415 - a command loads only what it needs

    unwanted = parse_badges(fail_on)
    settings = make_settings(paths, roles, format_name)
    result = read_runs(paths, settings, until_step=until_step)
    runs = result.runs
    if not any(run.series for run in runs):
        raise _nothing_readable(result, paths)
    for problem in result.discovery.problems:
        print_error(problem)
    if as_json:
        import json  # noqa: PLC0415

        from gan_tui.report import json_report  # noqa: PLC0415

        content = json_report.as_json(runs, suggestions=suggestions)
        click.echo(escape_json(json.dumps(content, allow_nan=False, ensure_ascii=not supports_unicode())))
    else:
        from gan_tui.report.text import as_text  # noqa: PLC0415

        click.echo(as_text(runs, text_style(), suggestions=suggestions))
    found = any(unwanted & {run.diagnosis.badge, *run.diagnosis.also} for run in runs)
    ctx.exit(BADGE_FOUND if found else OK)


@click.command()
@path_arguments
@click.option("--width", type=click.IntRange(30, 500), help="Columns; by default the terminal's width.")
@click.option("--height", type=click.IntRange(6, 200), default=18, show_default=True, help="Lines per chart.")
@reading_options
def plot(
    paths: tuple[str, ...], width: int | None, height: int, roles: tuple[str, ...], format_name: str | None
) -> None:
    """Print charts of the losses as text."""
    from gan_tui.monitoring.batch_reading import read_runs  # noqa: PLC0415
    from gan_tui.report.terminal_plot import as_plot  # noqa: PLC0415
    from gan_tui.report.text import as_text  # noqa: PLC0415

    result = read_runs(paths, make_settings(paths, roles, format_name))
    runs = [run for run in result.runs if run.series]
    if not runs:
        raise _nothing_readable(result, paths)
    style = text_style()
    for run in runs:
        click.echo(as_plot(run, style, width or min(style.width, 120), height))
        click.echo(as_text([run], style))


@click.command()
@path_arguments
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Output file: run.html, .md, .svg or .json."
)
@reading_options
def report(paths: tuple[str, ...], output: str, roles: tuple[str, ...], format_name: str | None) -> None:
    """Write a report as one self-contained file."""
    from pathlib import Path  # noqa: PLC0415

    from gan_tui.config.describe import reading_settings  # noqa: PLC0415
    from gan_tui.monitoring.batch_reading import read_runs  # noqa: PLC0415
    from gan_tui.report.writer import write_report  # noqa: PLC0415

    settings = make_settings(paths, roles, format_name)
    result = read_runs(paths, settings)
    runs = [run for run in result.runs if run.series]
    if not runs:
        raise _nothing_readable(result, paths)
    content = write_report(runs, output.rpartition(".")[2].lower(), reading_settings(settings))
    logs = [log.path for source in result.discovery.runs for log in source.logs]
    target = Path(output)
    if any(target.exists() and Path(log).exists() and target.samefile(log) for log in logs):
        raise UsageError(f"{output} is one of the logs", "Choose another file for the report")
    _write_whole(target, content)


def _write_whole(target: Path, content: str) -> None:
    """Write a file whole or not at all: on a full disk the old file stays.

    Raises:
        UsageError: It cannot be written.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(content, encoding="utf-8", errors="replace")
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"{target} cannot be written: {error.strerror}", "Choose another place") from error


@click.command()
@path_arguments
@click.option("--plain", is_flag=True, help="No effect: this command always prints plain lines.")
@click.option(
    "--on",
    metavar="BADGES",
    default="diverged,collapse",
    show_default=True,
    help="Badges that trigger an alert, comma-separated.",
)
@click.option(
    "--for",
    "for_steps",
    envvar="GAN_TUI_WATCH_FOR",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="STEPS",
    help="Number of steps that a badge must last before it counts.",
)
@click.option(
    "--run",
    "commands",
    multiple=True,
    type=LINE,
    envvar="GAN_TUI_WATCH_RUN",
    metavar="COMMAND",
    help="Run this command on an alert, without a shell; $NAME is replaced by that variable. Variables of"
    " the alert: GAN_TUI_RUN, _PATH, _BADGE, _SINCE, _STEP, _CONFIDENCE, _REASON.",
)
@click.option("--shell", is_flag=True, help="Run the command of --run in a shell.")
@click.option("--notify", is_flag=True, help="Ring the terminal's bell and show a desktop notification.")
@click.option(
    "--webhook",
    "urls",
    multiple=True,
    envvar="GAN_TUI_WATCH_WEBHOOK",
    metavar="URL",
    help="Post the JSON of check to this URL on an alert.",
)
@click.option(
    "--until",
    metavar="BADGES",
    default="",
    help="Exit with 1 when a run has one of these badges (for --for steps).",
)
@click.option("--timeout", metavar="TIME", help="Exit with 0 after this time: 90s, 15m, 2h ...")
@reading_options
@click.pass_context
def watch(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    on: str,
    for_steps: int,
    commands: tuple[str, ...],
    urls: tuple[str, ...],
    until: str,
    timeout: str | None,
    roles: tuple[str, ...],
    format_name: str | None,
    **flags: bool,
) -> None:
    """Follow runs without a screen: print a line for each change, and send alerts.

    \b
      gan-tui watch runs/ --on diverged,collapse --for 200 --run 'scancel $SLURM_JOB_ID'
      gan-tui watch runs/exp1 --until diverged --timeout 2h && echo still fine

    A run triggers one alert each time it gets such a badge and keeps it for --for steps.

    Exit codes: 0 the time is over or the input has ended, 1 a run has a badge of --until, 2 wrong usage or
    nothing readable.
    """
    from gan_tui.alerts.command import command  # noqa: PLC0415
    from gan_tui.alerts.dispatcher import Dispatcher, RetryWait  # noqa: PLC0415
    from gan_tui.alerts.headless_watch import HeadlessWatch  # noqa: PLC0415
    from gan_tui.alerts.terminal_notification import notify  # noqa: PLC0415
    from gan_tui.alerts.trigger import Trigger  # noqa: PLC0415
    from gan_tui.alerts.webhook import webhook  # noqa: PLC0415
    from gan_tui.diagnosis.result import Badge  # noqa: PLC0415
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415

    retry_wait = RetryWait()
    actions = [command(text, shell=flags["shell"]) for text in commands]
    actions += [webhook(url, sleep=retry_wait.wait) for url in urls]
    actions += [notify] if flags["notify"] else []
    seconds = parse_seconds(timeout) if timeout else None
    dispatcher = Dispatcher(actions, print_error, retry_wait)
    headless_watch = HeadlessWatch(
        Monitor(paths, settings=make_settings(paths, roles, format_name)),
        click.echo,
        trigger=Trigger([Badge(badge) for badge in parse_badges(on)], for_steps),
        dispatcher=dispatcher if actions else None,
        until=Trigger([Badge(badge) for badge in parse_badges(until)], for_steps) if until else None,
        style=text_style(),
    )
    reached = headless_watch.run(seconds)
    dispatcher.close()
    ctx.exit(BADGE_FOUND if reached else OK)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@reading_options
@screen_options
@click.pass_context
def config(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    roles: tuple[str, ...],
    format_name: str | None,
    **drawing: Any,  # noqa: ANN401 - the values of `screen_options`
) -> None:
    """Show the settings for the logs at PATH, and where each comes from.

    Later sources win: built-in defaults, gan-tui.toml in the user's configuration folder, gan-tui.toml
    next to the log, roles set on the screen, environment variables, options.
    """
    from gan_tui.config.describe import as_text  # noqa: PLC0415

    settings = make_settings(paths, roles, format_name, **drawing)
    group = ctx.parent.command if ctx.parent is not None else None
    known: dict[str, str] = {}
    for name, command in (group.commands if isinstance(group, click.Group) else {}).items():
        for option in command.params:
            if isinstance(option, click.Option):
                *shared, own = environment_variables(option, name)
                known |= dict.fromkeys(shared, f"option {option.opts[0]}")
                known[own] = f"option {option.opts[0]} of gan-tui {name}"
    style = text_style()
    for line in as_text(settings, paths, os.environ, known):
        click.echo(style.plain(line))


def _nothing_readable(result: ReadRuns, paths: Sequence[str]) -> GanTuiError:
    """Return the first problem that the search met, or an error that names the paths."""
    error = LogNotFoundError(
        f"no readable points in {', '.join(paths)}",
        "gan-tui reads CSV and TSV, TensorBoard event files, JSON lines, loss_log.txt and console logs;"
        " set --format if the format is not detected",
    )
    return next(iter(result.discovery.problems), error)
