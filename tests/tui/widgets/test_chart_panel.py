"""How often the charts of a growing run are redrawn."""

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
    """A clock that the test sets; timers that are due are called."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[Timer] = []

    def advance_to(self, when: float) -> None:
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
    """The part of the app that the panel uses."""

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
    """Return a panel that has drawn 585 points, and the times of its drawings."""
    panel, drawn = ChartPanel(), list[float]()
    made = ChartPanel.compose_lines

    def compose(self: ChartPanel, width: int, height: int) -> Any:
        drawn.append(clock.now)
        return made(self, width, height)

    monkeypatch.setattr(ChartPanel, "compose_lines", compose)
    monkeypatch.setattr(ChartPanel, "context", Context(clock))
    panel._composed_size = (120, 20)  # type: ignore[assignment]
    panel.show(display_of(run(points=585)), Snapshot())
    assert drawn == [1000.0]
    return panel, drawn


def display_of(state: RunState) -> DisplayState:
    view = ViewState()
    whole, last = full_x_range(state, view.mode, Clocks())
    return DisplayState(state, select_charts(state), view, whole, last)


def grow(panel: ChartPanel, points: int) -> None:
    """Show a number of points: steps are 10 apart, a column of dots is 27 wide, the 585th starts one."""
    state = run(points=points)
    panel.show_growth(lambda: display_of(state), Snapshot((state,)), state.last_step)


def test_the_pause_between_drawings_keeps_to_the_share_of_the_cpu(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    panel, drawn = grown
    grow(panel, 592)  # 3 ms at 0.3 % require a pause of one second
    clock.advance_to(1000.9)
    assert len(drawn) == 1
    clock.advance_to(1001.0 + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 2


def test_the_pause_is_longer_until_a_new_column_is_reached(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    panel, drawn = grown
    grow(panel, 586)
    clock.advance_to(1002.0)
    assert len(drawn) == 1
    grow(panel, 592)  # several columns further: the delayed drawing happens now
    assert len(drawn) == 2
    grow(panel, 593)
    clock.advance_to(clock.now + 1.0 + chart_panel.EXTRA_PAUSE + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 3  # the skipped state is drawn later


def test_a_new_column_makes_a_delayed_drawing_earlier(
    clock: Clock, grown: tuple[ChartPanel, list[float]]
) -> None:
    panel, drawn = grown
    grow(panel, 586)
    clock.advance_to(1000.5)
    grow(panel, 592)
    clock.advance_to(1001.0 + chart_panel.SNAPSHOT_INTERVAL + 0.01)
    assert len(drawn) == 2
