"""The commands that draw a screen: live, replay, demo."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gan_tui.cli.options import make_settings, path_arguments, reading_options, screen_options
from gan_tui.terminal.capabilities import (
    attach_keyboard,
    detach_piped_input,
    has_terminal,
    require_terminal,
    text_style,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gan_tui.config.settings import Settings
    from gan_tui.monitoring.source import Source


@click.command()
@path_arguments
@reading_options
@screen_options
def live(
    paths: tuple[str, ...],
    roles: tuple[str, ...],
    format_name: str | None,
    **drawing: Any,  # noqa: ANN401 - the values of `screen_options`
) -> None:
    """Monitor runs while they train (the default command)."""
    from gan_tui.monitoring.monitor import Monitor  # noqa: PLC0415 - a command loads only what it needs

    require_terminal("Use gan-tui check for text output")
    pipe = detach_piped_input() if "-" in paths else 0
    settings = make_settings(paths, roles, format_name, **drawing)
    _show(Monitor(paths, settings=settings, pipe=pipe), paths, settings)


@click.command()
@path_arguments
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the logged pace;"
              " by default the whole run takes 30 seconds.")  # fmt: skip
@click.option("--from", "start", type=int, metavar="STEP", help="Start at this step.")
@reading_options
@screen_options
def replay(
    paths: tuple[str, ...],
    speed: float | None,
    start: int | None,
    roles: tuple[str, ...],
    format_name: str | None,
    **drawing: Any,  # noqa: ANN401 - the values of `screen_options`
) -> None:
    """Replay old logs; the badge changes as it did during training.

    The pace comes from the times in the log; a log without times is replayed at 10 steps per second.
    """
    from gan_tui.monitoring.live_replay import LiveReplay  # noqa: PLC0415

    require_terminal("Use gan-tui check for the timeline as text")
    settings = make_settings(paths, roles, format_name, **drawing)
    _show(LiveReplay(paths, speed=speed, start_step=start, settings=settings), paths, settings)


@click.command()
@click.option("--speed", type=click.FloatRange(min=0.01), help="Multiple of the logged pace;"
              " by default the whole run takes 15 seconds.")  # fmt: skip
@screen_options
def demo(speed: float | None, **drawing: Any) -> None:  # noqa: ANN401 - the values of `screen_options`
    """Watch a real GAN collapse, replayed from a bundled log.

    Without a terminal the diagnosis is printed as text.
    """
    from gan_tui.cli.demo import demo_path, demo_text  # noqa: PLC0415

    if not has_terminal():
        click.echo(demo_text(text_style()))
        return
    from gan_tui.monitoring.live_replay import LiveReplay  # noqa: PLC0415

    settings = make_settings([], **drawing)
    path = demo_path()
    _show(LiveReplay([path], speed=speed, whole_seconds=15.0), [path], settings)


def _show(source: Source, paths: Sequence[str | Path], settings: Settings) -> None:
    """Show a source on the screen until the user quits.

    Args:
        source: The runs.
        paths: The paths given on the command line.
        settings: How the screen is drawn.
    """
    # The app starts the reader. Reading while Textual is imported takes longer: both threads need the GIL.
    from gan_tui.tui.app import GanTuiApp  # noqa: PLC0415
    from gan_tui.tui.output.graphics_protocols import graphics_for  # noqa: PLC0415
    from gan_tui.tui.reader_thread import ReaderThread  # noqa: PLC0415
    from gan_tui.tui.state.saved_view import SavedViewStore  # noqa: PLC0415

    reader = ReaderThread(source, settings.fps)
    try:
        drawing: dict[str, Any] = {"glyphs": settings.glyphs, "fps": settings.fps, "theme": settings.theme}
        attach_keyboard()
        app = GanTuiApp(
            source,
            **drawing,
            reader=reader,
            saved_views=SavedViewStore(paths),
            graphics=graphics_for(settings.pictures),
        )
        gc.freeze()  # what is loaded by now is never garbage: exclude it from every collection
        app.run()
        if app.return_code:
            raise SystemExit(app.return_code)
    finally:
        reader.stop()
