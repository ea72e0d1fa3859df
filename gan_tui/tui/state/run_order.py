"""The order of the list of runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import RunState


class RunOrder(StrEnum):
    """The key by which runs are sorted."""

    NAME = "name"
    SEVERITY = "severity"
    AGE = "age"

    @property
    def next(self) -> RunOrder:
        """The order after this one, cyclically."""
        orders = list(RunOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


SEVERITY = {badge: rank for rank, badge in enumerate(Badge)}
"""Rank of each badge; the highest needs attention first."""


def sort_runs(runs: Iterable[RunState], order: RunOrder) -> tuple[RunState, ...]:
    """Sort runs by name (numbers by value), by severity (worst first) or by age (newest first)."""
    result = sorted(runs, key=lambda run: natural_sort_key(run.name))
    if order is RunOrder.SEVERITY:
        result.sort(key=lambda run: (-SEVERITY[run.diagnosis.badge], -run.diagnosis.confidence))
    elif order is RunOrder.AGE:
        result.sort(key=lambda run: -(run.last_point_at or 0.0))
    return tuple(result)


@lru_cache(1 << 14)
def natural_sort_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts run-2 before run-10. Cached: thousands of runs are sorted in every frame."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+|[0-9]+", name)
    return tuple((0, int(p), "") if p.isdecimal() and len(p) <= 18 else (1, 0, p.casefold()) for p in parts)
