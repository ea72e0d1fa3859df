"""A bounded list of faults: a log of junk must not produce a million of them."""

from __future__ import annotations

from gan_tui.logs.model import Fault

MAX_SINGLE = 64
"""Faults of one reason that are listed one by one; further ones are grouped, each group twice as large."""
MAX_REASONS = 1024


class FaultLog:
    """Collects faults. The same rows give the same faults, however the bytes are cut."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._groups: dict[str, _Group] = {}

    def add(self, offset: int, size: int, reason: str) -> None:
        """Add a stretch that could not be read."""
        group = self._groups.get(reason)
        if group is None:
            if len(self._groups) >= MAX_REASONS:
                reason = "cells or rows that cannot be read"
            group = self._groups.setdefault(reason, _Group())
        group.total += 1
        if group.total <= MAX_SINGLE:
            self._faults.append(Fault(offset, size, reason))
            return
        if not group.count:
            group.offset = offset
        group.count += 1
        group.bytes += size
        if group.count >= group.capacity:
            self._close(reason, group)
            group.capacity *= 2

    def take(self) -> tuple[Fault, ...]:
        """Return the faults since the last call, except those in an open group."""
        faults, self._faults = tuple(self._faults), []
        return faults

    def finish(self) -> None:
        """Close the groups that are still open."""
        for reason, group in self._groups.items():
            if group.count:
                self._close(reason, group)

    def _close(self, reason: str, group: _Group) -> None:
        if group.count > 1:
            reason = f"{reason} ({group.count:,} places, this is the first)"
        self._faults.append(Fault(group.offset, group.bytes, reason))
        group.count = group.bytes = 0


class _Group:
    """Faults of one reason."""

    __slots__ = ("bytes", "capacity", "count", "offset", "total")

    def __init__(self) -> None:
        self.total = 0
        self.count = 0
        self.capacity = MAX_SINGLE
        self.offset = 0
        self.bytes = 0
