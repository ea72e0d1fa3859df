"""A running app without a terminal, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from gan_tui.monitoring.snapshot import Snapshot
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.state.view import ViewState
from tests.helpers.fakes import FakeSource, many, snapshot


@asynccontextmanager
async def screen(
    first: Snapshot | None = None, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[GanTuiApp, Pilot[None], FakeSource]]:
    displayed = first or snapshot(*many(6))
    source = FakeSource(displayed)
    app = GanTuiApp(source, glyphs="braille", theme="dark", fps=50.0, now=lambda: displayed.at)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.main.snapshot.at > 0)
        await pilot.pause()
        yield app, pilot, source


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition never became true")


def view(app: GanTuiApp) -> ViewState:
    return app.main.view


def lines(app: GanTuiApp) -> list[str]:
    """Return the lines of the screen as text."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]
