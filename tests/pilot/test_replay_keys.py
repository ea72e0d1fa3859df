"""Every key of a replay on the real replay of a sample log."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gan_tui.monitoring.live_replay import LiveReplay
from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.snapshot import ReplayState
from gan_tui.monitoring.source import Source
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.key_bindings import KEYS, REPLAY
from gan_tui.tui.widgets.scrubber import Scrubber
from tests.helpers.screens import until, view
from tests.monitoring.test_replay import Clock

LOG = Path(__file__).parents[2] / "sample_logs" / "collapse-hinge"
BEGIN = 2001
KINDS = pytest.mark.parametrize("kind", [Replay, LiveReplay])


class Playing:
    """A screen over a replay whose clock stands still."""

    def __init__(self, app: GanTuiApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def state(self) -> ReplayState:
        state = self.app.main.snapshot.replay
        assert state is not None
        return state

    async def press(self, *keys: str, until: Callable[[ReplayState], bool]) -> ReplayState:
        """Press keys and wait for a snapshot in which they have their effect."""
        await self.pilot.press(*keys)
        return await self.wait(until)

    async def wait(self, condition: Callable[[ReplayState], bool]) -> ReplayState:
        await until(lambda: self.app.main.snapshot.replay is not None and condition(self.state))
        return self.state


@asynccontextmanager
async def playing(
    kind: Callable[..., Source], log: Path = LOG, clock: Clock | None = None
) -> AsyncIterator[Playing]:
    source = kind([log], start_step=BEGIN, now=clock or Clock())
    app = GanTuiApp(source, glyphs="braille", theme="dark", fps=50.0)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = Playing(app, pilot)
        first = await screen.wait(lambda state: bool(state.timelines))
        assert first.step == BEGIN
        await pilot.pause()
        yield screen


def test_these_are_all_keys_of_a_replay() -> None:
    actions = {key.action for key in KEYS if key.group == REPLAY}
    tested = {"pause", "faster", "slower", "step(1)", "step(-1)", "seek(0.05)", "seek(-0.05)"}
    assert actions == {*tested, "seek_cursor", "live"}


@KINDS
async def test_space_stops_the_clock_and_lets_it_run_again(kind: Callable[..., Source]) -> None:
    clock = Clock()
    async with playing(kind, clock=clock) as screen:
        assert not screen.state.paused
        await screen.press("space", until=lambda state: state.paused)
        clock.seconds += 1
        assert screen.state.step == BEGIN
        await screen.press("space", until=lambda state: not state.paused)
        clock.seconds += 1
        await screen.pilot.press(">")  # wakes the replay, which looks at its clock
        assert (await screen.wait(lambda state: state.step > BEGIN)).step < screen.state.last_step


@KINDS
async def test_faster_and_slower(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        speed = screen.state.speed
        await screen.press(">", ">", until=lambda state: state.speed == 4 * speed)
        await screen.press("<", until=lambda state: state.speed == 2 * speed)


@KINDS
async def test_a_step_forward_and_back(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        after = await screen.press(".", until=lambda state: state.step > BEGIN)
        assert after.paused
        await screen.press(",", until=lambda state: state.step == BEGIN)
        await screen.press(",", until=lambda state: state.step < BEGIN)


@KINDS
async def test_seeking_forward_and_back(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        state = screen.state
        twentieth = (state.last_step - state.first_step) / 20
        await screen.press("}", until=lambda s: abs(s.step - BEGIN - twentieth) <= twentieth / 5)
        await screen.press("{", "{", until=lambda s: abs(s.step - BEGIN + twentieth) <= twentieth / 5)
        [run] = screen.app.main.snapshot.runs
        assert run.last_step == screen.state.step


@KINDS
async def test_seeking_to_the_cursor(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        await screen.pilot.press("left", *["shift+left"] * 3)
        cursor = view(screen.app).cursor
        assert cursor is not None
        assert cursor < BEGIN
        await screen.press("g", until=lambda state: 0 <= state.step - cursor < BEGIN / 20)


@KINDS
async def test_seeking_to_changes_of_the_badge(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        [timeline] = screen.state.timelines.values()
        changes = [moment.step for moment in timeline[1:]]
        before = [step for step in changes if step < BEGIN]
        after = [step for step in changes if step > BEGIN]
        if after:
            await screen.press("right_parenthesis", until=lambda state: state.step == after[0])
            await screen.press("left_parenthesis", until=lambda state: state.step < after[0])
        else:
            await screen.press("left_parenthesis", until=lambda state: state.step == before[-1])
            await screen.press("right_parenthesis", until=lambda state: state.step == before[-1])


@KINDS
async def test_a_click_on_the_scrubber_seeks(kind: Callable[..., Source]) -> None:
    async with playing(kind) as screen:
        scrubber = screen.app.main.query_one(Scrubber)
        left, width = scrubber._track
        await screen.pilot.click("#scrubber", offset=(left, 0))
        first = await screen.wait(lambda state: state.step == state.first_step)
        await screen.pilot.click("#scrubber", offset=(left + width // 2, 0))
        middle = (first.first_step + first.last_step) / 2
        await screen.wait(lambda state: abs(state.step - middle) < first.last_step / 20)
        await screen.pilot.click("#scrubber", offset=(left + width - 1, 0))
        last = await screen.wait(lambda state: state.step == state.last_step)
        assert screen.app.main.snapshot.runs[0].last_step == last.last_step


async def test_live_follows_the_log_and_returns(tmp_path: Path) -> None:
    log = tmp_path / "losses.csv"
    shutil.copy(LOG / "losses.csv", log)
    rows = log.read_text().splitlines()
    async with playing(LiveReplay, log) as screen:
        last = screen.state.last_step
        live = await screen.press("L", until=lambda state: state.live)
        assert live.step == last
        with log.open("a") as file:
            epoch, _, values = rows[-1].split(",", 2)
            file.write(f"{epoch},{last + 2},{values}\n")
        await screen.wait(lambda state: state.step == last + 2)
        await screen.press("L", until=lambda state: not state.live)
        assert (screen.state.step, screen.state.last_step) == (BEGIN, last + 2)
        # Every other control returns as well.
        await screen.press("L", until=lambda state: state.live)
        await screen.press(".", until=lambda state: not state.live and state.step > BEGIN)


async def test_a_replay_without_a_live_log_stays_a_replay() -> None:
    async with playing(Replay) as screen:
        await screen.press("L", "space", until=lambda state: state.paused)
        assert not screen.state.live
