"""How people keep logs: which rows, of which player, with how many decimals, in which file.

A `Convention` is drawn for a run; `view` is the run as that log shows it. Needs numpy alone, so that signals
can be measured on many views of a run without writing any of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.corpus.runs import COLUMNS, Run
from benchmarks.corpus.settings import Dice, Settings

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

PACES = ("every", "thinned", "last-of-epoch", "epoch-mean", "running-mean", "once-in-n-critic")
"""Which rows a log has: each step, every k-th, the last step or the mean of an epoch, an exponential running
mean, or a row for each step of D with G's loss where G has made one."""
MOST_ROWS = 4000
"""A row each step is kept up to here; beyond, every k-th."""
FEWEST_EPOCHS, MOST_EPOCHS = 30, 300
PICTURE_SETS = frozenset({"digits", "fashion", "fashion16", "letters", "emoji"})
"""Data sets whose samples are pictures."""

SHOWN: dict[str, tuple[str, ...]] = {
    "csv-dcgan": ("d_loss", "g_loss", "real_score", "fake_score", "fake_score_after"),
    "csv-critic": ("d_loss", "g_loss", "penalty", "real_score", "fake_score"),
    "csv-halves": ("d_loss_real", "d_loss_fake", "g_loss"),
    "csv-accuracy": ("d_loss", "g_loss", "real_accuracy", "fake_accuracy"),
    "csv-simple": ("d_loss", "g_loss"),
    "csv-semicolon": ("d_loss", "g_loss"),
    "csv-lightning": ("d_loss", "g_loss"),
    "jsonl": ("d_loss", "g_loss", "grad_norm_d", "grad_norm_g"),
    "loss-log": ("d_loss", "g_loss"),
    "tb": ("d_loss", "g_loss", "real_score", "fake_score"),
    "tb-tf2": ("d_loss", "g_loss"),
    "console": ("d_loss", "g_loss", "real_score", "fake_score", "fake_score_after"),
    "console-epochs": ("d_loss", "g_loss"),
    "console-steps": ("d_loss", "g_loss"),
}
"""The columns that each kind of file shows."""
D_COLUMNS = frozenset(COLUMNS) - {"g_loss", "fake_score_after", "fake_logit_after", "grad_norm_g"}
BINARY = frozenset({"tb", "tb-tf2"})
"""Kinds of file with float32 values, one a step."""


class Convention(Struct, frozen=True, kw_only=True):
    """How one log is kept."""

    form: str
    """Kind of file, one of `SHOWN`."""
    pace: str = "every"
    every: int = 1
    """Steps of G from one row to the next."""
    momentum: float = 0.0
    """Of a running mean."""
    decimals: int | None = None
    """Digits behind the point; None for six significant ones."""
    repeats: int = 1
    """How many times each line is written."""
    players: str = "both"
    """`both`, `d` or `g`."""
    by_epoch: bool = False
    """Whether rows are numbered by epoch, not by step."""
    with_penalty: bool = False
    """Whether D's loss holds the gradient penalty."""
    grids: int = 0
    """How many sample grids lie next to the log."""
    tiles: int = 64
    """Samples of a grid."""
    reals: bool = False
    """Whether a grid of real samples lies there too."""


class Series(Struct, frozen=True):
    """One column where it has values."""

    steps: Whole
    values: Floats


class View(Struct, frozen=True):
    """A run as a log shows it."""

    series: dict[str, Series]
    """By the names of `runs.COLUMNS`."""
    ends: Whole
    """The last step of G that each row holds."""
    axis: Whole
    """What that row is numbered with."""

    def place(self, step: int) -> int:
        """Return the number of the row that shows a step of G."""
        return int(self.axis[min(np.searchsorted(self.ends, step), len(self.axis) - 1)])


def draw_convention(settings: Settings, number: int = 0) -> Convention:
    """Return how a run's log is kept.

    Args:
        settings: The run.
        number: Another number is another log of the same run.
    """
    dice = Dice(settings.seed * 31 + number + 7_000_000_000)
    critic = settings.objective.startswith("wgan")
    form = dice.pick(
        "csv-simple", "csv-lightning", "csv-semicolon", "jsonl", "loss-log", "tb", "tb", "tb-tf2",
        "console", "console-epochs", "console-steps", "csv-halves", "csv-accuracy",
        *(("csv-critic",) * 3 if critic else ("csv-dcgan",) * 3),
    )  # fmt: skip
    pace = dice.pick(
        "every", "every", "thinned", "thinned", "thinned", "epoch-mean", "epoch-mean", "epoch-mean",
        "last-of-epoch", "last-of-epoch", "running-mean",
    )  # fmt: skip
    if settings.n_critic > 1 and dice.chance(0.3) and form in {"csv-lightning", "jsonl", "tb", "tb-tf2"}:
        pace = "once-in-n-critic"
    if form == "console-epochs":
        pace = dice.pick("epoch-mean", "last-of-epoch")
    if form == "console" and pace == "epoch-mean":
        pace = "thinned"
    return Convention(
        form=form,
        pace=pace,
        every=_every(settings, pace, dice),
        momentum=dice.pick(0.9, 0.95, 0.98, 0.99) if pace == "running-mean" else 0.0,
        decimals=None if form in BINARY or dice.chance(0.35) else dice.pick(2, 3, 4, 4),
        repeats=1 if form in BINARY or dice.chance(0.88) else dice.pick(2, 4),
        players=dice.pick(*("both",) * 14, "d", "g"),
        by_epoch=pace in {"epoch-mean", "last-of-epoch"} and dice.chance(0.7),
        with_penalty=settings.objective == "wgan-gp" and dice.chance(0.3),
        **_pictures(settings, dice),
    )


def _every(settings: Settings, pace: str, dice: Dice) -> int:
    steps = settings.steps
    if pace in {"epoch-mean", "last-of-epoch"}:
        return max(2, steps // dice.pick(FEWEST_EPOCHS, 40, 50, 60, 80, 100, 150, 200, MOST_EPOCHS))
    if pace == "thinned":
        return min(dice.pick(2, 5, 5, 10, 10, 20, 50, 100), steps // FEWEST_EPOCHS)
    if pace == "running-mean":
        return dice.pick(1, 5, 10, 20)
    return -(-steps // MOST_ROWS)


def _pictures(settings: Settings, dice: Dice) -> dict[str, int | bool]:
    share = {"digits": 0.4}.get(settings.data, 0.35)
    if settings.data not in PICTURE_SETS or not dice.chance(share):
        return {}
    return {"grids": dice.pick(10, 20, 40), "tiles": dice.pick(16, 25, 36, 64, 64), "reals": dice.chance(0.4)}


def view(run: Run, convention: Convention) -> View:
    """Return a run as a log of a convention shows it."""
    total = len(run.rows)
    wanted = SHOWN[convention.form]
    columns = {name: run.column(name) for name in wanted}
    if convention.with_penalty and "d_loss" in columns:
        columns["d_loss"] = columns["d_loss"] + run.settings.penalty_weight * run.column("penalty")
    rows, ends = _reduced(np.stack(list(columns.values()), axis=1), convention)
    axis = np.arange(len(ends)) + 1 if convention.by_epoch else ends
    series = {name: Series(axis, rows[:, place]) for place, name in enumerate(columns)}
    if convention.pace == "once-in-n-critic":
        axis = ends * run.critic.shape[1]
        series = {name: Series(axis, one.values) for name, one in series.items()}
        series["d_loss"] = _each_critic_step(run, convention, total)
    kept: dict[str, Callable[[str], bool]] = {
        "both": lambda _: True,
        "d": lambda name: name in D_COLUMNS,
        "g": lambda name: name not in D_COLUMNS,
    }
    shown = {name: one for name, one in series.items() if kept[convention.players](name)}
    return View(shown, ends, axis)


def _reduced(rows: Floats, convention: Convention) -> tuple[Floats, Whole]:
    """Return the rows that a log has, and the last step that each holds."""
    every = convention.every
    count = len(rows) // every
    ends = every * (np.arange(count) + 1)
    if convention.pace == "epoch-mean":
        with np.errstate(all="ignore"):
            return rows[: count * every].reshape(count, every, -1).mean(axis=1), ends
    if convention.pace == "running-mean":
        rows = running_mean(rows, convention.momentum)
    return rows[ends - 1], ends


def running_mean(rows: Floats, momentum: float) -> Floats:
    """Return the exponential running mean of each column, which begins at the first row."""
    means = np.empty_like(rows)
    mean = rows[0]
    with np.errstate(all="ignore"):
        for place, row in enumerate(rows):
            mean = momentum * mean + (1 - momentum) * row
            means[place] = mean
    return means


def _each_critic_step(run: Run, convention: Convention, total: int) -> Series:
    turns = run.critic.shape[1]
    blocks = convention.every * (np.arange(total // convention.every) + 1) - 1
    steps = (blocks[:, None] * turns + np.arange(turns) + 1).ravel()
    return Series(steps, run.critic[blocks].ravel().astype(np.float64))
