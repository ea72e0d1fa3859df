"""Curves that a log does not hold but its parts give: D's loss from its real and its fake half."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from gan_tui.run.roles.inference import Assignment


class Operation(StrEnum):
    """What is done with the parts, at equal steps."""

    SUM = "sum"


class Derivation(Struct, frozen=True):
    """One series that can be computed."""

    name: str
    """The name it is shown under, which no series of the log has."""
    role: str
    pair: str | None
    parts: tuple[str, str]
    """The names of the series it is computed from."""
    operation: Operation = Operation.SUM


RULES: tuple[tuple[str, Operation, tuple[str, str]], ...] = (
    ("d_loss", Operation.SUM, ("d_loss_real", "d_loss_fake")),
)
"""A role that may be derived, how, and from which roles of the same pair."""


def derivations(assignments: Mapping[str, Assignment]) -> tuple[Derivation, ...]:
    """The series to derive: for each pair, each role of `RULES` that is not logged but whose parts are."""
    by_pair: dict[str | None, dict[str, str]] = {}
    for name, assignment in assignments.items():
        if assignment.role is not None:
            by_pair.setdefault(assignment.pair, {})[assignment.role] = name
    found: list[Derivation] = []
    for pair, names in by_pair.items():
        for role, operation, (first, second) in RULES:
            if role not in names and first in names and second in names:
                shown = role if pair is None else f"{role} {pair}"
                while shown in assignments:
                    shown += "'"
                found.append(Derivation(shown, role, pair, (names[first], names[second]), operation))
    return tuple(found)
