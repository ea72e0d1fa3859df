"""Whole screens, cell by cell, as SVG.

After a change that is meant: pytest tests/snapshots --snapshot-update, and look at what changed.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import textual
from msgspec.structs import replace
from PIL import Image
from textual.pilot import Pilot

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState, Snapshot, Status
from gan_tui.samples.files import SampleImage
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.state.saved_view import SavedViewStore
from gan_tui.tui.widgets.samples import SamplesPanel
from tests.helpers.fakes import FAULTS, FakeSource, many, run, snapshot, spiky
from tests.helpers.screens import until

pytestmark = pytest.mark.skipif(
    textual.__version__ != "8.2.8", reason="another Textual draws the same screen with other SVG"
)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")


def shows(
    compare: Any,
    taken: Snapshot,
    size: tuple[int, int] = (100, 30),
    press: Iterable[str] = (),
    *,
    theme: str = "dark",
    glyphs: str = "braille",
    memo: SavedViewStore | None = None,
) -> bool:
    app = GanTuiApp(
        FakeSource(taken), glyphs=glyphs, theme=theme, fps=50.0, now=lambda: taken.at, saved_views=memo
    )

    async def ready(pilot: Pilot[None]) -> None:
        await until(lambda: app.main.snapshot is taken)
        app.main.query_one("#charts").show_waiting()
        await pilot.press(*press)
        await pilot.pause()

    same: bool = compare(app, terminal_size=size, run_before=ready)
    return same


def test_waiting(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(waiting_for="runs/mnist"))


@pytest.mark.parametrize("badge", list(Badge))
def test_each_badge(snap_compare: Any, badge: Badge) -> None:
    assert shows(snap_compare, snapshot(run(badge)))


def test_many_runs_on_a_large_screen(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(*many(12)), (160, 45), ["j"])


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24)])
def test_the_overview(snap_compare: Any, size: tuple[int, int]) -> None:
    assert shows(snap_compare, snapshot(*many(9)), size, ["o", "j", "m"])


def test_a_filter_while_it_is_typed(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(*many(6)), (120, 40), ["slash", *"badge:conv"])


def test_a_filter_that_nothing_matches(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(*many(6)), (120, 40), ["o", "slash", *"nothing", "enter"])


def test_marked_runs_compared(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(*many(6)), (120, 40), ["m", "j", "m", "j", "j", "m", "v"])


def test_a_finding_on_the_charts(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), (120, 40), ["n"])


def test_a_zoom_box(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), (100, 30), ["d", *["shift+left"] * 2])


def test_a_newcomer_is_greeted(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), (100, 30), memo=SavedViewStore(["runs/new"]))


def test_spikes_gaps_faults_and_a_restart(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(spiky()), (120, 40))


def test_faults(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run(faults=FAULTS)), press=["f"])


def test_reasons(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), press=["b"])


def test_help(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run()), (120, 48), press=["question_mark"])


def test_series(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run()), (80, 24), press=["c", "down", "space"])


def test_series_corrected_by_hand(snap_compare: Any) -> None:
    held = run()
    said = replace(held.series[1], role="d_fake", role_source="user")
    held = replace(held, series=(held.series[0], said, *held.series[2:]))
    assert shows(snap_compare, snapshot(held), (80, 24), press=["c", "down"])


def test_roles(snap_compare: Any) -> None:
    assert shows(snap_compare, snapshot(run()), (100, 34), press=["c", "down", "r"])


def test_replay(snap_compare: Any) -> None:
    whole = run(Badge.DIVERGED).diagnosis.timeline
    held = run(Badge.COLLAPSE, points=800, status=Status.LIVE)
    replay = ReplayState(7_990, 0, 11_990, paused=False, speed=8.0, timelines={held.path: whole})
    assert shows(snap_compare, snapshot(held, replay=replay))


def test_a_replay_that_went_live(snap_compare: Any) -> None:
    replay = ReplayState(11_990, 0, 11_990, paused=False, speed=8.0, live=True)
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE), replay=replay), (80, 24))


def test_cursor_in_one_chart_on_a_log_axis(snap_compare: Any) -> None:
    assert shows(
        snap_compare, snapshot(run(Badge.DIVERGED)), press=["left", *["shift+left"] * 3, "y", "enter"]
    )


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 15), (40, 10), (30, 3)])
def test_sizes(snap_compare: Any, size: tuple[int, int]) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), size)


@pytest.mark.parametrize("theme", ["light", "ansi-dark", "ansi-light", "mono", "nord"])
def test_themes(snap_compare: Any, theme: str) -> None:
    assert shows(snap_compare, snapshot(run(Badge.OSCILLATING)), (80, 24), theme=theme)


@pytest.mark.parametrize("glyphs", ["block", "ascii"])
def test_glyphs(snap_compare: Any, glyphs: str) -> None:
    assert shows(snap_compare, snapshot(run(Badge.COLLAPSE)), (80, 24), glyphs=glyphs, theme="mono")


def test_the_overview_and_the_reasons_in_ascii(snap_compare: Any) -> None:
    taken = snapshot(*many(6))
    assert shows(snap_compare, taken, (120, 40), ["o", "j", "n"], glyphs="ascii", theme="mono")


@pytest.mark.parametrize(("theme", "glyphs"), [("dark", "braille"), ("mono", "ascii")])
def test_samples(snap_compare: Any, theme: str, glyphs: str) -> None:
    rng = np.random.default_rng(5)
    out = io.BytesIO()
    tiles = np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((7, 7, 1))).astype(np.uint8)
    Image.fromarray(np.pad(tiles, ((1, 1), (1, 1), (0, 0)))).save(out, "PNG")
    taken = snapshot(run(Badge.COLLAPSE))
    source = FakeSource(taken)
    source.samples.add(
        "runs/dcgan-07", [SampleImage("fakes", step, data=out.getvalue()) for step in (4_000, 9_000)]
    )
    app = GanTuiApp(source, glyphs=glyphs, theme=theme, fps=50.0, now=lambda: taken.at)

    async def ready(pilot: Pilot[None]) -> None:
        await until(lambda: app.main.snapshot is taken)
        await pilot.press("i", "K")
        await pilot.pause()
        await until(lambda: len(app.main.query_one(SamplesPanel)._thumbnails) == 2)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(120, 40), run_before=ready)
