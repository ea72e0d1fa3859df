"""The position of a printed line in the training: its counters, completed by the lines above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.logs.console.grammar import Counter, ParsedLine

_FINE = frozenset(("batch", "iters", "step", "global_step"))
_FINER = _FINE | {"kimg", "nimg", "tick"}
_WITHIN_EPOCH = frozenset(("batch", "iters", "step"))
_FULL_BAR = 0.9
"""A bar that restarts after this share began the next epoch; after less, the run was restarted."""


class LinePosition(NamedTuple):
    """The counters of a line, by the names that `StepAxis` knows."""

    names: tuple[str, ...]
    cells: tuple[float, ...]
    total: int | None
    """Batches per epoch, if the line says so."""


class RepeatedEpochs:
    """Numbers lines that contain only their epoch and are printed several times in each.

    Udacity's scripts print `Epoch [1/25] | d_loss: ...` every few hundred batches. From the first line
    that is repeated within its epoch, each row is one step.
    """

    def __init__(self) -> None:
        self.count: int | None = None
        """The number of the last row; None while every line has had an epoch of its own."""
        self._epoch: float | None = None
        self._seen: set[str] = set()

    def renumber(self, position: LinePosition, names: set[str]) -> LinePosition:
        """Return the position of a line that contains only its epoch and values with these names."""
        epoch = position.cells[0]
        is_repeated = not self._seen.isdisjoint(names)
        if self._epoch is not None and epoch < self._epoch and self.count is not None:
            self.count = int(epoch)  # the run was restarted
            is_repeated = False
            self._seen.clear()
        elif self.count is None and epoch == self._epoch and is_repeated:
            self.count = int(epoch)
        elif self.count is None and epoch != self._epoch:
            self._seen.clear()
        self._epoch = epoch
        if is_repeated and self.count is not None:
            self.count += 1
            self._seen.clear()
        self._seen |= names
        return position if self.count is None else LinePosition(("step",), (float(self.count),), None)


class Position:
    """Follows the counters of a console log from line to line.

    An epoch in a heading (`Epoch 3/100`) applies to the lines below it. Counters without a name are,
    in this order, epoch, batch and step where there are several (`[0/25][3/1583][1234]`), the batch
    where the epoch is known, else the step. A bar that restarts after it was full is the next epoch.
    """

    def __init__(self) -> None:
        self.serial = 0
        """Number of lines with counters: two lines with the same serial are under one heading."""
        self.is_fine = False
        """Whether some line had a counter finer than the epoch."""
        self._heading: float | None = None
        self._candidate: float | None = None
        self._bars = 0
        self._bar = (-1.0, 0)
        self._global: dict[str, bool] = {}

    def of_line(self, parsed: ParsedLine) -> LinePosition | None:
        """Return the counters of a line, or None for a line without any."""
        if not parsed.counters:
            return None
        self.serial += 1
        named: dict[str, Counter] = {}
        for counter in parsed.counters:
            if counter.name:
                named.setdefault(counter.name, counter)
        epoch = named.get("epoch")
        self._name_others(_unnamed(parsed.counters), named)
        if parsed.held_out:
            named = _of_training(named)
        elif parsed.heading:
            self._add_heading(named)
        elif epoch is not None:
            self._heading = epoch.value
        if "epoch" not in named and self._heading is not None and _WITHIN_EPOCH & named.keys():
            named["epoch"] = Counter("epoch", self._heading)
        if not named:
            return None
        self.is_fine = self.is_fine or (not parsed.held_out and bool(_FINER & named.keys()))
        return LinePosition(tuple(named), tuple(c.value for c in named.values()), self._total(named))

    def _name_others(self, others: Sequence[Counter], named: dict[str, Counter]) -> None:
        """Name the counters without a name by what they count."""
        if not others or _FINE & named.keys():
            return
        if "epoch" in named or (self._heading is not None and len(others) == 1):
            named["batch"] = others[0]
        elif len(others) == 1:
            self._follow_bar(others[0])
            if others[0].total:
                named["epoch"] = Counter("epoch", self._bars)
            named["step"] = others[0]
        else:
            named.update(zip(("epoch", "batch", "global_step"), others, strict=False))

    def _follow_bar(self, bar: Counter) -> None:
        """Count how often a bar was completed."""
        before, total = self._bar
        if bar.value < before and bar.total == total and before >= _FULL_BAR * total:
            self._bars += 1
        self._bar = (bar.value, bar.total or 0)

    def _add_heading(self, named: dict[str, Counter]) -> None:
        """Add a heading. One without `/N` could be a printed setting until the next one follows."""
        epoch = named.get("epoch")
        if epoch is None:
            return
        sure = epoch.total is not None or epoch.value <= 1 or self._heading is not None
        if sure or (self._candidate is not None and epoch.value > self._candidate):
            self._heading = epoch.value
        else:
            self._candidate = epoch.value
            del named["epoch"]

    def _total(self, named: dict[str, Counter]) -> int | None:
        """Return the batches per epoch, if the N of a counter's `i/N` is that."""
        epoch = named.get("epoch")
        inner = next((c for n, c in named.items() if n in _WITHIN_EPOCH), None)
        if epoch is None or inner is None or not inner.total:
            return None
        name = next(n for n in named if n in _WITHIN_EPOCH)
        if name not in self._global:
            self._global[name] = name != "batch" and _spans_epochs(epoch, inner)
        return None if self._global[name] else inner.total


def _unnamed(counters: Sequence[Counter]) -> list[Counter]:
    """Return counters without a name. A number before a named one, as in `[0] epoch 3`, is a process."""
    named = max((i for i, c in enumerate(counters) if c.name), default=-1)
    return [c for i, c in enumerate(counters) if not c.name and (c.total is not None or i > named)]


def _spans_epochs(epoch: Counter, inner: Counter) -> bool:
    """Return whether the second counter of `Epoch [50/100], Iter [30000/60000]` continues over epochs."""
    if not epoch.total or not inner.total or epoch.value <= 1:
        return False
    share = inner.value / inner.total
    return (epoch.value - 1) / epoch.total <= share <= (epoch.value + 1) / epoch.total


def _of_training(named: dict[str, Counter]) -> dict[str, Counter]:
    """Return the training counters of a validation line: its `[3/100]` counts its own batches."""
    return {n: c for n, c in named.items() if n != "batch" and not (n in _FINE and c.total)}
