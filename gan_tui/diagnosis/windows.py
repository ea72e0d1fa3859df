"""What a judgement looks at: the latest part of each curve, in bounded size however long the run is.

Windows of one shape are cut together, as the rows of one array, so that a whole timeline is measured
in a few passes of numpy.
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
"""The main window is the last 1/RECENT of the run as far as seen, or somewhat less: at least two
thirds of it, so that few shapes occur."""
SMALLEST = 16
"""Points that a window has at least; a run with fewer is not looked at."""
FINE = 512
"""Points that are looked at one by one at most, and blocks that the main window is cut into."""
FAN_OUT = 8
AT_ONCE = 1 << 20
"""Values whose blocks are taken at once."""
START = 100
"""Points that count as the beginning of a run."""
LOSSES = ("d_loss", "g_loss")
SCORES = ("d_real", "d_fake", "d_fake_after")


class LossTrack:
    """One role's curve with the means of its blocks of 8, 64, 512, ... values, as it grows."""

    __slots__ = ("_begun", "_levels", "_sizes", "curve")

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self._levels: list[Growable] = []
        self._sizes: list[float] = []
        self._begun = [math.nan]

    def extend(self, curve: Curve, same: int) -> None:
        """Take the curve with its new points.

        Args:
            curve: All of it.
            same: So many of its points, from the first, are those that were seen before.
        """
        if same < len(self.curve):
            self._sizes, self._begun = [], self._begun[:1]
            for level in range(len(self._levels)):
                same //= FAN_OUT
                self._levels[level] = self._levels[level].upto(same)
        self.curve = curve
        below: Floats | PiecewiseArray = curve.values
        level = 0
        while len(below) > 2 * FINE:  # a level is there before a window asks for it
            if level == len(self._levels):
                self._levels.append(Growable(np.float64))
            means = self._levels[level]
            begin, end = len(means) * FAN_OUT, len(below) // FAN_OUT * FAN_OUT
            for first in range(begin, end, AT_ONCE):
                last = min(first + AT_ONCE, end)
                means.extend(_block_means(below[first:last]), (end - last) // FAN_OUT)
            below = means.view()
            level += 1

    def newest(self, steps: Ints) -> Ints:
        """How many points there were when each of `steps` was the newest."""
        return np.asarray(np.searchsorted(self.curve.steps, steps, side="right"))

    def as_of(self, steps: Ints, index: Ints, *, beside: bool) -> Floats:
        """The newest value at each of `steps`, NaN before the first point.

        Args:
            steps: Any shape.
            index: Of the same shape: where these steps stand in the curve they are taken from.
            beside: Whether this curve is known to have the same steps there.
        """
        own = self.curve.steps
        if beside or (len(own) and int(index.max()) < len(own) and np.array_equal(own[index], steps)):
            return np.asarray(self.curve.values[index])
        index = np.searchsorted(own, steps, side="right") - 1
        if not len(own):
            return np.full(steps.shape, np.nan)
        return np.where(index >= 0, self.curve.values[np.maximum(index, 0)], np.nan)

    def level(self, size: int) -> Floats | PiecewiseArray:
        """Means of blocks of `size` values (a power of FAN_OUT), or the values themselves."""
        values: Floats | PiecewiseArray = self.curve.values
        for means in self._levels:
            if size == 1:
                break
            size //= FAN_OUT
            values = means.view()
        return values

    def beginning(self, points: Ints) -> Floats:
        """Median size of the first values, as known after so many points, shape (k,)."""
        if len(self._begun) <= START:
            for size in np.abs(self.curve.values[len(self._begun) - 1 : START]).tolist():
                if math.isfinite(size):
                    insort(self._sizes, size)
                self._begun.append(_middle(self._sizes))
        taken = np.clip(points // 10, 8, START)
        return np.array(self._begun)[np.minimum(taken, len(self._begun) - 1)]


def _middle(ordered: Sequence[float]) -> float:
    """The median of ascending values, NaN of none."""
    if not ordered:
        return math.nan
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _block_means(values: Floats) -> Floats:
    """Means of blocks of eight, over what is finite in them; NaN where nothing is."""
    blocks = values.reshape(-1, FAN_OUT)
    finite = np.isfinite(blocks)
    with np.errstate(over="ignore"):
        if finite.all():
            return np.asarray(blocks.mean(axis=1))
        held = finite.sum(axis=1)
        sums = np.where(finite, blocks, 0.0).sum(axis=1)
    return np.where(held > 0, sums / np.maximum(held, 1), np.nan)


class Windows(Struct, frozen=True):
    """The latest parts of a pair's curves at k checkpoints, all of one shape."""

    which: Ints
    """Which of the checkpoints asked for these are, shape (k,)."""
    points: Ints
    """Points seen so far of the loss that is logged less often, shape (k,)."""
    first_steps: Ints
    """Where the main window begins, shape (k,)."""
    fine_first_steps: Ints
    """Where `fine` begins, shape (k,)."""
    fine: Mapping[str, Floats]
    """Role to its last values, one by one and side by side, shape (k, m), m <= FINE. A value that is
    not finite repeats the one before; a role that is logged less often its latest."""
    before: Mapping[str, Floats]
    """Role of a loss to as many values before `fine`, shape (k, m); NaN where there are fewer."""
    coarse: Mapping[str, Floats]
    """Role of a loss to the main window, as block means where there are many, shape (k, c)."""
    block: int
    """Points of such a block; 1 where `coarse` is `fine`."""
    beginnings: Mapping[str, Floats]
    """Role of a loss to the median size of its first values, shape (k,)."""
    missing: Floats
    """How many of the newest values of a loss are not finite in a row, shape (k,)."""

    @property
    def shape(self) -> tuple[object, ...]:
        """What windows have to share to be stacked."""
        m = next(iter(self.fine.values())).shape[1]
        return (*self.fine, *self.coarse, m, *(c.shape[1] for c in self.coarse.values()), self.block)


def stacked(parts: Sequence[Windows]) -> Windows:
    """Windows of one shape as one stack, in their order."""
    if len(parts) == 1:
        return parts[0]

    def each(name: str) -> dict[str, Floats]:
        held = [getattr(part, name) for part in parts]
        return {role: np.concatenate([part[role] for part in held]) for role in held[0]}

    def one(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    fine = each("fine")
    coarse = {r: fine[r] for r in parts[0].coarse} if parts[0].block == 1 else each("coarse")
    return Windows(
        one("which"), one("points"), one("first_steps"), one("fine_first_steps"),
        fine, each("before"), coarse, parts[0].block, each("beginnings"), one("missing"),
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
        """Points, at each of `steps`, of the loss that is logged less often, shape (k,)."""
        return self._ends(steps)[1]

    def _ends(self, steps: Ints) -> tuple[Ints, Ints]:
        """Points of each loss at each of `steps`, shape (losses, k), and the fewest that are any."""
        ends = np.array([self.tracks[r].newest(steps) for r in LOSSES if r in self.tracks])
        fewest = np.where(ends > 0, ends, np.iinfo(np.int64).max).min(axis=0)
        return ends, np.where((ends > 0).any(axis=0), fewest, 0)

    def windows(self, steps: Ints, kinds: Ints) -> Iterator[Windows]:
        """What there was to see at each of `steps`, windows of one shape together.

        Args:
            steps: Checkpoints, ascending, shape (k,).
            kinds: Shape (k,): only windows of equal kind are cut together.
        """
        roles = [r for r in LOSSES if r in self.tracks]
        ends, points = self._ends(steps)
        base = (ends == points).argmax(axis=0)
        both = (ends > 0).sum(axis=0)
        alike: dict[tuple[int, ...], list[int]] = {}
        shapes = np.stack([base, both, window_sizes(points), kinds]).T.tolist()
        for index in np.flatnonzero(points >= SMALLEST).tolist():
            alike.setdefault(tuple(shapes[index]), []).append(index)
        begun = {role: self.tracks[role].beginning(points) for role in roles}
        for (first, _, wide, _), indices in alike.items():
            which = np.array(indices)
            present = {r: begun[r][which] for r, e in zip(roles, ends, strict=True) if e[indices[0]] > 0}
            yield self._cut(which, points[which], roles[first], present, wide)

    def _beside(self, base: str, first: int, last: int, taken: int) -> set[str]:
        """Which roles have the steps of `base` from its point `first` to `last`, as far as is known.

        Roles are mostly logged side by side, and what is wanted of them overlaps: they are compared once.
        Where only `taken` of very many points are wanted, each window compares its own.
        """
        if last - first > 4 * taken:
            return {base}
        steps = self.tracks[base].curve.steps[first:last]
        own = {role: track.curve.steps for role, track in self.tracks.items()}
        return {r for r, s in own.items() if r == base or np.array_equal(s[first:last], steps)}

    def _cut(self, which: Ints, points: Ints, base: str, begun: Mapping[str, Floats], wide: int) -> Windows:
        losses = list(begun)
        steps = self.tracks[base].curve.steps
        size, block = min(wide, FINE), block_size(wide)
        rows = points[:, None] + np.arange(-size, 0)
        at = steps[rows]
        first, last = max(0, int(points[0]) - 2 * size), int(points[-1])
        beside = self._beside(base, first, last, rows.size)
        fine, missing = {}, np.zeros(len(which))
        for role, track in self.tracks.items():
            values = track.as_of(at, rows, beside=role in beside)
            finite = np.isfinite(values)
            if not finite.all():
                if role in losses:
                    missing = np.maximum(missing, _trailing(~finite))
                values = _filled(values, finite)
            fine[role] = values
        earlier = np.maximum(rows - size, 0)
        there = (points >= 2 * size)[:, None]
        before = {}
        for role in losses:
            values = self.tracks[role].as_of(steps[earlier], earlier, beside=role in beside)
            before[role] = np.where(there, values, np.nan)
        if block == 1:
            coarse = {role: fine[role] for role in losses}
            main = at[:, 0]
        else:
            # Roles of one pair are mostly logged side by side; where they are not, each is cut by
            # its own count.
            count = wide // block
            main = steps[points - wide]
            coarse = {}
            for role in losses:
                track = self.tracks[role]
                newest = track.newest(steps[points - 1]) // block
                index = np.maximum(newest[:, None] + np.arange(-count, 0), 0)
                values = track.level(block)[index]
                coarse[role] = _filled(values, np.isfinite(values))
        return Windows(which, points, main, at[:, 0], fine, before, coarse, block, begun, missing)


def window_sizes(points: Ints) -> Ints:
    """Points of the main window after so many: the largest 2**a or 3 * 2**a within a RECENT-th."""
    share = np.maximum(points // RECENT, SMALLEST)
    power = 1 << np.floor(np.log2(share)).astype(np.int64)
    return np.where(share >= power + power // 2, power + power // 2, power)


def block_size(wide: int) -> int:
    """Points of a block, a power of FAN_OUT, so that a window of `wide` has at most FINE of them."""
    size = 1
    while wide > FINE * size:
        size *= FAN_OUT
    return size


def _trailing(bad: np.ndarray) -> Floats:
    """How many of the newest values of each row are bad."""
    turned = bad[:, ::-1]
    run = np.where(turned.all(axis=1), turned.shape[1], turned.argmin(axis=1))
    return np.asarray(run, dtype=np.float64)


def _filled(values: Floats, finite: np.ndarray) -> Floats:
    """Values that are not finite replaced by the last one before that is; NaN where none is."""
    if finite.all():
        return values
    index = np.where(finite, np.arange(values.shape[1]), -1)
    index = np.maximum.accumulate(index, axis=1)
    return np.where(index >= 0, np.take_along_axis(values, np.maximum(index, 0), axis=1), np.nan)
