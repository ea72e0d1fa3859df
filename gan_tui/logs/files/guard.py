"""A parser that fails on a log, which is an error of ours: the log is left from there on, and it is said."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gan_tui.logs.model import EMPTY, Batch, Buffer, Fault, Parser


class FailedParser(Struct, frozen=True):
    """Reads nothing any more."""

    axis: str = ""

    def feed(self, data: Buffer) -> Batch:  # noqa: ARG002 - as every parser
        """Nothing."""
        return EMPTY

    def finish(self) -> Batch:
        """Nothing."""
        return EMPTY


def guarded_call(parser: Parser, step: Callable[[], Batch], offset: int, size: int) -> tuple[Parser, Batch]:
    """Let a parser take a step; should it fail, no other log is to suffer from that.

    Args:
        parser: Whose step it is.
        step: Gives what it reads.
        offset: Where in the log it is.
        size: Bytes that it is to read.

    Returns:
        The parser for what follows, and what was read.
    """
    try:
        return parser, step()
    except Exception as error:  # noqa: BLE001 - whatever it is: other runs are watched beside this one
        reason = f"left from here on, by an error in gan-tui ({type(error).__name__}): please report it"
        return FailedParser(parser.axis), Batch(faults=(Fault(offset, size, reason),))
