"""One discriminator and the generator it judges, as plain arrays: what objective and diagnosis look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gan_tui.logs.points import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The points of one role, restarts already resolved: steps never go back."""

    name: str
    """The series' name as the log writes it."""
    steps: Ints
    """Shape (n,), ascending."""
    values: Floats
    """Shape (n,), may hold NaN and infinities."""

    def __len__(self) -> int:
        return len(self.values)

    def until(self, step: int) -> Curve:
        """The curve as it was when `step` was the newest: a view, no copy."""
        end = int(np.searchsorted(self.steps, step, side="right"))
        return Curve(self.name, self.steps[:end], self.values[:end])


@dataclass(frozen=True, slots=True, eq=False)
class PlayerPair:
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
