"""Logged sample grids, decoded and measured: the series `samples/...` of a run.

Needs the extra `samples` (Pillow). Decoding is bounded and never on the path of the curves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gan_tui.diagnosis.samples import (
    Average,
    Diversity,
    Grid,
    average,
    find_grid,
    measure,
    tiles_of,
    travel,
)
from gan_tui.logs.pictures import Picture, bytes_of
from gan_tui.logs.points import Column, Fault, Floats

MOST_PIXELS = 32_000_000
"""A picture that declares more is not decoded."""
MOST_PICTURES = 400
"""Of a longer row of pictures so many are measured, evenly spread, the newest among them."""
LAYOUT_FROM = 6
"""The grid's layout is read off so many pictures: one collapsed grid alone can be ambiguous."""
RESULT_SECONDS = 0.5
"""How often what is measured so far is handed on."""
SERIES = ("samples/diversity", "samples/duplicates", "samples/roughness", "samples/travel")


class PillowMissingError(ImportError):
    """The extra `samples` is not installed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step's samples show."""

    step: int
    diversity: Diversity
    travel: float
    """From the grid before, in units of chance; NaN for the first."""


def decode(picture: Picture) -> Floats:
    """The picture's levels.

    Args:
        picture: PNG or JPEG, in a file or in memory.

    Returns:
        Levels 0..1, shape (height, width, channels), one or three channels.

    Raises:
        PillowMissingError: The extra `samples` is not installed.
        ValueError: It is damaged, no picture, or declares more than 32 megapixels.
    """
    try:
        from PIL import Image  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise PillowMissingError from error
    Image.MAX_IMAGE_PIXELS = None  # our own limit below comes before anything is decoded
    try:
        # By its ending anything may come: an EPS would be handed to Ghostscript.
        with bytes_of(picture) as file, Image.open(file, formats=("PNG", "JPEG")) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                too_large = f"the picture declares {width:,} x {height:,} pixels, more than 32 megapixels"
                raise ValueError(too_large)  # noqa: TRY301 - beside the other reasons
            grey = opened.mode in ("1", "L", "I", "I;16", "F")
            levels = np.asarray(opened.convert("L" if grey else "RGB"), dtype=np.float64) / 255
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"not a picture that can be read ({type(error).__name__})") from error
    return levels[:, :, None] if levels.ndim == 2 else levels


class Gallery:
    """The sample pictures of one run, measured as they come. Belongs to one thread."""

    def __init__(self) -> None:
        self.pictures: dict[int, list[Picture]] = {}
        self.faults: list[Fault] = []
        self._seen: dict[int, tuple[Diversity, Average] | None] = {}
        self._grid: Grid | None = None
        self._shape: tuple[int, ...] | None = None

    def add(self, pictures: Sequence[Picture]) -> bool:
        """Take in pictures; says whether any is new."""
        new = False
        for picture in pictures:
            held = self.pictures.setdefault(picture.step, [])
            # A picture of a log is handed in once; one in a file each time the folder is searched.
            if not picture.path or picture not in held:
                held.append(picture)
                self._seen.pop(picture.step, None)
                new = True
        return new

    @property
    def waiting(self) -> list[int]:
        """Steps whose pictures are not yet measured, newest first."""
        steps = sorted(self.pictures)
        if len(steps) > MOST_PICTURES:
            picks = np.linspace(0, len(steps) - 1, MOST_PICTURES).astype(np.int64)
            steps = [steps[i] for i in picks]
        return [step for step in reversed(steps) if step not in self._seen]

    def work(self, seconds: float = float("inf")) -> None:
        """Measure what waits, newest first, for about so many seconds."""
        until = time.monotonic() + seconds
        for step in self.waiting:
            if time.monotonic() > until:
                break
            tiles = self._tiles_of(step)
            found = None if tiles is None else measure(tiles)
            self._forget_data(step)
            self._seen[step] = None if tiles is None or found is None else (found, average(tiles))

    def _forget_data(self, step: int) -> None:
        """Let go of the bytes of a measured picture; the first few stay, to read the layout off."""
        if step not in sorted(self.pictures)[:LAYOUT_FROM]:
            self.pictures[step] = [replace(p, data=b"") for p in self.pictures[step]]

    def _tiles_of(self, step: int) -> Floats | None:
        pictures = self.pictures[step]
        try:
            if len(pictures) >= 4:
                # One picture a sample, as TF2's image summary writes them.
                levels = [decode(p) for p in pictures]
                same = [each for each in levels if each.shape == levels[0].shape]
                return np.stack(same)
            picture = decode(pictures[0])
        except ValueError as error:
            self.faults.append(Fault(0, 0, str(error), pictures[0].path or pictures[0].group))
            return None
        if picture.shape != self._shape:
            self._shape, self._grid = picture.shape, self._layout(picture)
        return None if self._grid is None else tiles_of(picture, self._grid)

    def _layout(self, picture: Floats) -> Grid | None:
        """The layout that holds for this picture and a few others of its size."""
        others = []
        steps = sorted(self.pictures)
        for step in steps[:LAYOUT_FROM]:
            try:
                other = decode(self.pictures[step][0])
            except ValueError:
                continue
            if other.shape == picture.shape:
                others.append(other.mean(axis=2))
        return find_grid([picture.mean(axis=2), *others])

    def seen(self) -> list[Seen]:
        """What has been measured so far, in order of the steps."""
        row = []
        before: Average | None = None
        for step in sorted(self._seen):
            held = self._seen[step]
            if held is None:
                continue
            diversity, mean = held
            row.append(Seen(step, diversity, float("nan") if before is None else travel(before, mean)))
            before = mean
        return row

    def columns(self) -> tuple[Column, ...]:
        """The measures as series."""
        row = self.seen()
        if not row:
            return ()
        steps = np.array([s.step for s in row], dtype=np.int64)
        measures = np.array(
            [[s.diversity.diversity, s.diversity.duplicates, s.diversity.roughness, s.travel] for s in row]
        )
        return tuple(Column(name, steps, measures[:, i].copy()) for i, name in enumerate(SERIES))


class GalleryWorker:
    """Measures the sample grids of all runs on a thread of its own, so that curves never wait."""

    def __init__(self) -> None:
        self.missing_pillow = False
        self._galleries: dict[str, Gallery] = {}
        self._incoming: dict[str, list[Picture]] = {}
        self._measured: dict[str, tuple[tuple[Column, ...], tuple[Fault, ...]]] = {}
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def submit(self, run: str, pictures: Sequence[Picture]) -> None:
        """Hand in pictures of a run; those already known cost nothing."""
        if not pictures or self.missing_pillow:
            return
        with self._lock:
            self._incoming.setdefault(run, []).extend(pictures)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="gan-tui samples", daemon=True)
            self._thread.start()
        self._woken.set()

    def results(self) -> dict[str, tuple[tuple[Column, ...], tuple[Fault, ...]]]:
        """What has been measured since the last call: by run, the whole curves and new faults."""
        with self._lock:
            measured, self._measured = self._measured, {}
        return measured

    def close(self) -> None:
        """Stop after the picture in hand."""
        self._closing = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(5)

    def _work(self) -> None:
        while not self._closing:
            self._woken.wait()
            self._woken.clear()
            with self._lock:
                incoming, self._incoming = self._incoming, {}
            for run, pictures in incoming.items():
                gallery = self._galleries.setdefault(run, Gallery())
                if gallery.add(pictures) and not self._measure(run, gallery):
                    return

    def _measure(self, run: str, gallery: Gallery) -> bool:
        """Measure what waits, giving results as they come; False where there is no Pillow."""
        try:
            while gallery.waiting and not self._closing:
                gallery.work(RESULT_SECONDS)
                faults, gallery.faults = tuple(gallery.faults), []
                with self._lock:
                    earlier = self._measured.get(run, ((), ()))[1]
                    self._measured[run] = (gallery.columns(), earlier + faults)
        except PillowMissingError:
            self.missing_pillow = True
            return False
        return True
