"""What the parts of the screen tell each other."""

from __future__ import annotations

from textual.message import Message

from gan_tui.monitoring.snapshot import Snapshot


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
        opened: Show its charts.
    """

    def __init__(self, number: int, *, opened: bool = False) -> None:
        super().__init__()
        self.number = number
        self.opened = opened


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


class SeekRequested(Message):
    """A place of the replay was pointed at.

    Args:
        share: Where, as a share of the whole.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share


class ChartChosen(Message):
    """A chart was clicked on.

    Args:
        chart: Its number in the plan.
    """

    def __init__(self, chart: int) -> None:
        super().__init__()
        self.chart = chart


class BoxDrawn(Message):
    """A box is being drawn over a chart with the mouse.

    Args:
        chart: The chart's number in the plan.
        begin: X at which it was begun.
        end: X at which it stands.
        heights: Shares of the chart's height, lower first, where the box is to zoom the values too.
        done: The button was let go: zoom into it.
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


class KeyPressed(Message):
    """A key's name in the footer was clicked on.

    Args:
        action: What it does.
    """

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class FindingChosen(Message):
    """A sentence was clicked on.

    Args:
        number: The finding's place among those of the run.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class FilterTyped(Message):
    """The filter's text has changed.

    Args:
        text: The whole of it.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterDone(Message):
    """No more is typed into the filter.

    Args:
        kept: The filter holds on; otherwise every run is listed again.
    """

    def __init__(self, *, kept: bool) -> None:
        super().__init__()
        self.kept = kept
