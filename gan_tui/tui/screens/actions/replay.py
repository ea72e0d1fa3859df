"""Keys of a replay: its clock and its position."""

from __future__ import annotations

from textual import on

from gan_tui.charts.xaxis import XMode
from gan_tui.monitoring.source import Faster, GoLive, Pause, ReplayControl, SeekStep, Slower, Step
from gan_tui.tui.messages import SeekRequested
from gan_tui.tui.screens.base import MainScreenBase


class ReplayActions(MainScreenBase):
    """Part of the main screen: controls the source if it is a replay."""

    def control(self, command: ReplayControl) -> None:
        """Control the source if it is a replay."""
        if self.snapshot.replay is not None:
            self.context.source.control(command)

    def action_pause(self) -> None:
        """Stop the clock, or let it run again."""
        self.control(Pause())

    def action_faster(self) -> None:
        """Double the speed."""
        self.control(Faster())

    def action_slower(self) -> None:
        """Halve the speed."""
        self.control(Slower())

    def action_step(self, count: int) -> None:
        """Go some records of the log forward, or back."""
        self.control(Step(count))

    def action_seek(self, by: float) -> None:
        """Seek by a share of the whole log."""
        replay = self.snapshot.replay
        if replay is not None:
            span = max(1, replay.last_step - replay.first_step)
            self.control(SeekStep(round(replay.step + by * span)))

    def action_seek_cursor(self) -> None:
        """Seek to the cursor."""
        if self.view.cursor is not None and self.view.mode is XMode.STEP:
            self.control(SeekStep(round(self.view.cursor)))

    def action_live(self) -> None:
        """Follow the log as it grows, or replay it again from where it was left."""
        replay = self.snapshot.replay
        if replay is not None:
            self.show_message(
                "back to the replay ..." if replay.live else "live: L again leads back to the replay"
            )
            self.control(GoLive())

    @on(SeekRequested)
    def _seek_requested(self, message: SeekRequested) -> None:
        replay = self.snapshot.replay
        if replay is not None:
            span = replay.last_step - replay.first_step
            self.control(SeekStep(round(replay.first_step + message.share * span)))
