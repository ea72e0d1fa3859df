"""The commands that need no screen and may run for long: report, watch, config."""

from __future__ import annotations

import os
from typing import Any

import click

from gan_tui.cli.options import (
    FAILED,
    FINE,
    LINE,
    badges_of,
    nothing_in,
    parse_seconds,
    path_arguments,
    reading,
    settings_of,
    showing,
    variables_of,
)
from gan_tui.errors import UsageError
from gan_tui.terminal.capabilities import text_style


@click.command()
@path_arguments
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to: run.html, .md, .svg or .json.")
@reading
def report(paths: tuple[str, ...], output: str, roles: tuple[str, ...], format_name: str | None) -> None:
    """Write a report to take along: one file that opens anywhere."""
    from pathlib import Path  # noqa: PLC0415

    from gan_tui.config.describe import reading_settings  # noqa: PLC0415
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415
    from gan_tui.report.writer import write_report  # noqa: PLC0415

    chosen = settings_of(paths, roles, format_name)
    monitor = Monitor(paths, settings=chosen, watch=False)
    runs = [run for run in monitor.read_all().runs if run.series]
    if not runs:
        raise next(iter(monitor.discovery.problems), nothing_in(paths))
    words = write_report(runs, output.rpartition(".")[2].lower(), reading_settings(chosen))
    logs = [log.path for source in monitor.discovery.runs for log in source.logs]
    target = Path(output)
    if any(target.exists() and Path(log).exists() and target.samefile(log) for log in logs):
        raise UsageError(f"{output} is one of the logs", "Name another file for the report")
    scratch = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        # Whole or not at all: a full disk must not leave half a report where a good one was.
        scratch.write_text(words, encoding="utf-8", errors="replace")
        scratch.replace(target)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise UsageError(f"{output} cannot be written: {error.strerror}", "Name another place") from error


@click.command()
@path_arguments
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
    envvar="GAN_TUI_WATCH_FOR",
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
    type=LINE,
    envvar="GAN_TUI_WATCH_RUN",
    metavar="COMMAND",
    help="Run this at an alert, without a shell; $NAME in it stands for a variable. Facts: GAN_TUI_RUN,"
    " _PATH, _BADGE, _SINCE, _STEP, _CONFIDENCE, _REASON.",
)
@click.option("--shell", is_flag=True, help="Hand --run to the shell.")
@click.option("--notify", is_flag=True, help="Ring the terminal's bell, and its notices where it has them.")
@click.option(
    "--webhook",
    "hooks",
    multiple=True,
    envvar="GAN_TUI_WATCH_WEBHOOK",
    metavar="URL",
    help="Post the JSON of check there.",
)
@click.option(
    "--until",
    metavar="BADGES",
    default="",
    help="End with exit code 1 when one of these comes up (and has lasted --for).",
)
@click.option("--timeout", metavar="TIME", help="End with exit code 0 after 90s, 15m, 2h ...")
@reading
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
    from gan_tui.alerts.command import command  # noqa: PLC0415
    from gan_tui.alerts.dispatcher import Dispatcher, RetryWait  # noqa: PLC0415
    from gan_tui.alerts.headless_watch import HeadlessWatch  # noqa: PLC0415
    from gan_tui.alerts.terminal_notification import notify  # noqa: PLC0415
    from gan_tui.alerts.trigger import Trigger  # noqa: PLC0415
    from gan_tui.alerts.webhook import webhook  # noqa: PLC0415
    from gan_tui.diagnosis.result import Badge  # noqa: PLC0415
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415

    actions = [command(words, shell=switches["shell"]) for words in commands]
    patience = RetryWait()
    actions += [webhook(url, sleep=patience.wait) for url in hooks]
    actions += [notify] if switches["notify"] else []
    seconds = parse_seconds(timeout) if timeout else None
    messenger = Dispatcher(actions, lambda problem: click.echo(f"gan-tui: {problem}", err=True), patience)
    watching = HeadlessWatch(
        Monitor(paths, settings=settings_of(paths, roles, format_name)),
        click.echo,
        alarm=Trigger([Badge(b) for b in badges_of(on)], for_steps),
        messenger=messenger if actions else None,
        until=Trigger([Badge(b) for b in badges_of(until)], for_steps) if until else None,
        style=text_style(),
    )
    came_up = watching.run(seconds)
    messenger.close()
    ctx.exit(FAILED if came_up else FINE)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@reading
@showing
@click.pass_context
def config(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    roles: tuple[str, ...],
    format_name: str | None,
    **drawn: Any,  # noqa: ANN401 - the options of `showing`
) -> None:
    """Show which settings hold for the logs at PATH, and where each comes from.

    Later ones win: built in, gan-tui.toml in the user's configuration folder, gan-tui.toml beside the
    log, what was corrected on the screen, environment variables, options.
    """
    from gan_tui.config.describe import as_text  # noqa: PLC0415

    held = settings_of(paths, roles, format_name, **drawn)
    group = ctx.parent.command if ctx.parent is not None else None
    known: dict[str, str] = {}
    for name, command in (group.commands if isinstance(group, click.Group) else {}).items():
        for option in command.params:
            if isinstance(option, click.Option):
                shared, own = variables_of(option, name)[:-1], variables_of(option, name)[-1]
                known |= dict.fromkeys(shared, f"option {option.opts[0]}")
                known[own] = f"option {option.opts[0]} of gan-tui {name}"
    for line in as_text(held, paths, os.environ, known):
        click.echo(text_style().plain(line))
