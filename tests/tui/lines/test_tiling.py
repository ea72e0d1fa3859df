"""Where charts are placed on the panel."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gan_tui.tui.lines.tiling import MIN_CHART_HEIGHT, tile_charts


@given(
    st.integers(20, 240),
    st.integers(3, 80),
    st.integers(1, 8),
    st.integers(0, 12),
    st.integers(0, 20),
    st.booleans(),
)
def test_charts_tile_the_panel_without_overlap(
    width: int, height: int, default_count: int, others: int, chart: int, full_size: bool
) -> None:
    total = default_count + others
    selected = min(chart, total - 1)
    tiles = tile_charts(width, height, default_count, total, selected, full_size=full_size)
    assert selected in [t.chart for t in tiles]
    assert len({t.chart for t in tiles}) == len(tiles)
    assert tiles[0].chart == (selected if full_size else tiles[0].chart)
    cells = set()
    for tile in tiles:
        assert tile.left + tile.width <= width
        assert tile.top + tile.height <= height
        own = {(x, y) for x in (tile.left, tile.left + tile.width - 1) for y in range(tile.top, tile.top + 2)}
        assert not own & cells
        cells |= own
        assert len(tiles) == 1 or tile.height >= MIN_CHART_HEIGHT


def test_wide_panels_place_charts_side_by_side() -> None:
    tiles = tile_charts(190, 50, 5, 5, 0, full_size=False)
    assert [(t.left, t.width) for t in tiles[:3]] == [(0, 190), (0, 94), (96, 94)]


def test_without_charts_there_are_no_tiles() -> None:
    assert tile_charts(100, 30, 0, 0, 0, full_size=False) == []
