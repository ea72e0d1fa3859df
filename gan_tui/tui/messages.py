"""What the parts of the screen tell each other."""

from __future__ import annotations

from textual.message import Message

from gan_tui.snapshot import Snapshot


class SnapshotReady(Message):
    """The reader has something new. A newer one takes the place of one that waits.

    Args:
        snapshot: Everything to be shown.
    """

    bubble = False

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Only the newest state counts."""
        return isinstance(message, SnapshotReady)


class SourceFailed(Message):
    """The reader stopped for a reason that is no property of a log.

    Args:
        error: What it raised.
    """

    bubble = False

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class RunChosen(Message):
    """A run was pointed at.

    Args:
        number: Its place in the list.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class CursorPlaced(Message):
    """The mouse put the cursor somewhere.

    Args:
        x: Where, in units of x.
    """

    def __init__(self, x: float) -> None:
        super().__init__()
        self.x = x


class Zoomed(Message):
    """The wheel was turned over a chart.

    Args:
        factor: How much more of x to show; below 1 for less.
        x: Where the mouse points, None where that is no chart.
    """

    def __init__(self, factor: float, x: float | None) -> None:
        super().__init__()
        self.factor = factor
        self.x = x


class Sought(Message):
    """A place of the replay was pointed at.

    Args:
        share: Where, as a share of the whole.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
