"""Merge records with different counters onto one step axis for the whole log."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gan_tui.logs.model import Floats, Ints
from gan_tui.logs.parsing.step_axis import StepAxis

_FINENESS = {"row": 0, "epoch": 1, "epoch/1000": 1, "tick": 1, "round": 1, "generation": 1, "kimg": 2}
_FINEST = 3


class StepMerger:
    """Computes one step axis over records of several kinds.

    Records with the same counters share a `StepAxis`. The kind of record with the finest counters (step,
    or epoch and batch, before kimg, before the epoch alone, before none) sets the axis. A record of a
    coarser kind, such as a line with the FID at the end of an epoch, gets the last known step.
    """

    def __init__(self) -> None:
        self.axis = ""
        """What a step counts; "" until it is known."""
        self._axes: dict[tuple[str, ...], StepAxis] = {}
        self._fineness = -1
        self.last: int | None = None
        """The last step known."""

    def add_rows(
        self, names: tuple[str, ...], columns: Mapping[str, Floats], rows: int, total: int | None = None
    ) -> tuple[Ints, Floats | None, frozenset[str]]:
        """Return the steps and wall times of the next rows, all of one kind.

        Args:
            names: The counters in these rows, in the order of the log.
            columns: Their cells, each of shape (rows,).
            rows: Number of rows, at least one.
            total: Batches per epoch, if the log says so.

        Returns:
            Steps of shape (rows,); wall times of shape (rows,) or None; the names that are not series.
        """
        axis = self._axes.get(names)
        if axis is None:
            axis = self._axes[names] = StepAxis(names)
        if total:
            axis.set_total(total)
        steps = axis.steps(columns, rows)
        walls = axis.wall_times(columns, rows)
        fineness = _FINENESS.get(axis.kind, _FINEST)
        if fineness < self._fineness and self.last is not None:
            return np.full(rows, self.last, np.int64), walls, axis.consumed
        if fineness >= self._fineness:
            self._fineness, self.axis = fineness, axis.kind
            self.last = int(steps[-1])
        return steps, walls, axis.consumed
