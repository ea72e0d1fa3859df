"""Which columns of a table, or keys of a record, count the steps, and what one step counts.

Decided by the names alone, so that it never depends on how the bytes of a log were cut.
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
"""Counters that never restart within a run. All names here are bare: lower case, letters and digits only."""
STEP = """
    step steps iteration iterations iter iters itr itrs it trainstep trainsteps trainingstep trainingsteps
    trainiter trainiteration curiter curiters currentiter currentiteration curstep currentstep niter niters
    numiter numiters iternum iterno stepnum stepno itercount stepcount numsteps nsteps geniter geniters
    geniteration geniterations genstep gsteps gstep dstep update updates numupdates nupdates
    totaliter totaliters totaliteration totaliterations totalstep totalsteps
""".split()  # noqa: SIM905 - reads better than a list of quotes
"""Counters that mostly go on over the epochs, and sometimes restart with each."""
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
LESSER = {
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
"""What else may count the steps where nothing better does, and the word for it."""
CLOCK = ("timestamp", "timestamps", "walltime", "wallclock", "unixtime", "unixtimestamp", "stamp")
MAYBE_CLOCK = ("time", "datetime", "date")
"""Clocks only if they hold Unix times; else ordinary series, as seconds since the start are."""
INDEX = ("index", "idx", "row", "rows", "rowid", "rowindex", "id")
"""Row numbers, where they are the first column."""

EPOCH_FRACTION = 1000
"""An epoch written with decimals (0.13) counts in thousandths."""

_FOLDERS = frozenset(
    ("progress", "trainer", "train", "training", "counter", "counters", "global", "info", "meta")
)
_UNNAMED = re.compile(r"(?:Unnamed: \d+(?:\.\d+)?)?(?:_level_\d+)?")
_BARE = re.compile(r"[\W_]+")
_FAR = 2.0**62

# Unix times of 1980 to 2250 in seconds, milliseconds, microseconds and nanoseconds.
_UNIX_FROM, _UNIX_TO = 3.2e8, 8.9e9
_UNIX_UNITS = (1.0, 1e3, 1e6, 1e9)


class StepAxis:
    """The x axis of a table or of a stream of records.

    A global step wins, then a step or an iteration, kimg, epoch and batch, the epoch alone, lesser
    counters, an index column, and last the number of the row. A counter that restarts with each epoch
    goes on instead: see `EpochUnroller`. Cells:

    - a fraction of a step or of a kimg is cut off; an epoch with decimals, where nothing else
      counts, is counted in thousandths;
    - a row without a step takes the last known one, as Lightning's epoch rows mean it; before the first
      known one it takes the epoch, else the number of the row.

    Args:
        names: Column names or keys, as the log writes them, in the order of the log.
    """

    def __init__(self, names: Sequence[str]) -> None:
        bare = {name: _bare(name) for name in names}
        step, batch = _pick(bare, STEP), _pick(bare, BATCH)
        self._epoch = _pick(bare, EPOCH)
        self._clock = _pick(bare, CLOCK)
        self._maybe_clock = None if self._clock else _pick(bare, MAYBE_CLOCK)
        index = _index_columns(names, bare)
        counters = {n for n in names if bare[n] in _COUNTERS} | set(index)
        self._folding: EpochUnroller | None = None
        self._kind, self._main = "row", index[-1] if index else None
        inner = step or batch
        if found := _pick(bare, GLOBAL_STEP):
            self._kind, self._main = "step", found
        elif step is None and (found := _pick(bare, KIMG)):
            self._kind, self._main = "kimg", found
        elif inner is not None:
            self._main = inner
            self._kind = "step" if step else "batch"
            if self._epoch is not None:
                self._kind = "step" if step else "epoch + batch"
                self._folding = EpochUnroller()
        elif self._epoch is not None:
            self._kind, self._main = "epoch", self._epoch
        elif found := _pick(bare, LESSER):
            self._kind, self._main = LESSER[bare[found]], found
            counters.add(found)
        if self._clock is not None:
            counters.add(self._clock)
        self.consumed: frozenset[str] = frozenset(counters)
        """Names that are x axis or clock, and so no series. A column `time` whose first cell is a
        Unix time joins them with the first call of `wall_times`: ask after that call."""
        self.reads = frozenset(
            n for n in (self._main, self._epoch, self._clock, self._maybe_clock) if n is not None
        )
        """Names whose cells are looked at."""
        self._rows = 0
        self._last = 0
        self._known = False
        self._last_epoch = 0
        self._scale = 1

    @property
    def kind(self) -> str:
        """What a step counts: "step", "epoch", "epoch + batch", "batch", "kimg", "row", "tick", ...

        A counter beside an epoch shows only in the log whether it restarts, so the word may change
        once between "step" and "epoch + batch".
        """
        if self._folding is not None:
            if self._folding.restarts:
                return "epoch + batch"
            if self._folding.goes_on:
                return "step"
        return "epoch/1000" if self._scale != 1 else self._kind

    def set_total(self, total: int) -> None:
        """Say how many batches an epoch has, as `[3/1583]` does: epochs then begin at exact steps."""
        if self._folding is not None and total > 0:
            self._folding.total = total

    def restart(self) -> None:
        """The log begins anew (a header in mid-file): rows are counted from 0 again."""
        self._rows = 0

    def steps(self, columns: Mapping[str, Floats], rows: int) -> Ints:
        """The steps of the next rows of the log.

        Args:
            columns: Cells by name, each of shape (rows,), NaN where a cell is missing. A name may be
                left out where all its cells are missing. Only the counters are looked at.
            rows: How many rows.

        Returns:
            Shape (rows,).
        """
        number = np.arange(self._rows, self._rows + rows, dtype=np.int64)
        self._rows += rows
        if self._main is None or not rows:
            return number
        # Also where no counter stands beside it: the epoch holds for the rows below.
        epochs = self._epochs(columns, rows) if self._folding is not None else number
        main = columns.get(self._main)
        here = np.zeros(rows, bool) if main is None else np.isfinite(main)
        if main is None or not here.any():
            return self._filled(np.zeros(rows, np.int64), here, columns, number)
        if self._folding is not None:
            if here.all():
                steps = self._folding.steps(epochs, whole(main))
            else:
                steps = np.zeros(rows, np.int64)
                steps[here] = self._folding.steps(epochs[here], whole(main[here]))
        elif self._kind == "epoch":
            steps = self._lone_epoch(np.where(here, main, 0.0))
        else:
            steps = whole(main if here.all() else np.where(here, main, 0.0))
        return self._filled(steps, here, columns, number)

    def wall_times(self, columns: Mapping[str, Floats], rows: int) -> Floats | None:
        """The wall times of the next rows, from a column that holds Unix times.

        Args:
            columns: As for `steps`.
            rows: How many rows.

        Returns:
            Seconds since the Unix epoch, shape (rows,), NaN where there is none; None for a log without
            a clock.
        """
        if self._maybe_clock is not None and rows:
            self._prove_clock(self._maybe_clock, columns)
        if self._clock is None:
            return None
        cells = columns.get(self._clock)
        return np.full(rows, np.nan) if cells is None else unix_seconds(cells)

    def _prove_clock(self, name: str, columns: Mapping[str, Floats]) -> None:
        """Tell by its very first cell whether a column is a clock: no later one may change what was given."""
        self._maybe_clock = None
        cells = columns.get(name)
        if cells is not None and not np.isnan(unix_seconds(cells[:1])[0]):
            self._clock = name
            self.consumed |= {name}

    def _epochs(self, columns: Mapping[str, Floats], rows: int) -> Ints:
        """The epoch of each row; a missing one is that of the row before."""
        cells = columns.get(self._epoch or "")
        here = np.zeros(rows, bool) if cells is None else np.isfinite(cells)
        if cells is None or not here.any():
            return np.full(rows, self._last_epoch, np.int64)
        if here.all():
            epochs = whole(cells)
        else:
            epochs = _forward(whole(np.where(here, cells, 0.0)), here, self._last_epoch)
        self._last_epoch = int(epochs[-1])
        return epochs

    def _lone_epoch(self, cells: Floats) -> Ints:
        """Epochs as steps: whole ones as they are, thousandths from the first with decimals on."""
        if self._scale == 1:
            broken = np.flatnonzero(cells != np.floor(cells))
            if not len(broken):
                return whole(cells)
            self._scale = EPOCH_FRACTION
            first = int(broken[0])
            return np.concatenate([whole(cells[:first]), self._lone_epoch(cells[first:])])
        return whole(np.rint(cells * self._scale))

    def _filled(self, steps: Ints, here: np.ndarray, columns: Mapping[str, Floats], number: Ints) -> Ints:
        """`steps` with the rows that have none filled in."""
        if here.all():
            self._last, self._known = int(steps[-1]), True
            return steps
        first = int(np.argmax(here)) if here.any() else len(here)
        filled = _forward(steps, here, self._last)
        if not self._known:
            filled[:first] = number[:first]
            epochs = columns.get(self._epoch or "")
            if epochs is not None:
                some = np.isfinite(epochs[:first])
                filled[:first][some] = whole(epochs[:first][some])
        if first < len(here):
            self._last, self._known = int(filled[-1]), True
        return filled


def is_counter(name: str) -> bool:
    """Whether a column or key of this name counts steps or tells the time."""
    bare = _bare(name)
    return bare in _COUNTERS or bare in CLOCK


def whole(cells: Floats) -> Ints:
    """Finite cells as integers, fractions cut off, held within what int64 can tell apart."""
    if len(cells) and max(cells.max(), -cells.min()) > _FAR:
        cells = np.clip(cells, -_FAR, _FAR)
    return cells.astype(np.int64)


def unix_seconds(cells: Floats) -> Floats:
    """Unix times in seconds, milli-, micro- or nanoseconds as seconds; NaN for what is no such time."""
    seconds = np.full(len(cells), np.nan)
    for unit in _UNIX_UNITS:
        fits = (cells >= _UNIX_FROM * unit) & (cells <= _UNIX_TO * unit)
        seconds[fits] = cells[fits] / unit
    return seconds


def _forward(values: Ints, here: np.ndarray, before: int) -> Ints:
    """`values` with those that are not `here` replaced by the last one that is, or by `before`."""
    last = np.maximum.accumulate(np.where(here, np.arange(len(values)), -1))
    return np.where(last < 0, before, values[last]).astype(np.int64)


_COUNTERS = frozenset((*GLOBAL_STEP, *STEP, *BATCH, *EPOCH, *KIMG))


def _bare(name: str) -> str:
    """`name` in lower case without spaces, underscores and hyphens, nor a folder such as `Progress/`."""
    folder, _, last = name.rpartition("/")
    if folder and _BARE.sub("", folder.lower()) in _FOLDERS:
        name = last
    elif folder:
        return name.lower()  # "samples/iter" is a rate
    return _BARE.sub("", name.lower())


def _pick(bare: Mapping[str, str], words: Iterable[str]) -> str | None:
    """The name that stands first among `words`."""
    by_word: dict[str, str] = {}
    for name, word in bare.items():
        by_word.setdefault(word, name)
    return next((by_word[word] for word in words if word in by_word), None)


def _index_columns(names: Sequence[str], bare: Mapping[str, str]) -> list[str]:
    """The index columns at the head of a table: without a name, or with one that says so."""
    found: list[str] = []
    for name in names:
        if not (_UNNAMED.fullmatch(name.strip()) or (not found and bare[name] in INDEX)):
            break
        found.append(name)
    return found
