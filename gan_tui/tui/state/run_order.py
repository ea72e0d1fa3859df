"""The order in which runs are listed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import RunState


class RunOrder(StrEnum):
    """What runs are sorted by."""

    NAME = "name"
    GRAVITY = "gravity"
    AGE = "age"

    @property
    def following(self) -> RunOrder:
        """The order that the key switches to."""
        orders = list(RunOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


GRAVITY = {badge: place for place, badge in enumerate(Badge)}
"""Badges by how much they ask for a look."""


def ordered(runs: Iterable[RunState], order: RunOrder) -> tuple[RunState, ...]:
    """The runs in this order: the gravest first, by name as people count, or the freshest first."""
    by_name = sorted(runs, key=lambda run: natural(run.name))
    if order is RunOrder.GRAVITY:
        by_name.sort(key=lambda run: (-GRAVITY[run.diagnosis.badge], -run.diagnosis.confidence))
    elif order is RunOrder.AGE:
        by_name.sort(key=lambda run: -(run.last_point_at or 0.0))
    return tuple(by_name)


@lru_cache(1 << 14)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts run-2 before run-10; kept, for thousands of runs are sorted at every frame."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+|[0-9]+", name)
    return tuple((0, int(p), "") if p.isdecimal() and len(p) <= 18 else (1, 0, p.casefold()) for p in parts)
