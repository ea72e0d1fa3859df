"""Screenshots drawn without a terminal, for the documentation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.monitoring.source import ReplayControl, Source
from gan_tui.samples.store import SampleStore
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.screen_capture import as_svg


class StillSource(Source):
    """A source of one snapshot.

    Args:
        snapshot: The snapshot.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot

    def turn(self) -> Snapshot | None:
        """Return the snapshot the first time."""
        snapshot, self._snapshot = self._snapshot, None
        return snapshot

    def wait(self, timeout: float) -> bool:
        """Sleep briefly: nothing will change."""
        time.sleep(min(timeout, 0.02))
        return False

    def correct(self, run: str, name: str, role: str) -> None:
        """Do nothing: a still snapshot does not change."""

    def control(self, command: ReplayControl) -> None:
        """Do nothing: a still snapshot has no clock."""

    @property
    def samples(self) -> SampleStore | None:
        """None: a snapshot holds no images."""
        return None

    def close(self) -> None:
        """Do nothing: there are no resources."""


def screenshot(
    content: Snapshot | Source,
    size: tuple[int, int] = (120, 40),
    *,
    theme: str = "dark",
    glyphs: str = "braille",
    title: str = "gan-tui",
    press: Iterable[str] = (),
) -> str:
    """Return the screen as an SVG, drawn without a terminal.

    Args:
        content: A snapshot, or a source, which is driven until it has read everything.
        size: Columns and rows.
        theme: As for the app.
        glyphs: As for the app.
        title: Title of the window drawn around the screen.
        press: Keys to press first.

    Returns:
        An SVG that loads nothing from elsewhere.
    """
    source = StillSource(content) if isinstance(content, Snapshot) else content
    app = GanTuiApp(source, glyphs=glyphs, theme=theme, fps=60.0)
    if isinstance(content, Snapshot):
        app.now = lambda: content.at
    return asyncio.run(_capture(app, size, title, list(press)))


async def _capture(app: GanTuiApp, size: tuple[int, int], title: str, press: list[str]) -> str:
    async with app.run_test(size=size) as pilot:
        deadline = time.monotonic() + 60.0
        while time.monotonic() < deadline and not _complete(app.main.snapshot):
            await pilot.pause(0.02)
        await pilot.press(*press)
        await pilot.pause()
        return as_svg(app.screen, title)


def _complete(snapshot: Snapshot) -> bool:
    return bool(snapshot.at or snapshot.runs) and not snapshot.reading
