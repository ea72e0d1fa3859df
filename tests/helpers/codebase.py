"""What a public GAN codebase leaves behind: the form of the rows of `codebases_*.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.helpers.games import Floats

Curves = Mapping[str, Floats]


@dataclass(frozen=True)
class Codebase:
    """One codebase."""

    number: int
    name: str
    roles: Mapping[str, str | None]
    """Each series' name as it is written, and its role: "d_loss", "d_loss@A" of pair A, or None."""
    axis: str
    """What a step counts."""
    text: str | None = None
    """A few lines of its log, where it is text; None for event files, whose axis is always the step."""
    format: str = "text"
    derived: tuple[str, ...] = ()
    """Roles computed from halves."""
    play: Callable[[int], Curves] | None = None
    """Curves by name, as this codebase would log a usual game with a seed; None where any loss may be set."""
    objective: tuple[str, str] = ("unknown", "unknown")
    """Kind and scale that are inferred from those."""
    pairs: tuple[str | None, ...] = field(default=(None,))
    """The player pairs."""
