"""The bottom line: the keys that mean something now, as many as fit."""

from __future__ import annotations

from gan_tui.charts.raster import Runs
from gan_tui.tui import words
from gan_tui.tui.keys import Key, footer
from gan_tui.tui.view import View
from gan_tui.tui.widgets.lines import Lines

WITH_STATE = 70
"""From so many cells on, the line also says how the charts are shown."""


class KeyBar(Lines):
    """One line of keys, from the key table."""

    DEFAULT_CSS = "KeyBar { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._keys: list[Key] = []
        self._view = View()

    def show(self, keys: list[Key], view: View) -> None:
        """Name these keys, and say how the charts are shown."""
        self._keys, self._view = keys, view
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """The most needed keys first; help and quit always."""
        del height
        state = f" {standing(self._view)} " if width >= WITH_STATE else ""
        runs: Runs = [(" ", "bar")]
        for key in footer(self._keys):
            item: Runs = [(key.shown, "bar-strong"), (f" {key.short}  ", "bar")]
            if words.width_of(runs) + words.width_of(item) + len(state) > width:
                break
            runs += item
        return [words.spread(runs, [(state, "bar-soft")], width, "bar")]


def standing(view: View) -> str:
    """How the charts are shown, in a few words."""
    said = ["raw" if not view.smoothing else "smooth" if view.gentle else f"smooth {view.smoothing:g}"]
    if view.log:
        said.append("log y")
    if view.whole:
        said.append("all spikes")
    said.append(f"x {view.mode}")
    if view.window is not None:
        said.append("zoomed")
    return " · ".join(said)
