"""A curve as it stands after restarts: what a resumed run wrote anew replaces what it had written there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gan_tui.logs.points import Floats, Ints
from gan_tui.run.series import Growable, SeriesView


def standing_slices(view: SeriesView) -> list[tuple[int, int]]:
    """[begin, end) index pairs of the points that still stand, in ascending order of steps.

    A training resumed from an earlier checkpoint writes steps that it had written before; the later
    ones stand. Nothing is dropped from the series itself.
    """
    limit: int | None = None
    kept: list[tuple[int, int]] = []
    for begin, end in reversed(view.segment_bounds()):
        stop = end
        if limit is not None:
            stop = begin + int(np.searchsorted(view.steps[begin:end], limit, side="left"))
        if stop > begin:
            kept.append((begin, stop))
        start = int(view.steps[begin])
        limit = start if limit is None else min(limit, start)
    kept.reverse()
    return kept


class Standing:
    """Keeps the standing points of one series up to date as it grows.

    Without a restart the series' own arrays are handed out; with one, a copy that is only appended
    to until the next restart. Series that go together share the copy of their steps.
    """

    def __init__(self) -> None:
        self._segments = 0
        self._taken = 0
        self._held: Growable | None = None
        self._steps = Growable(np.int64)
        self._values = Growable(np.float64)

    def arrays(
        self, view: SeriesView, held: Growable | None = None, others: Iterable[Standing] = ()
    ) -> tuple[Ints, Floats]:
        """Steps (ascending) and values that stand, each of shape (m,), m <= n.

        Args:
            view: The series.
            held: What holds its steps: series with the same one have the same steps.
            others: The standing points of other series, asked for before.
        """
        if len(view.segments) <= 1:
            return view.steps, view.values
        if len(view.segments) != self._segments:
            self._build(view, held, others)
        elif self._taken < len(view):
            self._go_on(view, held)
        return self._steps.view()[: len(self._values)], self._values.view()

    def _build(self, view: SeriesView, held: Growable | None, others: Iterable[Standing]) -> None:
        alike = (other for other in others if other.is_of(view, held))
        shared = next(alike, None)
        self._segments, self._taken, self._held = len(view.segments), len(view), held
        slices = standing_slices(view)
        count = sum(end - begin for begin, end in slices)
        self._steps, self._values = Growable(np.int64), Growable(np.float64)
        for begin, end in slices:
            left = count - len(self._values) - (end - begin)
            self._values.extend(view.values[begin:end], left)
            if shared is None:
                self._steps.extend(view.steps[begin:end], left)
        if shared is not None:
            self._steps = shared.steps

    def _go_on(self, view: SeriesView, held: Growable | None) -> None:
        before, new = len(self._values), len(view) - self._taken
        if held is not self._held or len(self._steps) not in (before, before + new):
            alone = Growable(np.int64)  # whoever shared them has gone on without this series
            alone.extend(self._steps.view()[:before], new)
            self._steps, self._held = alone, held
        if len(self._steps) == before:
            self._steps.extend(view.steps[self._taken :])
        self._values.extend(view.values[self._taken :])
        self._taken = len(view)

    def is_of(self, view: SeriesView, held: Growable | None) -> bool:
        """Whether these are the standing points of a series with the same steps as `view`."""
        same = held is not None and held is self._held
        return same and (self._taken, self._segments) == (len(view), len(view.segments))

    @property
    def steps(self) -> Growable:
        """The steps that stand, to be shared."""
        return self._steps
