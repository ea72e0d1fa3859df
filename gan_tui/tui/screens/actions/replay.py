"""The keys of a replay: its clock, and where it stands."""

from __future__ import annotations

from typing import Any, cast

from textual import on

from gan_tui.charts.xaxis import XMode
from gan_tui.tui.messages import Sought
from gan_tui.tui.screens.base import MainScreenBase


class ReplayActions(MainScreenBase):
    """Part of the main screen: controls the source, where that is a replay."""

    def control(self, name: str, *arguments: int) -> None:
        """Use one of the replay's controls."""
        if self.snapshot.replay is not None:
            cast("Any", self.gan.source).__getattribute__(name)(*arguments)

    def action_replay(self, name: str, *arguments: int) -> None:
        """Use one of the replay's controls."""
        self.control(name, *arguments)

    def action_seek(self, by: float) -> None:
        """Seek by a share of the whole."""
        replay = self.snapshot.replay
        if replay is not None:
            span = max(1, replay.last_step - replay.first_step)
            self.control("seek_step", round(replay.step + by * span))

    def action_seek_cursor(self) -> None:
        """Seek to the cursor."""
        if self.view.cursor is not None and self.view.mode is XMode.STEP:
            self.control("seek_step", round(self.view.cursor))

    def action_live(self) -> None:
        """Follow the log as it grows, or replay it again from where it stands."""
        replay = self.snapshot.replay
        if replay is not None:
            self.say("back to the replay ..." if replay.live else "live: L again leads back to the replay")
            self.control("live")

    @on(Sought)
    def _sought(self, message: Sought) -> None:
        replay = self.snapshot.replay
        if replay is not None:
            span = replay.last_step - replay.first_step
            self.control("seek_step", round(replay.first_step + message.share * span))
