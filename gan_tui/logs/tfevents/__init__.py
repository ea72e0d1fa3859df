"""TensorBoard event files: framing and checksums, events, and the parser that reads them at any size."""

from __future__ import annotations

from gan_tui.logs.points import LoggedImage
from gan_tui.logs.tfevents.framing import looks_like_events
from gan_tui.logs.tfevents.parser import EventParser

__all__ = ["EventParser", "LoggedImage", "looks_like_events"]
