"""The samples panel: the logged samples nearest to the cursor."""

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

MAX_CACHED_THUMBNAILS = 16
"""Thumbnails that are kept, so that moving between steps is fast."""
RETRY_SECONDS = 2.0
"""An image that could not be decoded is decoded again after this time."""
DUPLICATES, DIVERSITY = "samples/duplicates", "samples/diversity"
MIN_IMAGE_HEIGHT = 8
"""Lines below the image are left out until the image has this height."""
NO_SAMPLES = (
    "No sample images are logged. PNG and JPEG files next to the log with a step in their names, and "
    "TensorBoard images, are shown here."
)
NEEDS_EXTRA = "pip install 'gan-tui[samples]' shows the images"
DECODING = "..."


class ThumbnailRequest(Struct, frozen=True):
    """The samples of one step at one size."""

    run: str
    step: int
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    count: int
    """Number of images: more may be logged for the step later."""


class SelectedStep(Struct, frozen=True):
    """The step whose samples are shown."""

    step: int
    index: int
    """Index among the steps that have samples."""
    total: int
    """Number of these steps."""


class SamplesPanel(LineWidget):
    """Shows the samples of one step, which are decoded on a worker thread, the latest request first.

    Args:
        graphics: How the terminal shows images; None if they are drawn as cells.
    """

    DEFAULT_CSS = "SamplesPanel { width: 34%; height: 1fr; padding: 0 0 0 1; }"

    def __init__(self, graphics: Graphics | None = None) -> None:
        super().__init__(id="samples")
        self._graphics = graphics
        self._run: RunState | None = None
        self._store: SampleStore | None = None
        self._steps: tuple[int, ...] = ()
        self._selected: SelectedStep | None = None
        self._thumbnails: OrderedDict[ThumbnailRequest, Thumbnail | str] = OrderedDict()
        """Decoded samples, or why they could not be decoded."""
        self._encoded: dict[ThumbnailRequest, str] = {}
        """Thumbnails as escape sequences of the terminal."""
        self._failed_at: dict[ThumbnailRequest, float] = {}
        self._overlay: Overlay | None = None
        self._visible_part = ""
        """How many of the tiles are visible, or ""."""
        self._next_request: ThumbnailRequest | None = None
        self._decoding = False

    def show(
        self, run: RunState | None, store: SampleStore | None, step: float | None, until: int | None = None
    ) -> None:
        """Show the samples of a step.

        Args:
            run: The run.
            store: The images of all runs.
            step: The nearest step that has samples is shown; None for the newest.
            until: Last step that may be shown: a replay must not show later ones.
        """
        self._run, self._store = run, store
        steps = store.steps(run.path) if store is not None and run is not None else ()
        if until is not None:
            steps = steps[: bisect_right(steps, until)]
        self._steps = steps
        index = len(steps) - 1 if step is None and steps else nearest(steps, step or 0)
        self._selected = None if index is None else SelectedStep(steps[index], index, len(steps))
        if self.display:
            self.redraw()

    def neighbour_step(self, by: int) -> int | None:
        """Return the step `by` positions after the selected one; None if there are no samples."""
        if self._selected is None:
            return None
        return self._steps[min(max(self._selected.index + by, 0), len(self._steps) - 1)]

    # -- lines -------------------------------------------------------------------------------------

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return title, image and measures."""
        title: StyledLine = [("─ ", "rule"), ("samples ", "title")]
        head = formatting.justify(title, self._position_text(), width, "rule", "─")
        if self._run is None or self._selected is None:
            return [head, *_center(NO_SAMPLES, width, height - 1)]
        below = [formatting.fit_line(line, width) for line in self._measures(width)]
        below = below[: max(0, height - MIN_IMAGE_HEIGHT)]
        image_height = max(1, height - 1 - len(below))
        self._overlay, self._visible_part = None, ""
        if self._graphics is not None and not (self.context.ascii or self.context.colourless):
            overlay = self._encode(self._graphics, width, image_height)
            if isinstance(overlay, str):
                return [head, *_center(overlay, width, image_height), *below]
            self._overlay = overlay
            blank: list[StyledLine] = [[(" " * width, "plot")]] * overlay.rows
            return [head, *blank, *self._with_visible_part(below, width)]
        image = self._image_lines(width, image_height)
        if isinstance(image, str):
            return [head, *_center(image, width, image_height), *below]
        left = (width - formatting.line_width(image[0])) // 2 if image else 0
        lines = [formatting.fit_line([(" " * left, "plot"), *line], width) for line in image[:image_height]]
        return [head, *lines, *self._with_visible_part(below, width)]

    def _with_visible_part(self, below: list[StyledLine], width: int) -> list[StyledLine]:
        """Append how many tiles are visible to the lines below the image, if they are not all."""
        if not below or not self._visible_part:
            return below
        last = [*self._measures(width)[-1], (self._visible_part, "soft")]
        return [*below[:-1], formatting.fit_line(last, width)]

    def _position_text(self) -> StyledLine:
        if self._selected is None or self._run is None:
            return []
        step = f" {formatting.step_unit(self._run)} {self._selected.step:,} "
        return [(step, "cursor"), (f"{self._selected.index + 1} of {self._selected.total} ", "soft")]

    def _measures(self, width: int) -> list[StyledLine]:
        """Return the measures of the selected samples, and the keys."""
        assert self._run is not None
        assert self._selected is not None
        values = {
            s.name: _value_at(s.view, self._selected.step)
            for s in self._run.series
            if s.name in {DUPLICATES, DIVERSITY}
        }
        parts = []
        duplicates, diversity = values.get(DUPLICATES), values.get(DIVERSITY)
        if duplicates is not None:
            parts.append(f"{duplicates:.0%} with a near duplicate")
        if diversity is not None:
            parts.append(f"diversity {diversity:.2f}")
        joined = " · ".join(parts)
        lines = parts if len(joined) > width else [joined]
        return [*([(line, "plot")] for line in lines if line), [("K earlier · J later", "soft")]]

    # -- image -------------------------------------------------------------------------------------

    @property
    def overlay(self) -> Overlay | None:
        """The image at its place on the screen; None if it is drawn as cells, or there is none."""
        overlay, region = self._overlay, self.content_region
        if overlay is None or not self.display or not region:
            return None
        return replace(overlay, x=region.x + overlay.x, y=region.y + overlay.y)

    def _encode(self, graphics: Graphics, width: int, height: int) -> Overlay | str:
        """Return the image as escape sequences, placed in the panel, or why there is none."""
        cell_width, cell_height = graphics.cell
        request = self._request(width * cell_width, height * cell_height)
        image = self._thumbnail(request)
        if isinstance(image, str):
            return image
        pixels = image.pixels
        rows, columns = -(-pixels.shape[0] // cell_height), -(-pixels.shape[1] // cell_width)
        encoded = self._encoded.get(request)
        if encoded is None:
            encoded = self._encoded[request] = graphics.encoded(pixels, columns, rows)
        return Overlay(request, (width - columns) // 2, 1, columns, rows, encoded)

    def _image_lines(self, width: int, height: int) -> list[StyledLine] | str:
        """Return the image as cells, or why there is none."""
        image = self._thumbnail(self._request(width, 2 * height))
        if isinstance(image, str):
            return image
        if self.context.few_colours:
            return shaded(image.pixels, ascii_only=self.context.ascii, dark=self.context.dark)
        return half_blocks(image.pixels)

    def _request(self, width: int, height: int) -> ThumbnailRequest:
        assert self._run is not None
        assert self._selected is not None
        assert self._store is not None
        step = self._selected.step
        count = len(self._store.images(self._run.path, step))
        return ThumbnailRequest(self._run.path, step, width, height, count)

    def _thumbnail(self, request: ThumbnailRequest) -> Thumbnail | str:
        """Return a thumbnail, or why there is none yet; request it if needed."""
        image = self._thumbnails.get(request)
        if image is None:
            self._decode(request)
            return DECODING
        self._thumbnails.move_to_end(request)
        if isinstance(image, str):
            # An image that cannot be decoded may still be being written.
            if time.monotonic() - self._failed_at.get(request, 0.0) > RETRY_SECONDS:
                self._decode(request)
            return image
        self._visible_part = _visible_part(image)
        return image

    def _decode(self, request: ThumbnailRequest) -> None:
        """Decode now, or after the current request; of several waiting requests only the latest is kept."""
        self._next_request = request
        self._start_decoding()

    def _start_decoding(self) -> None:
        """Start the waiting request, unless another is being decoded. Only decoding uses the thread."""
        request, store = self._next_request, self._store
        if request is None or store is None or self._decoding:
            return
        self._next_request, self._decoding = None, True
        images = store.images(request.run, request.step)

        def work() -> None:
            result = decode_thumbnail(images, request.width, request.height)
            with suppress(RuntimeError):  # the screen has been closed
                self.app.call_from_thread(self._finish, request, result)

        self.run_worker(work, thread=True, group="samples")

    def _finish(self, request: ThumbnailRequest, result: Thumbnail | str) -> None:
        self._decoding = False
        self._thumbnails[request] = result
        self._failed_at.pop(request, None)
        if isinstance(result, str):
            self._failed_at[request] = time.monotonic()
        while len(self._thumbnails) > MAX_CACHED_THUMBNAILS:
            oldest, _ = self._thumbnails.popitem(last=False)
            self._encoded.pop(oldest, None)
            self._failed_at.pop(oldest, None)
        self.context.limit_styles()
        self.redraw()
        self._start_decoding()


def _visible_part(image: Thumbnail) -> str:
    if image.visible_tiles >= image.total_tiles:
        return ""
    return f" · {image.visible_tiles} of {image.total_tiles} tiles"


def decode_thumbnail(images: Sequence[SampleImage], width: int, height: int) -> Thumbnail | str:
    """Return the thumbnail, or why there is none."""
    if not images:
        return "the images of this step are no longer in memory"
    try:
        return thumbnail(images, width, height)
    except ImportError:
        return NEEDS_EXTRA
    except Exception as error:  # noqa: BLE001 - a damaged image must not end the screen
        return f"{clean(images[0].path or images[0].group, 200)}: {clean(str(error), 200)}"


def _value_at(view: SeriesView, step: int) -> float | None:
    """Return the last finite value at exactly this step."""
    matching = (view.steps == step).nonzero()[0]
    value = float(view.values[matching[-1]]) if len(matching) else math.nan
    return value if math.isfinite(value) else None


def _center(text: str, width: int, height: int) -> list[StyledLine]:
    rows = formatting.wrap(text, max(10, width - 4), max(1, height))
    margin = max(0, (height - len(rows)) // 2)
    blank: StyledLine = [("", "plot")]
    lines: list[StyledLine] = [formatting.fit_line([("  " + row, "soft")], width) for row in rows]
    return ([blank] * margin + lines + [blank] * height)[:height]
