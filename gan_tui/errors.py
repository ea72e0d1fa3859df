"""The exceptions of this package. Each says what happened and what to do next, in one line each."""

from __future__ import annotations


class GanTuiError(Exception):
    """An error that the user can act on.

    Args:
        message: What happened, one line without a full stop.
        hint: What to do next, one line.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class LogNotFoundError(GanTuiError):
    """A path does not exist, or a folder contains no log."""


class LogUnreadableError(GanTuiError):
    """A log cannot be opened, or is in no known format."""


class PassedOverError(LogUnreadableError):
    """The search skips something in a folder and continues.

    Args:
        path: What is skipped.
        reason: Why it is not read, in a few words.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"passed over {path}: {reason}")
        self.path = path
        self.reason = reason


class UsageError(GanTuiError):
    """A call or an option is invalid."""
