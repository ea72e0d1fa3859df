"""The samples panel: the logged grid nearest the cursor's step."""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState
from gan_tui.run.series_view import SeriesView
from gan_tui.samples.files import SampleImage
from gan_tui.samples.store import SampleStore, nearest
from gan_tui.samples.thumbnails import Thumbnail, thumbnail
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting
from gan_tui.tui.output.graphics_protocols import Graphics, Overlay
from gan_tui.tui.output.half_blocks import half_blocks, shaded
from gan_tui.tui.widgets.line_widget import LineWidget

KEPT = 16
"""Decoded pictures that are kept, so that going back and forth is quick."""
RETRY_SECONDS = 2.0
"""After so long a picture that could not be read is tried again."""
MEASURES = ("samples/duplicates", "samples/diversity")
INSTALL = "pip install 'gan-tui[samples]' shows the pictures"


class Wanted(Struct, frozen=True):
    """One picture at one size."""

    run: str
    step: int
    width: int
    height: int
    count: int


class Grid(Struct, frozen=True):
    """Which grid is looked at."""

    step: int
    number: int
    of: int


class SamplesPanel(LineWidget):
    """Shows the samples of one step; decodes on a thread of its own, the newest wish first.

    Args:
        graphics: How the terminal shows images; None where they are drawn as cells.
    """

    DEFAULT_CSS = "SamplesPanel { width: 34%; height: 1fr; padding: 0 0 0 1; }"

    def __init__(self, graphics: Graphics | None = None) -> None:
        super().__init__(id="samples")
        self._graphics = graphics
        self._run: RunState | None = None
        self._book: SampleStore | None = None
        self._steps: tuple[int, ...] = ()
        self._grid: Grid | None = None
        self._decoded: OrderedDict[Wanted, Thumbnail | str] = OrderedDict()
        self._drawings: dict[Wanted, str] = {}
        self._failed: dict[Wanted, float] = {}
        self._overlay: Overlay | None = None
        self._partial = ""
        self._wanted: Wanted | None = None
        self._working = False

    def show(
        self, run: RunState | None, book: SampleStore | None, step: float | None, until: int | None = None
    ) -> None:
        """Show a grid from now on.

        Args:
            run: Whose.
            book: Where the pictures are.
            step: The nearest is shown, the newest where it is None.
            until: None from later on is shown: a replay does not know them yet.
        """
        self._run, self._book = run, book
        steps = book.steps(run.path) if book is not None and run is not None else ()
        if until is not None:
            steps = steps[: bisect_right(steps, until)]
        self._steps = steps
        at = len(steps) - 1 if step is None and steps else nearest(steps, step or 0)
        self._grid = None if at is None else Grid(steps[at], at + 1, len(steps))
        if self.display:
            self.redraw()

    def beside(self, by: int) -> int | None:
        """The step of the grid `by` further on; None where there is none at all."""
        if self._grid is None:
            return None
        at = min(max(self._grid.number - 1 + by, 0), len(self._steps) - 1)
        return self._steps[at]

    # -- lines -------------------------------------------------------------------------------------

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Title, picture, measures."""
        head = formatting.justify([("─ ", "rule"), ("samples ", "title")], self._place(), width, "rule", "─")
        if self._run is None or self._grid is None:
            return [head, *_centred(self._nothing(), width, height - 1)]
        below = [formatting.fit_line(line, width) for line in self._facts(width)][: max(0, height - 8)]
        room = max(1, height - 1 - len(below))
        self._overlay, self._partial = None, ""
        if self._graphics is not None and not (self.context.ascii or self.context.colourless):
            over = self._drawing(self._graphics, width, room)
            if isinstance(over, str):
                return [head, *_centred(over, width, room), *below]
            self._overlay = over
            blank: list[StyledLine] = [[(" " * width, "plot")]] * over.rows
            return [head, *blank, *self._with_part(below, width)]
        shown = self._picture(width, room)
        if isinstance(shown, str):
            return [head, *_centred(shown, width, room), *below]
        left = (width - formatting.line_width(shown[0])) // 2 if shown else 0
        placed = [formatting.fit_line([(" " * left, "plot"), *line], width) for line in shown[:room]]
        return [head, *placed, *self._with_part(below, width)]

    def _with_part(self, below: list[StyledLine], width: int) -> list[StyledLine]:
        """The lines under the picture, saying where it shows only some of the samples."""
        if not below or not self._partial:
            return below
        return [*below[:-1], formatting.fit_line([*self._facts(width)[-1], (self._partial, "soft")], width)]

    def _place(self) -> StyledLine:
        if self._grid is None or self._run is None:
            return []
        where = f" {formatting.step_unit(self._run)} {self._grid.step:,} "
        return [(where, "cursor"), (f"{self._grid.number} of {self._grid.of} ", "soft")]

    def _nothing(self) -> str:
        return (
            "No sample pictures are logged. PNG or JPEG files beside the log with a step in their names, and "
            "TensorBoard images, are shown here."
        )

    def _facts(self, width: int) -> list[StyledLine]:
        """What was measured of this grid."""
        assert self._run is not None
        assert self._grid is not None
        told = [s for s in self._run.series if s.name in MEASURES]
        measured = {s.name: _at(s.view, self._grid.step) for s in told}
        parts = []
        alike, diversity = (measured.get(name) for name in MEASURES)
        if alike is not None:
            parts.append(f"{alike:.0%} with a near duplicate")
        if diversity is not None:
            parts.append(f"diversity {diversity:.2f}")
        joined = " · ".join(parts)
        lines = parts if len(joined) > width else [joined]
        return [*([(line, "plot")] for line in lines if line), [("K earlier · J later", "soft")]]

    # -- the picture -------------------------------------------------------------------------------

    @property
    def overlay(self) -> Overlay | None:
        """The real picture, placed on the screen; None where cells are drawn, or nothing is."""
        held, place = self._overlay, self.content_region
        if held is None or not self.display or not place:
            return None
        return replace(held, x=place.x + held.x, y=place.y + held.y)

    def _drawing(self, graphics: Graphics, width: int, height: int) -> Overlay | str:
        """The picture as the terminal takes it, placed in the panel, or a word about why there is none."""
        assert self._run is not None
        assert self._grid is not None
        assert self._book is not None
        across, down = graphics.cell
        count = len(self._book.images(self._run.path, self._grid.step))
        wanted = Wanted(self._run.path, self._grid.step, width * across, height * down, count)
        held = self._decoded.get(wanted)
        if held is None:
            self._ask_for(wanted)
            return "..."
        if isinstance(held, str):
            self._try_again(wanted)
            return held
        pixels = held.pixels
        self._partial = _partial(held)
        rows, columns = -(-pixels.shape[0] // down), -(-pixels.shape[1] // across)
        drawing = self._drawings.get(wanted)
        if drawing is None:
            drawing = self._drawings[wanted] = graphics.encoded(pixels, columns, rows)
        return Overlay(wanted, (width - columns) // 2, 1, columns, rows, drawing)

    def _picture(self, width: int, height: int) -> list[StyledLine] | str:
        """The picture as cells, or a word about why there is none (yet)."""
        assert self._run is not None
        assert self._grid is not None
        assert self._book is not None
        pictures = self._book.images(self._run.path, self._grid.step)
        wanted = Wanted(self._run.path, self._grid.step, width, 2 * height, len(pictures))
        held = self._decoded.get(wanted)
        if held is None:
            self._ask_for(wanted)
            return "..."
        self._decoded.move_to_end(wanted)
        if isinstance(held, str):
            self._try_again(wanted)
            return held
        self._partial = _partial(held)
        if self.context.few_colours:
            dark = self.context.dark
            return shaded(held.pixels, ascii_only=self.context.ascii, dark=dark)
        return half_blocks(held.pixels)

    def _ask_for(self, wanted: Wanted) -> None:
        """Have it decoded; while one is in hand only the newest wish waits."""
        self._wanted = wanted
        self._begin()

    def _try_again(self, wanted: Wanted) -> None:
        """A picture that cannot be read may still be being written: look again after a while."""
        if time.monotonic() - self._failed.get(wanted, 0.0) > RETRY_SECONDS:
            self._ask_for(wanted)

    def _begin(self) -> None:
        """Begin with the newest wish, unless one is in hand. Only the decoding is on another thread."""
        wanted, book = self._wanted, self._book
        if wanted is None or book is None or self._working:
            return
        self._wanted, self._working = None, True
        pictures = book.images(wanted.run, wanted.step)

        def work() -> None:
            held = decoded(pictures, wanted.width, wanted.height)
            with suppress(RuntimeError):  # the screen is gone by now
                self.app.call_from_thread(self._take, wanted, held)

        self.run_worker(work, thread=True, group="samples")

    def _take(self, wanted: Wanted, held: Thumbnail | str) -> None:
        self._working = False
        self._decoded[wanted] = held
        self._failed.pop(wanted, None)
        if isinstance(held, str):
            self._failed[wanted] = time.monotonic()
        while len(self._decoded) > KEPT:
            gone, _ = self._decoded.popitem(last=False)
            self._drawings.pop(gone, None)
            self._failed.pop(gone, None)
        self.context.limit_styles()
        self.redraw()
        self._begin()


def _partial(shot: Thumbnail) -> str:
    return (
        f" · {shot.visible_tiles} of {shot.total_tiles} tiles"
        if shot.visible_tiles < shot.total_tiles
        else ""
    )


def decoded(pictures: Sequence[SampleImage], width: int, height: int) -> Thumbnail | str:
    """The picture, or in words why there is none."""
    if not pictures:
        return "the pictures of this step were let go"
    try:
        return thumbnail(pictures, width, height)
    except ImportError:
        return INSTALL
    except Exception as error:  # noqa: BLE001 - one picture, however strange, must not end the screen
        return f"{clean(pictures[0].path or pictures[0].group, 200)}: {clean(str(error), 200)}"


def _at(view: SeriesView, step: int) -> float | None:
    """The value at exactly this step."""
    matching = (view.steps == step).nonzero()[0]
    value = float(view.values[matching[-1]]) if len(matching) else math.nan
    return value if math.isfinite(value) else None


def _centred(text: str, width: int, height: int) -> list[StyledLine]:
    lines = formatting.wrap(text, max(10, width - 4), max(1, height))
    above = max(0, (height - len(lines)) // 2)
    blank: StyledLine = [("", "plot")]
    said: list[StyledLine] = [formatting.fit_line([("  " + line, "soft")], width) for line in lines]
    return ([blank] * above + said + [blank] * height)[:height]
