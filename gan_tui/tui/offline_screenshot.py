"""Pictures of the screen, drawn without a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import ReplayControl, Source
from gan_tui.samples.store import SampleStore
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.screen_capture import as_svg


class Still(Source):
    """A source of one snapshot.

    Args:
        snapshot: What is shown.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot

    def turn(self) -> Snapshot | None:
        """The snapshot, once."""
        snapshot, self._snapshot = self._snapshot, None
        return snapshot

    def wait(self, timeout: float) -> bool:
        """Nothing will come: sleep a little."""
        time.sleep(min(timeout, 0.02))
        return False

    def correct(self, run: str, name: str, role: str) -> None:
        """Do nothing: a picture is never changed."""

    def control(self, command: ReplayControl) -> None:
        """Do nothing: a picture has no clock."""

    @property
    def samples(self) -> SampleStore | None:
        """None: a picture has no samples."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def picture(
    shown: Snapshot | Source,
    size: tuple[int, int] = (120, 40),
    *,
    theme: str = "dark",
    glyphs: str = "braille",
    title: str = "gan-tui",
    press: Iterable[str] = (),
) -> str:
    """The screen as an SVG, drawn without a terminal.

    Args:
        shown: A snapshot, or a source, which is driven until it has read everything that is there.
        size: Columns and rows.
        theme: As for the app.
        glyphs: As for the app.
        title: What the window's frame says.
        press: Keys pressed before the picture is taken.

    Returns:
        An SVG that loads nothing from elsewhere.
    """
    source = Still(shown) if isinstance(shown, Snapshot) else shown
    app = GanTuiApp(source, glyphs=glyphs, theme=theme, fps=60.0)
    if isinstance(shown, Snapshot):
        app.now = lambda: shown.at
    return asyncio.run(_taken(app, size, title, list(press)))


async def _taken(app: GanTuiApp, size: tuple[int, int], title: str, press: list[str]) -> str:
    async with app.run_test(size=size) as pilot:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline and not _complete(app.main.snapshot):
            await pilot.pause(0.02)
        await pilot.press(*press)
        await pilot.pause()
        return as_svg(app.screen, title)


def _complete(snapshot: Snapshot) -> bool:
    return bool(snapshot.at or snapshot.runs) and not snapshot.reading
