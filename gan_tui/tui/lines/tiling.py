"""Where the charts go: which of them, how large, one under the other or side by side."""

from __future__ import annotations

from msgspec import Struct

LEAST_HEIGHT = 6
"""A chart with its title and x axis is no lower than this where it is not alone."""
SIDE_BY_SIDE = 96
"""From so many cells on, the charts below the first stand side by side."""
GAP = 2


class Tile(Struct, frozen=True):
    """One chart's place, in cells."""

    chart: int
    """Its number in the plan."""
    left: int
    top: int
    width: int
    height: int


def tiles(width: int, height: int, unasked: int, total: int, selected: int, *, full: bool) -> list[Tile]:
    """Lay out as many charts as fit, the first the largest, the selected one always among them.

    Args:
        width: Cells across.
        height: Cells down.
        unasked: How many charts are worth showing unasked.
        total: How many there are; the others are shown when they are selected.
        selected: The selected chart.
        full: The selected chart alone.
    """
    if total == 0:
        return []
    if full:
        return [Tile(selected, 0, 0, width, height)]
    columns = 2 if width >= SIDE_BY_SIDE else 1
    # The first chart is twice as high as the others.
    rows = max(1, (height - 2 * LEAST_HEIGHT) // LEAST_HEIGHT) if height >= 3 * LEAST_HEIGHT else 0
    shown = _chosen(1 + rows * columns, unasked, total, selected)
    below = [shown[i : i + columns] for i in range(1, len(shown), columns)]
    part = height / (2 + len(below)) if below else 0.0
    lower = max(LEAST_HEIGHT, int(part)) if below else 0
    lower = min(lower, 14)
    first = height - lower * len(below)
    out = [Tile(shown[0], 0, 0, width, first)]
    for row, charts in enumerate(below):
        each = (width - GAP * (len(charts) - 1)) // len(charts)
        for column, chart in enumerate(charts):
            left = column * (each + GAP)
            size = width - left if column == len(charts) - 1 else each
            out.append(Tile(chart, left, first + row * lower, size, lower))
    return out


def _chosen(room: int, unasked: int, total: int, selected: int) -> list[int]:
    """Which charts are shown: the first ones, and the selected one instead of the last if it is not."""
    shown = list(range(min(room, max(1, unasked), total)))
    if selected < total and selected not in shown:
        if len(shown) < room:
            shown.append(selected)
        else:
            shown[-1] = selected
    return shown
