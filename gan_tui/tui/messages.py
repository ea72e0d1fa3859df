"""Messages between the app, its screens and its widgets."""

from __future__ import annotations

from textual.message import Message

from gan_tui.monitoring.snapshot import Snapshot


class SnapshotReady(Message):
    """The reader has a new snapshot. It replaces an older one that is still queued.

    Args:
        snapshot: Everything there is to show.
    """

    bubble = False

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Return whether this message replaces a queued one: only the newest snapshot counts."""
        return isinstance(message, SnapshotReady)


class SourceFailed(Message):
    """The reader ended with an error that no log accounts for.

    Args:
        error: What it raised.
    """

    bubble = False

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class RunSelected(Message):
    """A run was clicked.

    Args:
        number: Its index in the list.
        opened: Whether to show its charts.
    """

    def __init__(self, number: int, *, opened: bool = False) -> None:
        super().__init__()
        self.number = number
        self.opened = opened


class CursorPlaced(Message):
    """The cursor was placed with the mouse.

    Args:
        x: Its position, in units of x.
    """

    def __init__(self, x: float) -> None:
        super().__init__()
        self.x = x


class Zoomed(Message):
    """The mouse wheel was turned over a chart.

    Args:
        factor: How much more of x to show; below 1 for less.
        x: Position of the mouse in units of x; None outside a chart.
    """

    def __init__(self, factor: float, x: float | None) -> None:
        super().__init__()
        self.factor = factor
        self.x = x


class SeekRequested(Message):
    """A position of the replay was clicked.

    Args:
        share: The position, between 0 and 1.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share


class ChartSelected(Message):
    """A chart was clicked.

    Args:
        chart: Its index among the run's charts.
    """

    def __init__(self, chart: int) -> None:
        super().__init__()
        self.chart = chart


class BoxDrawn(Message):
    """A box is being drawn over a chart with the mouse.

    Args:
        chart: The chart's index among the run's charts.
        begin: X at which the box was started.
        end: X of the mouse now.
        heights: Relative heights within the chart, lower first, if the box is to zoom the values too.
        done: The button was released: zoom into the box.
    """

    def __init__(
        self, chart: int, begin: float, end: float, heights: tuple[float, float] | None, *, done: bool
    ) -> None:
        super().__init__()
        self.chart = chart
        self.begin = begin
        self.end = end
        self.heights = heights
        self.done = done


class KeyClicked(Message):
    """A key in the footer was clicked.

    Args:
        action: The action of the key.
    """

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class FindingSelected(Message):
    """A finding was clicked.

    Args:
        number: Its index among the run's findings.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class FilterChanged(Message):
    """The text of the filter has changed.

    Args:
        text: All of it.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterClosed(Message):
    """The filter was left.

    Args:
        kept: Whether the filter stays in effect; otherwise every run is listed again.
    """

    def __init__(self, *, kept: bool) -> None:
        super().__init__()
        self.kept = kept
