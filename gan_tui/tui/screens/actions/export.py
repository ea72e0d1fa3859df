"""Keys that save the screen and export what it charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from gan_tui.report.csv_export import csv_chunks
from gan_tui.tui import export, screen_capture
from gan_tui.tui.screens.base import MainScreenBase
from gan_tui.tui.widgets.chart_panel import ChartPanel


class ExportActions(MainScreenBase):
    """Part of the main screen: writes files about what it shows."""

    def action_save(self) -> None:
        """Save the screen as SVG and as text."""
        svg, text = screen_capture.as_svg(self.app.screen), screen_capture.as_text(self.app.screen)
        name = export.base_name(self.run_state)
        self._write(lambda: (name, {".svg": [svg], ".txt": [text]}))

    def action_export(self) -> None:
        """Export the visible series to CSV."""
        displayed, panel = self.displayed, self.query_one(ChartPanel)
        if displayed is None:
            return
        run = displayed.run
        series = export.visible_series(
            displayed.selection, panel.visible_charts, displayed.visible_range, self.clocks(run)
        )
        self._write(lambda: (export.base_name(run), {".csv": csv_chunks(series, run.axis)}))

    def _write(self, make: Callable[[], tuple[str, dict[str, Iterable[str]]]]) -> None:
        """Write files on a thread, so that a slow disk does not block the screen.

        Args:
            make: Returns the files' base name, and their text by ending; called on the thread.
        """

        def work() -> None:
            name, texts = make()
            try:
                files = export.write(name, texts)
            except OSError as error:
                message, failed = f"{name} could not be saved: {error.strerror or error}", True
            else:
                saved = [str(files[0]), *(file.suffix for file in files[1:])]
                message, failed = "Saved " + " and ".join(saved), False
            with suppress(RuntimeError):  # the screen was closed in the meantime
                self.app.call_from_thread(self._report, message, failed=failed)

        self.run_worker(work, thread=True, group="export")

    def _report(self, message: str, *, failed: bool) -> None:
        self.notify(message, severity="error" if failed else "information", markup=False)
