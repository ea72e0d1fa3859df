"""One tree of errors. Each says what happened and what to do next, in one line each."""

from __future__ import annotations


class GanTuiError(Exception):
    """Something a person can act on.

    Args:
        message: What happened, one line, no full stop needed.
        hint: What to do next, one line.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class LogNotFoundError(GanTuiError):
    """A path that does not exist, or a folder without a log in it."""


class LogUnreadableError(GanTuiError):
    """A log that is there but cannot be opened or makes no sense in any known format."""


class PassedOverError(LogUnreadableError):
    """Something in a searched folder that is not read, while the search goes on.

    Args:
        path: Where it is.
        reason: Why it is not read, in a few plain words.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"passed over {path}: {reason}")
        self.path = path
        self.reason = reason


class UsageError(GanTuiError):
    """A call or an option that cannot be carried out as given."""
