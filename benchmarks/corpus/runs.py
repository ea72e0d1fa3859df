"""One finished run on disk: what was logged at each step, and what was measured at each checkpoint."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.corpus.settings import Settings

Floats = NDArray[np.float64]

COLUMNS = (
    "d_loss", "g_loss", "d_loss_real", "d_loss_fake", "real_score", "fake_score", "fake_score_after",
    "real_logit", "fake_logit", "fake_logit_after", "real_accuracy", "fake_accuracy", "penalty",
    "grad_norm_d", "grad_norm_g",
)  # fmt: skip
"""What is logged once G has made a step, D's part from its last step before.

Scores are probabilities for BCE and D's raw output otherwise; logits are always the raw output. `d_loss` has
no penalty. `fake_score_after` is D's score of the batch that G learns from.
"""
MEASURES = (
    "finite", "precision", "near", "modes", "spread", "coverage", "frechet", "pixel_spread", "duplicates",
)  # fmt: skip
"""What is measured of the samples at each checkpoint, one number each."""


class Run(Struct, frozen=True):
    """One run."""

    settings: Settings
    rows: NDArray[np.float32]
    """One row a step of G, the columns of `COLUMNS`; step k is row k - 1."""
    critic: NDArray[np.float32]
    """D's loss at each of its steps, shape (steps of G, steps of D for one of G)."""
    checkpoints: NDArray[np.int32]
    """The steps at which the samples were measured."""
    measures: dict[str, Floats]
    """Each of `MEASURES`, shape (checkpoints,); `classes`, (checkpoints, kinds), is the share of all samples
    near real ones of a class, and `middle`, (checkpoints, axes), the centre of all samples along the data's
    main axes."""
    grids: NDArray[np.uint8]
    """Sample grids, shape (checkpoints, 64, channels, height, width), or (0,) for points."""
    reals: NDArray[np.uint8]
    """Real images, shape (64, channels, height, width), or (0,)."""
    seconds: float
    """CPU time it took."""

    def column(self, name: str) -> Floats:
        """Return one column of all rows."""
        return self.rows[:, COLUMNS.index(name)].astype(np.float64)


def path_of(folder: Path, seed: int) -> Path:
    """Return where a run is stored."""
    return folder / f"{seed}.npz"


def save(run: Run, path: Path) -> None:
    """Write a run; the file appears only when it is whole."""
    arrays = {f"measure_{name}": values.astype(np.float32) for name, values in run.measures.items()}
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.savez_compressed(
            file,
            settings=np.frombuffer(msgspec.json.encode(run.settings), np.uint8),
            rows=run.rows,
            critic=run.critic,
            checkpoints=run.checkpoints,
            grids=run.grids,
            reals=run.reals,
            seconds=np.float32(run.seconds),
            **arrays,
        )
    unfinished.rename(path)


def load(path: Path) -> Run:
    """Read a run."""
    with np.load(path) as arrays:
        prefix = "measure_"
        return Run(
            settings=msgspec.json.decode(arrays["settings"].tobytes(), type=Settings),
            rows=arrays["rows"],
            critic=arrays["critic"],
            checkpoints=arrays["checkpoints"],
            measures={
                k.removeprefix(prefix): arrays[k].astype(np.float64) for k in arrays if k.startswith(prefix)
            },
            grids=arrays["grids"],
            reals=arrays["reals"],
            seconds=float(arrays["seconds"]),
        )
