"""How seldom curves are drawn anew while a run merely grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gan_tui.charts.xaxis import Clocks
from gan_tui.monitoring.snapshot import RunState, Snapshot
from gan_tui.tui.state.chart_selection import select_charts
from gan_tui.tui.state.displayed import DisplayState
from gan_tui.tui.state.view import ViewState, full_x_range
from gan_tui.tui.widgets import chart_panel
from gan_tui.tui.widgets.chart_panel import ChartPanel
from tests.helpers.fakes import run


class Clock:
    """Seconds that pass when they are told to; what is due then is called."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[Timer] = []

    def pass_until(self, when: float) -> None:
        self.now = when
        for timer in [t for t in self.due if t.at <= when and not t.cancelled]:
            timer.cancelled = True
            timer.change()


class Timer:
    def __init__(self, at: float, change: Callable[[], object]) -> None:
        self.at, self.change, self.cancelled = at, change, False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.cancelled = True


class Context:
    """What a board asks of the app."""

    takes_frames = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def later(self, seconds: float, change: Callable[[], object]) -> Timer:
        timer = Timer(self._clock.now + seconds, change)
        self._clock.due.append(timer)
        return timer

    def size_of(self, _: ChartPanel) -> tuple[int, int]:
        return 120, 20

    def show_lines(self, *_: object) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(chart_panel.time, "monotonic", lambda: clock.now)
    busy = iter(range(1_000_000))
    monkeypatch.setattr(
        chart_panel.time, "thread_time", lambda: next(busy) * 0.003
    )  # each drawing takes 3 ms
    return clock


@pytest.fixture
def grown(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> tuple[ChartPanel, list[float]]:
    """A board that has drawn 585 points, and when it drew."""
    board, drawn = ChartPanel(), list[float]()
    made = ChartPanel.compose_lines

    def compose(self: ChartPanel, width: int, height: int) -> Any:
        drawn.append(clock.now)
        return made(self, width, height)

    monkeypatch.setattr(ChartPanel, "compose_lines", compose)
    monkeypatch.setattr(ChartPanel, "context", Context(clock))
    board._composed_size = (120, 20)  # type: ignore[assignment]
    board.show(shown_of(run(points=585)), Snapshot())
    assert drawn == [1000.0]
    return board, drawn


def shown_of(state: RunState) -> DisplayState:
    view = ViewState()
    whole, last = full_x_range(state, view.mode, Clocks())
    return DisplayState(state, select_charts(state), view, whole, last)


def grow(board: ChartPanel, points: int) -> None:
    """Give so many points: their steps are 10 apart, a column of dots is 27 wide, the 585th opens one."""
    state = run(points=points)
    board.show_growth(lambda: shown_of(state), Snapshot((state,)), state.last_step)


def test_curves_rest_as_long_as_drawing_them_takes_its_share(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    board, drawn = grown
    grow(board, 592)  # 3 ms at 0.3 % are a second
    clock.pass_until(1000.9)
    assert len(drawn) == 1
    clock.pass_until(1001.0 + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 2


def test_curves_rest_longer_while_no_new_column_is_reached(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    board, drawn = grown
    grow(board, 586)
    clock.pass_until(1002.0)
    assert len(drawn) == 1
    grow(board, 592)  # several columns further: what was put off is drawn now
    assert len(drawn) == 2
    grow(board, 593)
    clock.pass_until(clock.now + 1.0 + chart_panel.EXTRA_PAUSE + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 3  # what is left out is made up for


def test_a_column_that_is_reached_brings_forward_what_was_put_off(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    board, drawn = grown
    grow(board, 586)
    clock.pass_until(1000.5)
    grow(board, 592)
    clock.pass_until(1001.0 + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 2
