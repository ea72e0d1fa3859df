"""Which charts fit on the screen, and where each is placed."""

from __future__ import annotations

from msgspec import Struct

MIN_CHART_HEIGHT = 6
"""Minimum height of a chart with its title and x axis, if there is more than one."""
MAX_LOWER_HEIGHT = 14
"""Maximum height of the charts below the first."""
MIN_WIDTH_TWO_COLUMNS = 96
"""From this width on, the charts below the first are placed side by side."""
GAP = 2
"""Cells between two charts side by side."""


class Tile(Struct, frozen=True):
    """The place of one chart, in cells."""

    chart: int
    """Index of the chart in the selection."""
    left: int
    top: int
    width: int
    height: int


def tile_charts(
    width: int, height: int, default_count: int, total: int, selected: int, *, full_size: bool
) -> list[Tile]:
    """Place as many charts as fit: the first is the largest, and the selected one is always included.

    Args:
        width: Cells across.
        height: Cells down.
        default_count: Number of charts that are shown by default.
        total: Number of all charts; the others are shown when they are selected.
        selected: The selected chart.
        full_size: Show the selected chart alone.
    """
    if total == 0:
        return []
    if full_size:
        return [Tile(selected, 0, 0, width, height)]
    columns = 2 if width >= MIN_WIDTH_TWO_COLUMNS else 1
    # The first chart is twice as high as the others.
    max_rows = 0
    if height >= 3 * MIN_CHART_HEIGHT:
        max_rows = max(1, (height - 2 * MIN_CHART_HEIGHT) // MIN_CHART_HEIGHT)
    first, *others = _visible_charts(1 + max_rows * columns, default_count, total, selected)
    rows = [others[i : i + columns] for i in range(0, len(others), columns)]
    row_height = 0
    if rows:
        row_height = min(max(MIN_CHART_HEIGHT, int(height / (2 + len(rows)))), MAX_LOWER_HEIGHT)
    first_height = height - row_height * len(rows)
    tiles = [Tile(first, 0, 0, width, first_height)]
    for row, charts in enumerate(rows):
        column_width = (width - GAP * (len(charts) - 1)) // len(charts)
        for column, chart in enumerate(charts):
            left = column * (column_width + GAP)
            tile_width = width - left if column == len(charts) - 1 else column_width
            tiles.append(Tile(chart, left, first_height + row * row_height, tile_width, row_height))
    return tiles


def _visible_charts(capacity: int, default_count: int, total: int, selected: int) -> list[int]:
    """Return the first charts that fit, and the selected one, if needed instead of the last."""
    visible = list(range(min(capacity, max(1, default_count), total)))
    if selected < total and selected not in visible:
        if len(visible) < capacity:
            visible.append(selected)
        else:
            visible[-1] = selected
    return visible
