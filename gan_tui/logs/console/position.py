"""Where a printed line stands in the training: its counters, with what the lines above it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.logs.console.grammar import Counter, ParsedLine

_FINE = frozenset(("batch", "iters", "step", "global_step"))
_FINER = _FINE | {"kimg", "nimg", "tick"}
_WITHIN_EPOCH = frozenset(("batch", "iters", "step"))
_FULL = 0.9
"""A bar that falls back from so full has begun the next epoch; from less, the run was begun anew."""


class LinePosition(NamedTuple):
    """The counters of a line, by the names that `Axis` knows."""

    names: tuple[str, ...]
    cells: tuple[float, ...]
    total: int | None
    """Batches per epoch, where the line says it."""


class RepeatedEpochs:
    """Spreads lines that say only their epoch and come several times in each over steps of their own.

    Udacity's scripts print `Epoch [1/25] | d_loss: ...` every few hundred batches. From the first line
    that comes again within its epoch, each row is one step further.
    """

    def __init__(self) -> None:
        self.count: int | None = None
        """The row reached; None while every line has had an epoch of its own."""
        self._epoch: float | None = None
        self._seen: set[str] = set()

    def place(self, place: LinePosition, names: set[str]) -> LinePosition:
        """Where a line with these names of values stands, that says only its epoch."""
        epoch = place.cells[0]
        again = not self._seen.isdisjoint(names)
        if self._epoch is not None and epoch < self._epoch and self.count is not None:
            self.count = int(epoch)  # the run was begun anew
            again = False
            self._seen.clear()
        elif self.count is None and epoch == self._epoch and again:
            self.count = int(epoch)
        elif self.count is None and epoch != self._epoch:
            self._seen.clear()
        self._epoch = epoch
        if again and self.count is not None:
            self.count += 1
            self._seen.clear()
        self._seen |= names
        return place if self.count is None else LinePosition(("step",), (float(self.count),), None)


class Position:
    """Follows the counters of a console log from line to line.

    An epoch in a heading (`Epoch 3/100`) holds for the lines below it. Counters without a name are,
    in this order, epoch, batch and step where there are several (`[0/25][3/1583][1234]`), the batch
    where the epoch is known, else the step. A bar that restarts after it was full is the next epoch.
    """

    def __init__(self) -> None:
        self.serial = 0
        """Counts the lines that had counters: two lines with the same serial stand under one heading."""
        self.fine = False
        """Some line had a counter finer than the epoch."""
        self._heading: float | None = None
        self._maybe: float | None = None
        self._bars = 0
        self._bar = (-1.0, 0)
        self._global: dict[str, bool] = {}

    def place(self, reading: ParsedLine) -> LinePosition | None:
        """The counters of a line, or None for a line without any."""
        if not reading.counters:
            return None
        self.serial += 1
        named: dict[str, Counter] = {}
        for counter in reading.counters:
            if counter.name:
                named.setdefault(counter.name, counter)
        said = named.get("epoch")
        self._name_others(_unnamed(reading.counters), named)
        if reading.held_out:
            named = _of_training(named)
        elif reading.heading:
            self._head(named)
        elif said is not None:
            self._heading = said.value
        if "epoch" not in named and self._heading is not None and _WITHIN_EPOCH & named.keys():
            named["epoch"] = Counter("epoch", self._heading)
        if not named:
            return None
        self.fine = self.fine or (not reading.held_out and bool(_FINER & named.keys()))
        return LinePosition(tuple(named), tuple(c.value for c in named.values()), self._total(named))

    def _name_others(self, others: Sequence[Counter], named: dict[str, Counter]) -> None:
        """Find out what the counters without a name count."""
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
        """Count how often a bar was filled."""
        before, total = self._bar
        if bar.value < before and bar.total == total and before >= _FULL * total:
            self._bars += 1
        self._bar = (bar.value, bar.total or 0)

    def _head(self, named: dict[str, Counter]) -> None:
        """Take a heading. One without `/N` could be a printed setting until the next one follows it."""
        epoch = named.get("epoch")
        if epoch is None:
            return
        sure = epoch.total is not None or epoch.value <= 1 or self._heading is not None
        if sure or (self._maybe is not None and epoch.value > self._maybe):
            self._heading = epoch.value
        else:
            self._maybe = epoch.value
            del named["epoch"]

    def _total(self, named: dict[str, Counter]) -> int | None:
        """Batches per epoch, where the N of a counter's `i/N` is that."""
        epoch = named.get("epoch")
        inner = next((c for n, c in named.items() if n in _WITHIN_EPOCH), None)
        if epoch is None or inner is None or not inner.total:
            return None
        name = next(n for n in named if n in _WITHIN_EPOCH)
        if name not in self._global:
            self._global[name] = name != "batch" and _spans_epochs(epoch, inner)
        return None if self._global[name] else inner.total


def _unnamed(counters: Sequence[Counter]) -> list[Counter]:
    """Counters without a name. A bare number before a named one, as in `[0] epoch 3`, tells a process."""
    named = max((i for i, c in enumerate(counters) if c.name), default=-1)
    return [c for i, c in enumerate(counters) if not c.name and (c.total is not None or i > named)]


def _spans_epochs(epoch: Counter, inner: Counter) -> bool:
    """Whether `Epoch [50/100], Iter [30000/60000]` counts on over the epochs, as its share tells."""
    if not epoch.total or not inner.total or epoch.value <= 1:
        return False
    share = inner.value / inner.total
    return (epoch.value - 1) / epoch.total <= share <= (epoch.value + 1) / epoch.total


def _of_training(named: dict[str, Counter]) -> dict[str, Counter]:
    """The counters of a validation line that are of the training: its `[3/100]` counts its own batches."""
    return {n: c for n, c in named.items() if n != "batch" and not (n in _FINE and c.total)}
