from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gan_tui.charts.cache import ChartCache
from gan_tui.charts.canvas import ASCII, BLOCKS, BRAILLES, GLYPHS
from gan_tui.charts.chart import draw, read
from gan_tui.charts.spec import SEGMENTS_DRAWN, ChartCurve, ChartOptions, ChartSpec, Drawing, ReferenceLine
from gan_tui.charts.xaxis import XMode, XRange
from tests.helpers.fakes import make_view

D, G = "d_loss", "g_loss"


def curve(values: object, steps: object = None, walls: object = None, index: int = 0) -> ChartCurve:
    return ChartCurve(make_view(values, steps, walls, name=f"{index}"), "D", "dg"[index % 2], index)


def draw_curves(
    *curves: ChartCurve, width: int = 40, height: int = 8, options: ChartOptions | None = None
) -> Drawing:
    last = max((float(c.view.steps.max()) for c in curves if len(c.view)), default=1.0)
    options = options or ChartOptions(XRange(0, last), glyphs=ASCII)
    return draw(ChartSpec("losses", tuple(curves)), options, width, height)


def styles(drawing: Drawing) -> set[str]:
    canvas = drawing.canvas
    return {name for y in range(canvas.height) for _, name in canvas.row(y)}


def test_a_chart_as_text() -> None:
    drawing = draw_curves(curve([0.0, 1.0], steps=[0, 100]), width=36, height=8)
    assert drawing.canvas.plain().splitlines() == [
        "  1.0+                          .:-o",
        "     |                     ..:!''",
        "     |                 .:-!'",
        "  0.5+            ..:!''",
        "     |        .:-!'",
        "     |   ..:!''",
        "    0+:-!'",
        "     ++0-------------+50------------",
    ]


@pytest.mark.parametrize("glyphs", [BRAILLES, BLOCKS, ASCII])
def test_nothing_to_draw_is_an_empty_frame(glyphs: object) -> None:
    options = ChartOptions(glyphs=glyphs)  # type: ignore[arg-type]
    drawing = draw(ChartSpec("losses", ()), options, 40, 8)
    assert drawing.canvas.height == 8
    assert drawing.readings == ()


def test_a_spike_is_drawn_clipped_and_noted() -> None:
    values = np.linspace(0.5, 1.5, 400)
    values[200] = 1e30
    drawing = draw_curves(curve(values))
    assert drawing.notes.above == 1e30
    assert "*" in drawing.canvas.plain().splitlines()[0]
    assert drawing.scale.at(1.0) < 5
    assert all(len(line.split("|")[0].split("+")[0]) <= 7 for line in drawing.canvas.plain().splitlines())


def test_a_dip_is_drawn_clipped_and_noted() -> None:
    values = np.linspace(0.5, 1.5, 400)
    values[200] = -1e30
    drawing = draw_curves(curve(values))
    assert drawing.notes.below == -1e30
    assert "*" in drawing.canvas.plain().splitlines()[-2]


def test_the_whole_range_shows_it_in_full() -> None:
    values = np.linspace(0.5, 1.5, 400)
    values[200] = 1e30
    drawing = draw_curves(curve(values), options=ChartOptions(XRange(0, 400), full_range=True))
    assert drawing.notes.above is None
    assert drawing.scale.at(1.0) >= 0.99e30


def test_what_is_not_finite_is_marked_and_counted() -> None:
    values = np.ones(400)
    values[[100, 200, 300]] = [np.nan, np.inf, -np.inf]
    lines = draw_curves(curve(values)).canvas.plain().splitlines()
    assert "^" in lines[0]
    assert "x" in lines[-2]
    assert "v" in lines[-2]
    assert draw_curves(curve(values)).notes.nonfinite == 3


def test_a_run_of_nan_only_is_marked() -> None:
    drawing = draw_curves(curve(np.full(500, np.nan)))
    assert drawing.notes.nonfinite == 500
    assert drawing.canvas.plain().splitlines()[-2].count("x") >= 33


def test_what_is_not_finite_outside_the_view_does_not_count() -> None:
    values = np.ones(400)
    values[[10, 300]] = np.nan
    assert draw_curves(curve(values), options=ChartOptions(XRange(0, 100))).notes.nonfinite == 1


def test_segments_are_drawn_for_themselves_with_a_mark() -> None:
    steps = [*range(100), *range(50, 150)]
    values = [1.0] * 100 + [2.0] * 100
    drawing = draw_curves(curve(values, steps))
    assert {"d", "d-old", "restart"} <= styles(drawing)
    assert drawing.notes.restarts == 1
    # No zig-zag: nothing is drawn between the two levels but the restart's own mark.
    assert set(drawing.canvas.chars[3, drawing.area.left :].tolist()) <= {" ", ":", "R"}


def test_very_many_restarts_are_bounded_and_counted() -> None:
    steps = np.tile(np.arange(10), 500)
    drawing = draw_curves(curve(np.ones(5_000), steps))
    assert drawing.notes.hidden_segments == 500 - SEGMENTS_DRAWN


def test_smoothing_dims_the_raw_curve_behind() -> None:
    rng = np.random.default_rng(0)
    drawing = draw_curves(curve(1 + rng.normal(size=2_000)), options=ChartOptions(XRange(0, 2_000), 0.99))
    assert {"d", "d-raw"} <= styles(drawing)


def test_equilibrium_lines_are_drawn_and_labelled() -> None:
    spec = ChartSpec(
        "losses", (curve(np.linspace(0.9, 1.2, 50)),), (ReferenceLine(1.386, "D equilibrium", "level-d"),)
    )
    drawing = draw(spec, ChartOptions(XRange(0, 50), glyphs=ASCII), 70, 12)
    assert "D equilibrium" in drawing.canvas.plain()
    assert drawing.scale.at(1.0) >= 1.386


def test_a_reference_line_far_away_does_not_squash_the_curve() -> None:
    spec = ChartSpec("losses", (curve(np.linspace(100, 101, 50)),), (ReferenceLine(0.69, "G equilibrium"),))
    drawing = draw(spec, ChartOptions(XRange(0, 50)), 70, 12)
    assert drawing.scale.at(0.0) > 90
    assert "equilibrium" not in drawing.canvas.plain()


def test_the_cursor_reads_the_last_point_before_it() -> None:
    one = curve([1.0, 2.0, 3.0], steps=[0, 10, 20])
    options = ChartOptions(XRange(0, 20), cursor=15.0, glyphs=ASCII)
    drawing = draw_curves(one, options=options)
    (reading,) = drawing.readings
    assert (reading.index, reading.raw, reading.smooth) == (1, 2.0, 2.0)
    assert drawing.canvas.plain().splitlines()[0].count("|") >= 1
    assert read(one, replace(options, cursor=-1.0), ChartCache().clocks).index == -1


def test_the_cursor_reads_the_newest_segment_that_was_there() -> None:
    one = curve([1.0, 2.0, 3.0, 9.0], steps=[0, 10, 20, 15])
    clocks = ChartCache().clocks
    assert read(one, ChartOptions(XRange(0, 20), cursor=16.0), clocks).raw == 9.0
    assert read(one, ChartOptions(XRange(0, 20), cursor=12.0), clocks).raw == 2.0


def test_readings_are_smoothed_as_the_line_is() -> None:
    one = curve([1.0, 2.0, 3.0])
    reading = read(one, ChartOptions(XRange(0, 2), smoothing=0.6), ChartCache().clocks)
    expected = (1 * 0.36 + 2 * 0.6 + 3) * 0.4 / (1 - 0.6**3)
    assert reading.raw == 3.0
    assert reading.smooth == pytest.approx(expected)


def test_without_a_clock_time_cannot_be_shown() -> None:
    drawing = draw_curves(curve([1.0, 2.0]), options=ChartOptions(XRange(0, 1, XMode.WALL)))
    assert drawing.notes.curves_without_clock == 1
    assert drawing.readings[0].index == -1


def test_time_on_the_x_axis() -> None:
    walls = 1_760_000_000 + np.arange(100.0)
    one = curve(np.linspace(0, 1, 100), walls=walls)
    options = ChartOptions(XRange(walls[0], walls[-1], XMode.RELATIVE, walls[0]), glyphs=ASCII)
    assert "1m" in draw_curves(one, options=options, width=60).canvas.plain()


def test_drawing_again_with_a_cache_gives_the_same() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=3_000)
    cache = ChartCache()
    for count in (1_000, 1_001, 3_000):
        spec = ChartSpec("x", (curve(values[:count]),))
        options = ChartOptions(XRange(0, 3_000), 0.98)
        again = draw(spec, options, 80, 12, cache).canvas.plain()
        assert again == draw(spec, options, 80, 12).canvas.plain()


awkward = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-10, 10)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(-(2**40), 2**40), awkward), max_size=40),
    st.integers(8, 90),
    st.integers(2, 20),
    st.sampled_from(sorted(GLYPHS)),
    st.booleans(),
    st.sampled_from([0.0, 0.9, 0.999]),
    st.floats(-1e3, 1e3),
)
def test_any_log_at_any_size(
    points: list[tuple[int, float]],
    width: int,
    height: int,
    glyphs: str,
    log: bool,
    weight: float,
    cursor: float,
) -> None:
    one = curve([v for _, v in points], steps=[s for s, _ in points])
    low = min((float(s) for s, _ in points), default=0.0)
    high = max((float(s) for s, _ in points), default=0.0) + 1
    options = ChartOptions(XRange(low, high), weight, log=log, cursor=cursor, glyphs=GLYPHS[glyphs])
    drawing = draw(ChartSpec("any", (one,), (ReferenceLine(0.69, "level"),)), options, width, height)
    assert drawing.canvas.chars.shape == (height, width)
    assert all(
        sum(len(text) for text, _ in drawing.canvas.row(y)) == width for y in range(drawing.canvas.height)
    )


def test_curves_carry_their_own_markers_if_there_are_several() -> None:
    values = np.zeros(400)
    curves = tuple(ChartCurve(make_view(values + n, name=str(n)), "", "dg"[n], n) for n in range(2))
    options = ChartOptions(x=XRange(0, 399), smoothing=0.5)
    text = draw(ChartSpec("both", curves), options, 100, 12).canvas.plain()
    assert text.count("●") >= 3
    assert text.count("◆") >= 3
    alone = draw(ChartSpec("one", curves[:1]), options, 100, 12).canvas.plain()
    assert alone.count("●") == 1, "at its end"
