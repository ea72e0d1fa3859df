"""One discriminator and the generator it judges, as plain arrays: what objective and diagnosis look at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct, field

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.piecewise import WHOLE, PiecewiseArray


class Curve(Struct, frozen=True, eq=False):
    """The points of one role, restarts already resolved: steps never go back."""

    name: str
    """The series' name as the log writes it."""
    steps: Ints | PiecewiseArray
    """Shape (n,), ascending."""
    values: Floats | PiecewiseArray
    """Shape (n,), may hold NaN and infinities."""

    def __len__(self) -> int:
        return len(self.values)

    def until(self, step: int) -> Curve:
        """The curve as it was when `step` was the newest: a view, no copy."""
        end = int(np.searchsorted(self.steps, step, side="right"))
        return Curve(self.name, _upto(self.steps, end), _upto(self.values, end))

    def continues(self, earlier: Curve) -> int:
        """How many of its points, from the first, are those of the same curve as it was `earlier`.

        Where one has stretches that a restart left, these tell; else the steps do, and a curve that does
        not go on from where it was is another one.
        """
        count = len(earlier)
        if self.name != earlier.name:
            return 0
        if isinstance(self.steps, PiecewiseArray):
            parts = self.steps.stretches.common(getattr(earlier.steps, "stretches", WHOLE))
            count = count if parts is None else min(parts, count)
        elif isinstance(earlier.steps, PiecewiseArray):
            return 0
        count = count if count <= len(self) else 0
        return count if not count or self.steps[count - 1] == earlier.steps[count - 1] else 0


def _upto(points: np.ndarray | PiecewiseArray, count: int) -> np.ndarray | PiecewiseArray:
    return points.upto(count) if isinstance(points, PiecewiseArray) else points[:count]


class PlayerPair(Struct, frozen=True, eq=False):
    """The curves of one discriminator and its generator, by role."""

    curves: Mapping[str, Curve]
    """Role (see roles.py) to its curve. A role that is not logged is absent."""
    name: str | None = None
    """"A", "B", "0", ... where a run has several pairs; None where it has one."""
    names: tuple[str, ...] = field(default=())
    """Every series name of the run: hints at the objective ("critic", "r1_penalty")."""

    def until(self, step: int) -> PlayerPair:
        """The pair as it was when `step` was the newest."""
        cut = {role: curve.until(step) for role, curve in self.curves.items()}
        return PlayerPair({r: c for r, c in cut.items() if len(c)}, self.name, self.names)
