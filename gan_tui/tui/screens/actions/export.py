"""The keys that take along what is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from gan_tui.report.csv_export import csv
from gan_tui.tui import export, screen_capture
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.widgets.chart_panel import ChartPanel


class ExportActions(MainScreenBase):
    """Part of the main screen: saves it, and exports what it charts."""

    def action_save(self) -> None:
        """Save the screen as an SVG picture and as text."""
        svg, text = screen_capture.as_svg(self.app.screen), screen_capture.as_text(self.app.screen)
        name = export.stem(self.run_state)
        self._keep(lambda: (name, {".svg": [svg], ".txt": [text]}))

    def action_export(self) -> None:
        """Export the series in view to CSV."""
        shown, board = self.shown, self.query_one(ChartPanel)
        if shown is None:
            return
        clocks = board.cache_of(shown.run).clocks
        x = shown.visible_range
        held = export.visible(shown.selection, board.visible_charts, x, clocks)
        run = shown.run
        self._keep(lambda: (export.stem(run), {".csv": csv(held, run.axis)}))

    def _keep(self, make: Callable[[], tuple[str, dict[str, Iterable[str]]]]) -> None:
        """Write files on a thread of their own: a slow disk must not hold up the screen."""

        def work() -> None:
            name, texts = make()
            try:
                files = export.write(name, texts)
            except OSError as error:
                said, bad = f"{name} could not be saved: {error.strerror or error}", True
            else:
                said, bad = "Saved " + " and ".join([str(files[0]), *(f.suffix for f in files[1:])]), False
            with suppress(RuntimeError):  # the screen is gone by now
                self.app.call_from_thread(self._say, said, bad=bad)

        self.run_worker(work, thread=True, group="along")

    def _say(self, words: str, *, bad: bool) -> None:
        self.notify(words, severity="error" if bad else "information", markup=False)
