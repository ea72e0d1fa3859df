"""The curves of one discriminator and its generator, the input of objective and diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from gan_tui.logs.model import Floats, Ints
from gan_tui.run.piecewise import WHOLE, PiecewiseArray


class Curve(Struct, frozen=True, eq=False):
    """The current points of one role: steps never decrease."""

    name: str
    """The series' name in the log."""
    steps: Ints | PiecewiseArray
    """Shape (n,), ascending."""
    values: Floats | PiecewiseArray
    """Shape (n,), may hold NaN and infinities."""

    def __len__(self) -> int:
        return len(self.values)

    def until(self, step: int) -> Curve:
        """Return the curve up to `step`, without a copy."""
        end = int(np.searchsorted(self.steps, step, side="right"))
        return Curve(self.name, _head(self.steps, end), _head(self.values, end))

    def continues(self, earlier: Curve) -> int:
        """Return how many of its first points are those of `earlier`, the same curve at an earlier time.

        After a restart the index ranges decide, else the last step does; 0 if it is another curve.
        """
        count = len(earlier)
        if self.name != earlier.name:
            return 0
        if isinstance(self.steps, PiecewiseArray):
            earlier_ranges = earlier.steps.ranges if isinstance(earlier.steps, PiecewiseArray) else WHOLE
            common = self.steps.ranges.common_length(earlier_ranges)
            count = count if common is None else min(common, count)
        elif isinstance(earlier.steps, PiecewiseArray):
            return 0
        count = count if count <= len(self) else 0
        return count if not count or self.steps[count - 1] == earlier.steps[count - 1] else 0


def _head(points: np.ndarray | PiecewiseArray, count: int) -> np.ndarray | PiecewiseArray:
    return points.head(count) if isinstance(points, PiecewiseArray) else points[:count]


class PlayerPair(Struct, frozen=True, eq=False):
    """The curves of one discriminator and its generator, by role."""

    curves: Mapping[str, Curve]
    """Role (see `gan_tui.run.roles`) to its curve; roles that are not logged are absent."""
    name: str | None = None
    """"A", "B", "0", ... in a run with several pairs; None if it has one."""
    names: tuple[str, ...] = ()
    """Every series name of the run: hints at the objective ("critic", "r1_penalty")."""

    def until(self, step: int) -> PlayerPair:
        """Return the pair up to `step`."""
        curves = {role: curve.until(step) for role, curve in self.curves.items()}
        return PlayerPair({r: c for r, c in curves.items() if len(c)}, self.name, self.names)
