"""Finds which columns of a table, or keys of a record, count steps, and what a step counts.

Decided by the names alone, so that it never depends on how the bytes of a log are cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from gan_tui.logs.model import Floats, Ints
from gan_tui.logs.parsing.epoch_unrolling import EpochUnroller

GLOBAL_STEP = """
    globalstep globalsteps globaliter globaliters globaliteration globaliterations trainerglobalstep
""".split()  # noqa: SIM905 - reads better than a list of quotes
"""Counters that never restart within a run. Names here are normalized: lower-case letters and digits."""
STEP = """
    step steps iteration iterations iter iters itr itrs it trainstep trainsteps trainingstep trainingsteps
    trainiter trainiteration curiter curiters currentiter currentiteration curstep currentstep niter niters
    numiter numiters iternum iterno stepnum stepno itercount stepcount numsteps nsteps geniter geniters
    geniteration geniterations genstep gsteps gstep dstep update updates numupdates nupdates
    totaliter totaliters totaliteration totaliterations totalstep totalsteps
""".split()  # noqa: SIM905 - reads better than a list of quotes
"""Counters that mostly continue over the epochs, and sometimes restart with each."""
BATCH = """
    batch batches batchidx batchindex batchid batchno batchnum batchnumber batchi ibatch nbatch minibatch
    minibatches minibatchidx i
""".split()  # noqa: SIM905 - reads better than a list of quotes
"""Counters that mostly restart with each epoch."""
EPOCH = """
    epoch epochs ep curepoch currentepoch epochnum epochnumber epochno epochidx epochindex epochid nepoch
    trainepoch epoche
""".split()  # noqa: SIM905 - reads better than a list of quotes
KIMG = ("kimg", "curkimg", "kimgs")
OTHER_COUNTERS = {
    "tick": "tick",
    "ticks": "tick",
    "nimg": "image",
    "curnimg": "image",
    "imagesseen": "image",
    "samplesseen": "sample",
    "round": "round",
    "rounds": "round",
    "generation": "generation",
}
"""Other names that count steps if nothing better does, and the word for what they count."""
CLOCK = ("timestamp", "timestamps", "walltime", "wallclock", "unixtime", "unixtimestamp", "stamp")
MAYBE_CLOCK = ("time", "datetime", "date")
"""Clocks only if they contain Unix times; otherwise ordinary series, such as seconds since the start."""
INDEX = ("index", "idx", "row", "rows", "rowid", "rowindex", "id")
"""Row numbers, if they are the first column."""

EPOCH_FRACTION = 1000
"""An epoch written with decimals (0.13) is counted in thousandths."""

_FOLDERS = frozenset(
    ("progress", "trainer", "train", "training", "counter", "counters", "global", "info", "meta")
)
_UNNAMED = re.compile(r"(?:Unnamed: \d+(?:\.\d+)?)?(?:_level_\d+)?")
_NON_WORD = re.compile(r"[\W_]+")
_MAX_STEP = 2.0**62

# Unix times of 1980 to 2250 in seconds, milliseconds, microseconds and nanoseconds.
_UNIX_FROM, _UNIX_TO = 3.2e8, 8.9e9
_UNIX_UNITS = (1.0, 1e3, 1e6, 1e9)


class StepAxis:
    """The x axis of a table or of a stream of records.

    A global step wins, then a step or an iteration, kimg, epoch and batch, the epoch alone, lesser
    counters, an index column, and last the number of the row. A counter that restarts with each epoch
    is unrolled: see `EpochUnroller`. Cells:

    - a fraction of a step or of a kimg is cut off; an epoch with decimals, if nothing else counts, is
      counted in thousandths;
    - a row without a step gets the last known one, as Lightning's epoch rows intend; before the first
      known one it gets the epoch, else the number of the row.

    Args:
        names: Column names or keys, as the log writes them, in the order of the log.
    """

    def __init__(self, names: Sequence[str]) -> None:
        normalized = {name: _normalized(name) for name in names}
        step, batch = _pick(normalized, STEP), _pick(normalized, BATCH)
        self._epoch = _pick(normalized, EPOCH)
        self._clock = _pick(normalized, CLOCK)
        self._maybe_clock = None if self._clock else _pick(normalized, MAYBE_CLOCK)
        index = _index_columns(names, normalized)
        counters = {n for n in names if normalized[n] in _COUNTERS} | set(index)
        self._unroller: EpochUnroller | None = None
        self._kind, self._main = "row", index[-1] if index else None
        inner = step or batch
        if name := _pick(normalized, GLOBAL_STEP):
            self._kind, self._main = "step", name
        elif step is None and (name := _pick(normalized, KIMG)):
            self._kind, self._main = "kimg", name
        elif inner is not None:
            self._main = inner
            self._kind = "step" if step else "batch"
            if self._epoch is not None:
                self._kind = "step" if step else "epoch + batch"
                self._unroller = EpochUnroller()
        elif self._epoch is not None:
            self._kind, self._main = "epoch", self._epoch
        elif name := _pick(normalized, OTHER_COUNTERS):
            self._kind, self._main = OTHER_COUNTERS[normalized[name]], name
            counters.add(name)
        if self._clock is not None:
            counters.add(self._clock)
        self.consumed: frozenset[str] = frozenset(counters)
        """Names that are step axis or clock, and so not series. A column `time` whose first cell is a
        Unix time is added by the first call of `wall_times`."""
        self.reads = frozenset(
            n for n in (self._main, self._epoch, self._clock, self._maybe_clock) if n is not None
        )
        """Names whose cells are read."""
        self._rows = 0
        self._last = 0
        self._has_step = False
        self._last_epoch = 0
        self._scale = 1

    @property
    def kind(self) -> str:
        """What a step counts: "step", "epoch", "epoch + batch", "batch", "kimg", "row", "tick", ...

        Whether a counter next to an epoch restarts shows only in the log, so the word may change once
        between "step" and "epoch + batch".
        """
        if self._unroller is not None:
            if self._unroller.restarts:
                return "epoch + batch"
            if self._unroller.continues:
                return "step"
        return "epoch/1000" if self._scale != 1 else self._kind

    def set_total(self, total: int) -> None:
        """Set the number of batches per epoch, as in `[3/1583]`: epochs then begin at exact steps."""
        if self._unroller is not None and total > 0:
            self._unroller.total = total

    def restart(self) -> None:
        """Count rows from 0 again, as after a repeated header."""
        self._rows = 0

    def steps(self, columns: Mapping[str, Floats], rows: int) -> Ints:
        """Return the steps of the next rows of the log.

        Args:
            columns: Cells by name, each of shape (rows,), NaN where a cell is missing. A name may be
                left out if all its cells are missing. Only the counters are read.
            rows: Number of rows.

        Returns:
            Shape (rows,).
        """
        number = np.arange(self._rows, self._rows + rows, dtype=np.int64)
        self._rows += rows
        if self._main is None or not rows:
            return number
        # Also without a counter next to it: the epoch applies to the rows below.
        epochs = self._epochs(columns, rows) if self._unroller is not None else number
        main = columns.get(self._main)
        known = np.zeros(rows, bool) if main is None else np.isfinite(main)
        if main is None or not known.any():
            return self._filled(np.zeros(rows, np.int64), known, columns, number)
        if self._unroller is not None:
            if known.all():
                steps = self._unroller.steps(epochs, whole(main))
            else:
                steps = np.zeros(rows, np.int64)
                steps[known] = self._unroller.steps(epochs[known], whole(main[known]))
        elif self._kind == "epoch":
            steps = self._lone_epoch(np.where(known, main, 0.0))
        else:
            steps = whole(main if known.all() else np.where(known, main, 0.0))
        return self._filled(steps, known, columns, number)

    def wall_times(self, columns: Mapping[str, Floats], rows: int) -> Floats | None:
        """Return the wall times of the next rows, from a column of Unix times.

        Args:
            columns: As for `steps`.
            rows: Number of rows.

        Returns:
            Seconds since the Unix epoch, shape (rows,), NaN where there is none; None for a log without
            a clock.
        """
        if self._maybe_clock is not None and rows:
            self._detect_clock(self._maybe_clock, columns)
        if self._clock is None:
            return None
        cells = columns.get(self._clock)
        return np.full(rows, np.nan) if cells is None else unix_seconds(cells)

    def _detect_clock(self, name: str, columns: Mapping[str, Floats]) -> None:
        """Decide by its first cell whether a column is a clock: later ones must not change earlier points."""
        self._maybe_clock = None
        cells = columns.get(name)
        if cells is not None and not np.isnan(unix_seconds(cells[:1])[0]):
            self._clock = name
            self.consumed |= {name}

    def _epochs(self, columns: Mapping[str, Floats], rows: int) -> Ints:
        """Return the epoch of each row; a missing one is that of the row before."""
        cells = columns.get(self._epoch or "")
        known = np.zeros(rows, bool) if cells is None else np.isfinite(cells)
        if cells is None or not known.any():
            return np.full(rows, self._last_epoch, np.int64)
        if known.all():
            epochs = whole(cells)
        else:
            epochs = _fill_forward(whole(np.where(known, cells, 0.0)), known, self._last_epoch)
        self._last_epoch = int(epochs[-1])
        return epochs

    def _lone_epoch(self, cells: Floats) -> Ints:
        """Return epochs as steps: whole ones as they are, in thousandths from the first with decimals on."""
        if self._scale == 1:
            fractional = np.flatnonzero(cells != np.floor(cells))
            if not len(fractional):
                return whole(cells)
            self._scale = EPOCH_FRACTION
            first = int(fractional[0])
            return np.concatenate([whole(cells[:first]), self._lone_epoch(cells[first:])])
        return whole(np.rint(cells * self._scale))

    def _filled(self, steps: Ints, known: np.ndarray, columns: Mapping[str, Floats], number: Ints) -> Ints:
        """Return `steps` with the missing ones filled in."""
        if known.all():
            self._last, self._has_step = int(steps[-1]), True
            return steps
        first = int(np.argmax(known)) if known.any() else len(known)
        filled = _fill_forward(steps, known, self._last)
        if not self._has_step:
            filled[:first] = number[:first]
            epochs = columns.get(self._epoch or "")
            if epochs is not None:
                some = np.isfinite(epochs[:first])
                filled[:first][some] = whole(epochs[:first][some])
        if first < len(known):
            self._last, self._has_step = int(filled[-1]), True
        return filled


def is_counter(name: str) -> bool:
    """Return whether a column or key of this name counts steps or is a clock."""
    normalized = _normalized(name)
    return normalized in _COUNTERS or normalized in CLOCK


def whole(cells: Floats) -> Ints:
    """Return finite cells as integers, fractions cut off, clipped to the range of int64."""
    if len(cells) and max(cells.max(), -cells.min()) > _MAX_STEP:
        cells = np.clip(cells, -_MAX_STEP, _MAX_STEP)
    return cells.astype(np.int64)


def unix_seconds(cells: Floats) -> Floats:
    """Convert Unix times in seconds, milli-, micro- or nanoseconds to seconds; NaN for anything else."""
    seconds = np.full(len(cells), np.nan)
    for unit in _UNIX_UNITS:
        matches = (cells >= _UNIX_FROM * unit) & (cells <= _UNIX_TO * unit)
        seconds[matches] = cells[matches] / unit
    return seconds


def _fill_forward(values: Ints, known: np.ndarray, before: int) -> Ints:
    """Replace values that are not known by the last one that is, or by `before`."""
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(last < 0, before, values[last]).astype(np.int64)


_COUNTERS = frozenset((*GLOBAL_STEP, *STEP, *BATCH, *EPOCH, *KIMG))


def _normalized(name: str) -> str:
    """Return `name` in lower case, without spaces, underscores, hyphens or a folder such as `Progress/`."""
    folder, _, last = name.rpartition("/")
    if folder and _NON_WORD.sub("", folder.lower()) in _FOLDERS:
        name = last
    elif folder:
        return name.lower()  # "samples/iter" is a rate
    return _NON_WORD.sub("", name.lower())


def _pick(normalized: Mapping[str, str], words: Iterable[str]) -> str | None:
    """Return the name that comes first among `words`."""
    by_word: dict[str, str] = {}
    for name, word in normalized.items():
        by_word.setdefault(word, name)
    return next((by_word[word] for word in words if word in by_word), None)


def _index_columns(names: Sequence[str], normalized: Mapping[str, str]) -> list[str]:
    """Return the index columns at the head of a table: unnamed, or with the name of an index."""
    columns: list[str] = []
    for name in names:
        if not (_UNNAMED.fullmatch(name.strip()) or (not columns and normalized[name] in INDEX)):
            break
        columns.append(name)
    return columns
