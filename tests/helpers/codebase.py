"""The log format of one public GAN codebase, as listed in `codebases_*.py`."""

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
    """Role of each series by its logged name: "d_loss", "d_loss@A" for pair A, or None."""
    axis: str
    """What a step counts."""
    text: str | None = None
    """A few lines of its log, or None for event files, whose axis is always the step."""
    format: str = "text"
    derived: tuple[str, ...] = ()
    """Roles computed from the terms for reals and fakes."""
    play: Callable[[int], Curves] | None = None
    """Simulates the curves by name for a seed; None if the codebase has no fixed loss."""
    objective: tuple[str, str] = ("unknown", "unknown")
    """Expected kind and scale inferred from these curves."""
    pairs: tuple[str | None, ...] = field(default=(None,))
    """Names of the player pairs."""
