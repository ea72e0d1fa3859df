"""Stops reading a log after an internal parser error and reports it as a fault."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gan_tui.logs.model import EMPTY, Batch, Buffer, Fault, Parser


class FailedParser(Struct, frozen=True):
    """Stands in for a parser that failed; ignores all further bytes."""

    axis: str = ""

    def feed(self, data: Buffer) -> Batch:  # noqa: ARG002 - the signature of every parser
        """Return an empty batch."""
        return EMPTY

    def finish(self) -> Batch:
        """Return an empty batch."""
        return EMPTY


def guarded_call(parser: Parser, call: Callable[[], Batch], offset: int, size: int) -> tuple[Parser, Batch]:
    """Call a parser, so that its failure does not affect other logs.

    Args:
        parser: The parser that is called.
        call: Calls it and returns its batch.
        offset: Offset in the log of the bytes it parses.
        size: Number of bytes it parses.

    Returns:
        The parser for the bytes that follow, and the batch.
    """
    try:
        return parser, call()
    except Exception as error:  # noqa: BLE001 - any error: other runs are still being monitored
        reason = f"left from here on, by an error in gan-tui ({type(error).__name__}): please report it"
        return FailedParser(parser.axis), Batch(faults=(Fault(offset, size, reason),))
