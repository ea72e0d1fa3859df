"""Windows: the newest part of each curve, with a bounded size however long the run is.

Windows of the same shape are cut together as the rows of one array, so that a whole timeline is measured
in a few numpy passes.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.growable import Growable
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.piecewise import PiecewiseArray

RECENT = 4
"""The main window is the last 1/RECENT of the run so far, or down to two thirds of that, so that there are
few different shapes."""
SMALLEST = 16
"""Minimum points of a window; a run with fewer is not measured."""
FINE = 512
"""Maximum points measured one by one, and maximum blocks of the main window."""
FAN_OUT = 8
VALUES_PER_PASS = 1 << 20
"""Values whose block means are computed in one pass."""
INITIAL_POINTS = 100
"""Points that count as the beginning of a run."""
LOSSES = ("d_loss", "g_loss")
SCORES = ("d_real", "d_fake", "d_fake_after")


class LossTrack:
    """A growing curve with the means of its blocks of 8, 64, 512, ... values."""

    __slots__ = ("_initial_sizes", "_levels", "_sorted_sizes", "curve")

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self._levels: list[Growable] = []
        self._sorted_sizes: list[float] = []
        self._initial_sizes = [math.nan]
        """Median of the absolute values of the first n points, by n."""

    def extend(self, curve: Curve, same: int) -> None:
        """Take the curve with its new points.

        Args:
            curve: The whole curve.
            same: The number of its first points that are unchanged since the last call.
        """
        if same < len(self.curve):
            self._sorted_sizes, self._initial_sizes = [], self._initial_sizes[:1]
            for level in range(len(self._levels)):
                same //= FAN_OUT
                self._levels[level] = self._levels[level].copy_head(same)
        self.curve = curve
        below: Floats | PiecewiseArray = curve.values
        level = 0
        while len(below) > 2 * FINE:  # computes a level before a window needs it
            if level == len(self._levels):
                self._levels.append(Growable(np.float64))
            means = self._levels[level]
            begin, end = len(means) * FAN_OUT, len(below) // FAN_OUT * FAN_OUT
            for first in range(begin, end, VALUES_PER_PASS):
                last = min(first + VALUES_PER_PASS, end)
                means.extend(_block_means(below[first:last]), (end - last) // FAN_OUT)
            below = means.view()
            level += 1

    def counts_at(self, steps: Ints) -> Ints:
        """Return the number of points up to each of `steps`."""
        return np.asarray(np.searchsorted(self.curve.steps, steps, side="right"))

    def values_at(self, steps: Ints, index: Ints, *, same_steps: bool) -> Floats:
        """Return the newest value at each of `steps`, NaN before the first point.

        Args:
            steps: Any shape.
            index: The same shape: the positions of these steps in the curve that they were taken from.
            same_steps: Whether this curve is known to have the same steps at these positions.
        """
        own = self.curve.steps
        if same_steps or (len(own) and int(index.max()) < len(own) and np.array_equal(own[index], steps)):
            return np.asarray(self.curve.values[index])
        index = np.searchsorted(own, steps, side="right") - 1
        if not len(own):
            return np.full(steps.shape, np.nan)
        return np.where(index >= 0, self.curve.values[np.maximum(index, 0)], np.nan)

    def level(self, size: int) -> Floats | PiecewiseArray:
        """Return the means of blocks of `size` values (a power of FAN_OUT), or the values for size 1."""
        values: Floats | PiecewiseArray = self.curve.values
        for means in self._levels:
            if size == 1:
                break
            size //= FAN_OUT
            values = means.view()
        return values

    def initial_sizes(self, points: Ints) -> Floats:
        """Return the median absolute value of the first tenth of each number of points, shape (k,)."""
        if len(self._initial_sizes) <= INITIAL_POINTS:
            first = self.curve.values[len(self._initial_sizes) - 1 : INITIAL_POINTS]
            for size in np.abs(first).tolist():
                if math.isfinite(size):
                    insort(self._sorted_sizes, size)
                self._initial_sizes.append(_median(self._sorted_sizes))
        taken = np.clip(points // 10, 8, INITIAL_POINTS)
        return np.array(self._initial_sizes)[np.minimum(taken, len(self._initial_sizes) - 1)]


def _median(ascending: Sequence[float]) -> float:
    """Return the median of ascending values, or NaN if there are none."""
    if not ascending:
        return math.nan
    middle = len(ascending) // 2
    return ascending[middle] if len(ascending) % 2 else (ascending[middle - 1] + ascending[middle]) / 2


def _block_means(values: Floats) -> Floats:
    """Return the means of the finite values in blocks of eight; NaN for a block without one."""
    blocks = values.reshape(-1, FAN_OUT)
    finite = np.isfinite(blocks)
    with np.errstate(over="ignore"):
        if finite.all():
            return np.asarray(blocks.mean(axis=1))
        counts = finite.sum(axis=1)
        sums = np.where(finite, blocks, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


class Windows(Struct, frozen=True):
    """The newest parts of a pair's curves at k checkpoints, all of the same shape."""

    which: Ints
    """Their indices among the requested checkpoints, shape (k,)."""
    points: Ints
    """Points so far of the loss that is logged less often, shape (k,)."""
    first_steps: Ints
    """First step of the main window, shape (k,)."""
    fine_first_steps: Ints
    """First step of `fine`, shape (k,)."""
    fine: Mapping[str, Floats]
    """Role to its last values, one by one and aligned, shape (k, m), m <= FINE. A non-finite value repeats
    the one before; a role that is logged less often repeats its latest value."""
    before: Mapping[str, Floats]
    """Role of a loss to the m values before `fine`, shape (k, m); NaN if there are fewer."""
    coarse: Mapping[str, Floats]
    """Role of a loss to the main window, as block means if it is long, shape (k, c)."""
    block: int
    """Points of such a block; 1 if `coarse` is `fine`."""
    initial_sizes: Mapping[str, Floats]
    """Role of a loss to the median absolute value of its first points, shape (k,)."""
    trailing_nonfinite: Floats
    """The number of consecutive non-finite values at the end of a loss, shape (k,)."""

    @property
    def shape(self) -> tuple[object, ...]:
        """What windows must have in common to be stacked."""
        m = next(iter(self.fine.values())).shape[1]
        return (*self.fine, *self.coarse, m, *(c.shape[1] for c in self.coarse.values()), self.block)


def stacked(parts: Sequence[Windows]) -> Windows:
    """Return windows of the same shape as one stack, in their order."""
    if len(parts) == 1:
        return parts[0]

    def by_role(name: str) -> dict[str, Floats]:
        mappings = [getattr(part, name) for part in parts]
        return {role: np.concatenate([mapping[role] for mapping in mappings]) for role in mappings[0]}

    def array(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    fine = by_role("fine")
    coarse = {r: fine[r] for r in parts[0].coarse} if parts[0].block == 1 else by_role("coarse")
    return Windows(
        array("which"), array("points"), array("first_steps"), array("fine_first_steps"),
        fine, by_role("before"), coarse, parts[0].block, by_role("initial_sizes"),
        array("trailing_nonfinite"),
    )  # fmt: skip


class History:
    """Tracks by role, and the windows cut from them."""

    def __init__(self) -> None:
        self.tracks: dict[str, LossTrack] = {}

    def extend(self, pair: PlayerPair) -> None:
        """Take the pair with its new points."""
        for role in (*LOSSES, *SCORES):
            curve = pair.curves.get(role)
            if curve is None:
                continue
            if role not in self.tracks:
                self.tracks[role] = LossTrack(curve)
            track = self.tracks[role]
            track.extend(curve, curve.continues(track.curve))

    def points(self, steps: Ints) -> Ints:
        """Return the points, at each of `steps`, of the loss that is logged less often, shape (k,)."""
        return self._loss_counts(steps)[1]

    def _loss_counts(self, steps: Ints) -> tuple[Ints, Ints]:
        """Return the points of each loss at each step, shape (losses, k), and the fewest above zero, (k,)."""
        counts = np.array([self.tracks[r].counts_at(steps) for r in LOSSES if r in self.tracks])
        fewest = np.where(counts > 0, counts, np.iinfo(np.int64).max).min(axis=0)
        return counts, np.where((counts > 0).any(axis=0), fewest, 0)

    def windows(self, steps: Ints, kinds: Ints) -> Iterator[Windows]:
        """Yield the windows at each of `steps`, those of the same shape together.

        Args:
            steps: Checkpoints, ascending, shape (k,).
            kinds: Shape (k,): only windows of the same kind are cut together.
        """
        roles = [r for r in LOSSES if r in self.tracks]
        counts, points = self._loss_counts(steps)
        base = (counts == points).argmax(axis=0)
        losses = (counts > 0).sum(axis=0)
        by_shape: dict[tuple[int, ...], list[int]] = {}
        shapes = np.stack([base, losses, window_sizes(points), kinds]).T.tolist()
        for index in np.flatnonzero(points >= SMALLEST).tolist():
            by_shape.setdefault(tuple(shapes[index]), []).append(index)
        initial = {role: self.tracks[role].initial_sizes(points) for role in roles}
        for (first, _, size, _), indices in by_shape.items():
            which = np.array(indices)
            present = {r: initial[r][which] for r, c in zip(roles, counts, strict=True) if c[indices[0]] > 0}
            yield self._cut(which, points[which], roles[first], present, size)

    def _roles_with_same_steps(self, base: str, first: int, last: int, needed: int) -> set[str]:
        """Return the roles known to have the same steps as `base` from its point `first` to `last`.

        Roles are mostly logged together and windows overlap, so the whole range is compared once. If only
        `needed` of very many points are used, each window compares its own instead.
        """
        if last - first > 4 * needed:
            return {base}
        steps = self.tracks[base].curve.steps[first:last]
        by_role = {role: track.curve.steps for role, track in self.tracks.items()}
        return {r for r, own in by_role.items() if r == base or np.array_equal(own[first:last], steps)}

    def _cut(
        self, which: Ints, points: Ints, base: str, initial_sizes: Mapping[str, Floats], window: int
    ) -> Windows:
        losses = list(initial_sizes)
        steps = self.tracks[base].curve.steps
        size, block = min(window, FINE), block_size(window)
        rows = points[:, None] + np.arange(-size, 0)
        at = steps[rows]
        first, last = max(0, int(points[0]) - 2 * size), int(points[-1])
        same_steps = self._roles_with_same_steps(base, first, last, rows.size)
        fine, trailing_nonfinite = {}, np.zeros(len(which))
        for role, track in self.tracks.items():
            values = track.values_at(at, rows, same_steps=role in same_steps)
            finite = np.isfinite(values)
            if not finite.all():
                if role in losses:
                    trailing_nonfinite = np.maximum(trailing_nonfinite, _trailing(~finite))
                values = _filled(values, finite)
            fine[role] = values
        earlier = np.maximum(rows - size, 0)
        enough = (points >= 2 * size)[:, None]
        before = {}
        for role in losses:
            values = self.tracks[role].values_at(steps[earlier], earlier, same_steps=role in same_steps)
            before[role] = np.where(enough, values, np.nan)
        if block == 1:
            coarse = {role: fine[role] for role in losses}
            first_steps = at[:, 0]
        else:
            # Roles of a pair are mostly logged together; if not, each window is cut by the role's own count.
            count = window // block
            first_steps = steps[points - window]
            coarse = {}
            for role in losses:
                track = self.tracks[role]
                newest = track.counts_at(steps[points - 1]) // block
                index = np.maximum(newest[:, None] + np.arange(-count, 0), 0)
                values = track.level(block)[index]
                coarse[role] = _filled(values, np.isfinite(values))
        return Windows(
            which, points, first_steps, at[:, 0], fine, before, coarse, block, initial_sizes,
            trailing_nonfinite,
        )  # fmt: skip


def window_sizes(points: Ints) -> Ints:
    """Return the size of the main window: the largest 2**a or 3 * 2**a within points / RECENT."""
    share = np.maximum(points // RECENT, SMALLEST)
    power = 1 << np.floor(np.log2(share)).astype(np.int64)
    return np.where(share >= power + power // 2, power + power // 2, power)


def block_size(window: int) -> int:
    """Return the points of a block, a power of FAN_OUT, so that a window has at most FINE blocks."""
    size = 1
    while window > FINE * size:
        size *= FAN_OUT
    return size


def _trailing(flags: np.ndarray) -> Floats:
    """Return the number of consecutive true values at the end of each row."""
    reverse = flags[:, ::-1]
    count = np.where(reverse.all(axis=1), reverse.shape[1], reverse.argmin(axis=1))
    return np.asarray(count, dtype=np.float64)


def _filled(values: Floats, finite: np.ndarray) -> Floats:
    """Return values with each non-finite one replaced by the last finite one before it, or NaN."""
    if finite.all():
        return values
    index = np.where(finite, np.arange(values.shape[1]), -1)
    index = np.maximum.accumulate(index, axis=1)
    return np.where(index >= 0, np.take_along_axis(values, np.maximum(index, 0), axis=1), np.nan)
