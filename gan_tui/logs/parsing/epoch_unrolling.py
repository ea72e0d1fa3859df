"""Unroll a counter that restarts with each epoch into steps that keep rising."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.model import Ints

MAX_EPOCHS = 65_536
"""Number of epochs whose first step is remembered, the latest ones."""
_MAX_COUNT = 2**60
"""Larger counters are damage; the sum of two stays within int64."""


class EpochUnroller:
    """Computes steps from an epoch and a counter next to it.

    - The counter keeps rising as the epoch rises: it is the step.
    - It falls (or stays) as the epoch rises: the first row of the new epoch comes one usual gap, the last
      difference between rows within an epoch, after the row before; with a known number of batches per
      epoch it comes at exactly epoch * total + batch.
    - It falls and the epoch does not rise: a restart, and the step goes back too, to where that epoch
      began the first time.
    """

    def __init__(self) -> None:
        self.total: int | None = None
        """Batches per epoch, if the log says so."""
        self.restarts = False
        """Whether the counter was seen to restart as the epoch rose."""
        self.continues = False
        """Whether the counter was seen to continue as the epoch rose."""
        self.epoch = 0
        """The epoch of the last row."""
        self._begun = False
        self._inner = 0
        self._base = 0
        self._gap = 0
        self._first_epoch = 0
        self._bases: dict[int, int] = {}

    def steps(self, epochs: Ints, inner: Ints) -> Ints:
        """Return the steps of the next rows.

        Args:
            epochs: Epoch of each row, shape (n,), n > 0.
            inner: The counter next to it, shape (n,).

        Returns:
            Shape (n,).
        """
        inner = np.clip(inner, -_MAX_COUNT, _MAX_COUNT)
        if not self._begun:
            self._begin(int(epochs[0]), int(inner[0]))
        before = np.concatenate(([self._inner], inner[:-1]))
        cuts = epochs != np.concatenate(([self.epoch], epochs[:-1]))
        rise = inner - before
        cuts |= rise < 0
        at = np.flatnonzero(cuts)
        # The last row at or before each one whose gap is usual; -1 for none in these rows.
        usual = np.maximum.accumulate(np.where((rise > 0) & ~cuts, np.arange(len(rise)), -1))
        bases = np.empty(len(at) + 1, np.int64)
        bases[0] = self._base
        for k, row in enumerate(at.tolist(), 1):
            gap_row = int(usual[row])
            gap = self._gap if gap_row < 0 else int(rise[gap_row])
            bases[k] = self._turn(int(epochs[row]), int(inner[row]), int(before[row]), gap)
        steps = inner + np.repeat(bases, np.diff(at, prepend=0, append=len(inner)))
        self._inner = int(inner[-1])
        if usual[-1] >= 0:
            self._gap = int(rise[usual[-1]])
        return steps

    def _begin(self, epoch: int, inner: int) -> None:
        self._begun = True
        self.epoch, self._inner = epoch, inner
        self._first_epoch = 1 if epoch == 1 else 0
        if self.total is not None:
            self._base = self._exact(epoch)
        self._remember(epoch)

    def _turn(self, epoch: int, inner: int, before: int, gap: int) -> int:
        """Return the base of a row where the epoch changes or the counter falls."""
        if epoch == self.epoch:
            return self._base
        if epoch < self.epoch:
            self._base = self._known(epoch)
        elif inner > before and not (self.restarts and self.total):
            self.continues = True
        else:
            self.restarts = True
            self._base = max(-_MAX_COUNT, min(self._next(epoch, inner, self._base + before, gap), _MAX_COUNT))
        self.epoch = epoch
        self._remember(epoch)
        return self._base

    def _next(self, epoch: int, inner: int, last: int, gap: int) -> int:
        """Return the base of an epoch that follows step `last`."""
        if self.total is not None and self._exact(epoch) + inner > last:
            return self._exact(epoch)
        # Without a gap the counter itself is the minimum length of the epoch before.
        base = last + (gap or max(inner, 1)) - inner
        known = self._bases.get(epoch)
        if known is not None and known + inner > last and abs(known - base) <= gap:
            return known
        return base

    def _known(self, epoch: int) -> int:
        """Return the step at which `epoch` began, as far as it was seen."""
        if epoch in self._bases:
            return self._bases[epoch]
        if self.total is not None:
            return self._exact(epoch)
        lower = [e for e in self._bases if e < epoch]
        return self._bases[max(lower)] if lower else 0

    def _exact(self, epoch: int) -> int:
        return min(max(epoch - self._first_epoch, 0) * (self.total or 0), _MAX_COUNT)

    def _remember(self, epoch: int) -> None:
        self._bases[epoch] = self._base
        if len(self._bases) > MAX_EPOCHS:
            del self._bases[next(iter(self._bases))]
