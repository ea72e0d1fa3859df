"""Where JSON values end, byte by byte and resumable: the text may stop anywhere and go on later."""

from __future__ import annotations

import re

_OUTSIDE = re.compile(rb'["{}]')
_INSIDE = re.compile(rb'["\\]')


class ObjectEnd:
    """Finds the brace that closes an object whose text comes in pieces.

    Braces within strings do not count. What was looked at is never looked at again.
    """

    __slots__ = ("_depth", "_escaped", "_quoted")

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def find(self, data: bytes | bytearray, at: int) -> int | None:
        """Where the object ends.

        Args:
            data: Bytes of the object, or of a piece of it.
            at: Where the part not yet looked at begins.

        Returns:
            The index after the closing brace; None where it lies beyond `data`.
        """
        if self._escaped and at < len(data):
            at, self._escaped = at + 1, False
        while found := (_INSIDE if self._quoted else _OUTSIDE).search(data, at):
            at = found.end()
            sign = found.group()
            if sign == b'"':
                self._quoted = not self._quoted
            elif sign == b"{":
                self._depth += 1
            elif sign == b"}":
                self._depth -= 1
                if self._depth <= 0:
                    return at
            elif at == len(data):
                self._escaped = True
            else:
                at += 1
        return None


class StringEnd:
    """Finds the quote that closes a string whose text comes in pieces."""

    __slots__ = ("_escaped",)

    def __init__(self) -> None:
        self._escaped = False

    def find(self, data: bytes | bytearray, at: int) -> int | None:
        """The index after the closing quote; None where it lies beyond `data`. `at` is as for `ObjectEnd`."""
        if self._escaped and at < len(data):
            at, self._escaped = at + 1, False
        while found := _INSIDE.search(data, at):
            at = found.end()
            if found.group() == b'"':
                return at
            if at == len(data):
                self._escaped = True
                return None
            at += 1
        return None
