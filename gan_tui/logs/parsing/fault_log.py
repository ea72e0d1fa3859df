"""Faults as they are met, bounded: a log of junk must not become a list of a million faults."""

from __future__ import annotations

from gan_tui.logs.model import Fault

SINGLY = 64
"""So many faults of one reason are told one by one; what follows is told in groups, each twice as big."""
MAX_REASONS = 1024


class FaultLog:
    """Collects faults. The same rows give the same faults, however the bytes arrive."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._groups: dict[str, _Group] = {}

    def add(self, offset: int, size: int, reason: str) -> None:
        """Note a stretch that could not be read."""
        group = self._groups.get(reason)
        if group is None:
            if len(self._groups) >= MAX_REASONS:
                reason = "cells or rows that cannot be read"
            group = self._groups.setdefault(reason, _Group())
        group.met += 1
        if group.met <= SINGLY:
            self._found.append(Fault(offset, size, reason))
            return
        if not group.held:
            group.offset = offset
        group.held += 1
        group.bytes += size
        if group.held >= group.room:
            self._close(reason, group)
            group.room *= 2

    def take(self) -> tuple[Fault, ...]:
        """What was noted since the last call, except for what waits to be told as a group."""
        found, self._found = tuple(self._found), []
        return found

    def finish(self) -> None:
        """Tell the groups that are still open."""
        for reason, group in self._groups.items():
            if group.held:
                self._close(reason, group)

    def _close(self, reason: str, group: _Group) -> None:
        told = f"{reason} ({group.held:,} places, this is the first)" if group.held > 1 else reason
        self._found.append(Fault(group.offset, group.bytes, told))
        group.held = group.bytes = 0


class _Group:
    __slots__ = ("bytes", "held", "met", "offset", "room")

    def __init__(self) -> None:
        self.met = 0
        self.held = 0
        self.room = SINGLY
        self.offset = 0
        self.bytes = 0
