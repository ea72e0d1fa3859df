"""Series computed from logged ones: D's loss from its real and its fake term."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from gan_tui.run.roles.inference import Assignment


class Operation(StrEnum):
    """How the parts are combined at equal steps."""

    SUM = "sum"


class Derivation(Struct, frozen=True):
    """A series that can be computed."""

    name: str
    """Its display name, which no logged series has."""
    role: str
    pair: str | None
    parts: tuple[str, str]
    """Names of the series it is computed from."""
    operation: Operation = Operation.SUM


RULES: tuple[tuple[str, Operation, tuple[str, str]], ...] = (
    ("d_loss", Operation.SUM, ("d_loss_real", "d_loss_fake")),
)
"""Role, operation, and the roles of the same pair it is computed from."""


def derivations(assignments: Mapping[str, Assignment]) -> tuple[Derivation, ...]:
    """Return, for each pair, every role of `RULES` that is not logged but whose parts are."""
    by_pair: dict[str | None, dict[str, str]] = {}
    for name, assignment in assignments.items():
        if assignment.role is not None:
            by_pair.setdefault(assignment.pair, {})[assignment.role] = name
    result: list[Derivation] = []
    for pair, names in by_pair.items():
        for role, operation, (first, second) in RULES:
            if role not in names and first in names and second in names:
                name = role if pair is None else f"{role} {pair}"
                while name in assignments:
                    name += "'"
                result.append(Derivation(name, role, pair, (names[first], names[second]), operation))
    return tuple(result)
