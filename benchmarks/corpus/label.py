"""The truth of a run, read from its samples and never from a badge.

    python -m benchmarks.corpus.label FOLDER [--verbose]

States are `diverged`, `collapse`, `oscillating` and `converging`; None where the samples do not decide. Each
checkpoint gets the state of the last `WINDOW` checkpoints. Prints how many runs end in each state, by recipe
and by data set. Needs numpy alone.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.corpus.runs import Run, load

Floats = NDArray[np.float64]

WINDOW = 8
"""Checkpoints that a state is read from."""
FEWEST = 5
"""Checkpoints below which a run is too young for a state."""
NOTHING_NEAR = 0.25
"""Share of samples near real ones below which G makes nothing like the data."""
FEW_CLASSES = {"points": 0.6, "images": 0.4}
"""Share of the classes up to which a generator has collapsed."""
SAMPLES = 1000
"""Samples that are measured at a checkpoint."""
PROBABILISTIC = frozenset({"ns", "minimax", "ns-r1"})


class Label(Struct, frozen=True):
    """What is true of a run."""

    final: str | None
    """The state at the end."""
    also: list[str]
    """Further states that are right too."""
    ruled_out: list[str]
    """States that the samples contradict."""
    onset: int | None
    """The step from which `final` holds."""
    states: list[tuple[int, str | None]]
    """The state at each checkpoint, with its step."""


class Winner(Struct, frozen=True):
    """Whether one player has won for good, read from the end of the curves."""

    out_of_bounds: bool
    """A loss is far beyond any that a game has."""
    separated: bool
    """D tells all real samples from generated ones."""
    nothing_left: bool
    """D's loss is at its lowest."""

    @property
    def any(self) -> bool:
        """Whether any of these holds."""
        return self.out_of_bounds or self.separated or self.nothing_left


def winner(run: Run, upto: int) -> Winner:
    """Return who has won after `upto` steps, from the last tenth of them."""
    tail = slice(max(0, upto - max(20, upto // 10)), upto)
    d, g = np.abs(run.column("d_loss")[tail]), np.abs(run.column("g_loss")[tail])
    objective = run.settings.objective
    probabilistic, critic = objective in PROBABILISTIC, objective.startswith("wgan")
    gap = np.nanmean(run.column("real_score")[tail]) - np.nanmean(run.column("fake_score")[tail])
    return Winner(
        bool(np.nanmax(d if critic else np.maximum(d, g)) > 30 or (probabilistic and np.nanmedian(d) > 3)),
        bool(probabilistic and gap > 0.85),
        bool(not probabilistic and not critic and np.nanmean(d) < 0.02),
    )


class Window:
    """The checkpoints that one state is read from, in figures."""

    def __init__(self, run: Run, upto: int) -> None:
        """Take the last checkpoints of the first `upto`."""
        part = slice(max(0, upto - WINDOW), upto)
        self.count = part.stop - part.start
        self._measures = {name: values[part] for name, values in run.measures.items()}
        self.kinds = self._measures["classes"].shape[1]
        steps = int(run.checkpoints[upto - 1])
        losses = run.rows[max(0, steps - 20) : steps, :2]
        self.finite = bool(self._measures["finite"][-1] > 0 and np.isfinite(losses).all())
        near, classes = self._measures["near"], self._measures["classes"]
        shares = classes / np.maximum(classes.sum(axis=1, keepdims=True), 1e-9)
        hops = 0.5 * np.abs(np.diff(shares, axis=0)).sum(axis=1)
        self.hops = hops[(near[1:] > 0.1) & (near[:-1] > 0.1)]
        self.all_hops = hops[(classes[1:].sum(axis=1) > 0) & (classes[:-1].sum(axis=1) > 0)]
        middle = self._measures["middle"]
        middle = middle[np.isfinite(middle).all(axis=1)]
        moves = np.linalg.norm(np.diff(middle, axis=0), axis=1)
        self.had_variety = bool(run.measures["spread"][:upto].max() > 0.5)
        """Whether the samples have ever differed."""
        self.movement = float(moves.mean()) if len(middle) >= FEWEST else 0.0
        """How far the centre of the samples moves from one checkpoint to the next, on average."""

    def late(self, name: str, count: int = 5) -> float:
        """Return the mean of a measure over the last checkpoints."""
        return float(self._measures[name][-count:].mean())

    def early(self, name: str, count: int = 3) -> float:
        """Return the mean of a measure over the first checkpoints."""
        return float(self._measures[name][:count].mean())

    def deviation(self, name: str) -> float:
        """Return the standard deviation of a measure."""
        return float(self._measures[name].std())

    @property
    def modes(self) -> float:
        """Share of the classes that the samples have covered lately."""
        return self.late("modes") / self.kinds

    @property
    def hopping(self) -> float:
        """Mean change of the shares of the classes, 0 to 1; 0 where it can hardly be told."""
        return float(self.hops.mean()) if len(self.hops) >= 3 else 0.0

    @property
    def hopping_as_of_ten(self) -> float:
        """The same without what many classes add: the more there are, the more a sample of them varies."""
        noise = 0.32 * (self.kinds - 10) / (SAMPLES * max(self.late("near"), 0.1))
        return math.sqrt(max(self.hopping**2 - noise, 0.0))

    @property
    def one_picture(self) -> bool:
        """Whether G has lost all variety that it had."""
        return self.had_variety and self.late("spread") < 0.15 and self.late("duplicates") > 0.8

    @property
    def tight(self) -> bool:
        """Whether the samples of an image run have lost their variety.

        Duplicates alone do not count: samples of an MLP are smooth, and some are alike pixel by pixel.
        """
        spread = self.late("spread")
        alike = self.late("duplicates") > 0.6 and spread < 0.6
        return spread < 0.45 or self.modes <= FEW_CLASSES["images"] or alike


def points_state(window: Window, won: Winner) -> str | None:
    """Return the state of mixtures and digits."""
    spread = window.late("spread")
    if window.movement > 0.35 and spread < 3:
        return "oscillating"  # the whole cloud of samples keeps travelling
    if window.late("near") < NOTHING_NEAR:
        if window.late("spread", 3) > 3 or won.any:
            return "diverged"
        blob = spread < 0.35 or (window.modes <= 0.3 and spread < 0.5)
        return "collapse" if blob else None  # nothing learned yet
    if window.modes <= FEW_CLASSES["points"]:
        return "oscillating" if window.hopping > 0.5 else "collapse"
    if window.hopping > 0.35 or window.deviation("near") > 0.18:
        return "oscillating"
    at_rest = len(window.hops) == 0 or window.hops.mean() < 0.25
    return "converging" if window.late("near") >= 0.6 and window.modes >= 0.8 and at_rest else None


def images_state(window: Window, won: Winner) -> str | None:
    """Return the state of images: converging asks for variety and rest, not for quality."""
    near, frechet = window.late("near"), window.late("frechet")
    if window.tight and won.any and near < NOTHING_NEAR:
        return "diverged"
    hopping = window.hopping_as_of_ten
    if window.movement > 0.45 or hopping > 0.45:
        return "oscillating"
    if near < NOTHING_NEAR and frechet > 0.9:
        if won.any:
            return "diverged"
        return "collapse" if window.one_picture else None  # else nothing learned yet
    if window.tight:
        return "collapse"
    if hopping > 0.3 or window.deviation("frechet") > 0.35 * max(frechet, 0.05) + 0.08:
        return "oscillating"
    varied = window.modes >= 0.8 and window.late("spread") >= 0.65
    no_worse = window.late("frechet", 3) <= 1.25 * window.early("frechet") + 0.03
    return "converging" if varied and hopping < 0.2 and near >= 0.35 and no_worse else None


def state_at(run: Run, upto: int) -> str | None:
    """Return the state after the first `upto` checkpoints."""
    window = Window(run, upto)
    if window.count < FEWEST:
        return None
    if not window.finite:
        return "diverged"
    won = winner(run, int(run.checkpoints[upto - 1]))
    return images_state(window, won) if has_images(run) else points_state(window, won)


def has_images(run: Run) -> bool:
    """Return whether a run is judged as one of images; digits of 8 x 8 are judged as points."""
    return run.settings.data in {"fashion", "fashion16", "letters", "emoji"}


def ruled_out(run: Run, window: Window) -> list[str]:
    """Return the states that the samples contradict, whatever the curves look like."""
    spread, near = window.late("spread"), window.late("near")
    if has_images(run):
        if window.late("finite") < 1:
            return ["converging"]
        against = {
            "diverged": near > 0.5 and spread > 0.6,
            "collapse": window.modes >= 0.9 and spread > 0.75 and window.late("duplicates") < 0.05,
            "converging": spread < 0.45
            or window.modes <= FEW_CLASSES["images"]
            or (near < 0.2 and window.late("frechet") > 0.9),
        }
    else:
        against = {
            "diverged": near > 0.6 and window.late("finite") == 1,
            "collapse": window.modes >= 0.9 and spread > 0.8 and near > 0.3,
            "converging": near < NOTHING_NEAR or window.modes <= FEW_CLASSES["points"],
        }
    return [state for state, holds in against.items() if holds]


def also(run: Run, final: str | None, window: Window, won: Winner) -> list[str]:
    """Return further states that are right too.

    A generator that hops from mode to mode is collapsed at every moment and oscillates over time. One that
    has diverged may make one sample only.
    """
    if has_images(run):
        return _also_of_images(final, window, won)
    if final == "oscillating" and window.modes <= FEW_CLASSES["points"]:
        return ["collapse"]
    if final == "collapse":
        hopping = len(window.all_hops) > 0 and window.all_hops.mean() > 0.3
        return ["diverged"] * won.any + ["oscillating"] * bool(hopping)
    small = window.late("finite", 1) > 0 and window.late("spread") < 0.2
    return ["collapse"] if final == "diverged" and small else []


def _also_of_images(final: str | None, window: Window, won: Winner) -> list[str]:
    if window.late("finite", 1) == 0:
        return []
    if final == "oscillating":
        lost = won.any and window.late("near") < NOTHING_NEAR
        return ["collapse"] * window.tight + ["diverged"] * lost
    if final == "collapse":
        lost = won.any or window.late("near") < NOTHING_NEAR
        return ["diverged"] * lost + ["oscillating"] * (window.movement > 0.2)
    return ["collapse"] if final == "diverged" and window.tight else []


def label(run: Run) -> Label:
    """Return what is true of a run."""
    count = len(run.checkpoints)
    with np.errstate(all="ignore"):
        states = [state_at(run, upto) for upto in range(1, count + 1)]
        window, won = Window(run, count), winner(run, len(run.rows))
        final = states[-1]
        more = also(run, final, window, won)
        against = [state for state in ruled_out(run, window) if state not in {*more, final}]
    onset = None
    if final is not None:
        first = count
        while first > 0 and states[first - 1] == final:
            first -= 1
        onset = int(run.checkpoints[first])
    steps = [int(step) for step in run.checkpoints]
    return Label(final, more, against, onset, list(zip(steps, states, strict=True)))


def truth_line(run: Run) -> dict[str, Any]:
    """Return a run's line of truth.jsonl but for how its log is written."""
    settings, truth = run.settings, label(run)
    return {
        "seed": settings.seed,
        "data": settings.data,
        "net": settings.net,
        "loss": settings.objective,
        "halved": settings.halved,
        "recipe": settings.recipe,
        "final": truth.final,
        "also": truth.also,
        "ruled_out": truth.ruled_out,
        "onset": truth.onset,
        "steps": settings.steps,
        "states": truth.states,
    }


def runs_of(folder: Path) -> Iterator[Run]:
    """Read all finished runs of a folder, by seed."""
    for path in sorted(folder.glob("[0-9]*.npz"), key=lambda path: int(path.stem)):
        yield load(path)


def main() -> None:
    """Print the labels of a folder and how many there are of each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="a line a run")
    arguments = parser.parse_args()
    by_recipe, by_data, seconds = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[str]()
    for run in runs_of(arguments.folder):
        line = truth_line(run)
        final = str(line["final"])
        by_recipe[line["recipe"], final] += 1
        by_data[line["data"], final] += 1
        seconds[line["data"]] += round(run.seconds)
        if arguments.verbose:
            shown = ("near", "modes", "spread", "duplicates", "coverage", "frechet")
            measures = " ".join(f"{name} {run.measures[name][-1]:.2f}" for name in shown)
            words = [
                line[key]
                for key in ("seed", "recipe", "data", "net", "loss", "final", "also", "ruled_out", "onset")
            ]
            print(*words, "of", line["steps"], measures, f"{run.seconds:.0f} s")
    print_table(by_recipe)
    print_table(by_data)
    for data, total in sorted(seconds.items()):
        count = sum(number for (name, _), number in by_data.items() if name == data)
        print(f"{data}: {total / count:.0f} s a run")


def print_table(counts: Counter[tuple[str, str]]) -> None:
    """Print numbers of runs: a row for each first key, a column for each state."""
    states = ("converging", "oscillating", "diverged", "collapse", "None")
    print(" " * 10 + "".join(f"{state:>12}" for state in states))
    for name in sorted({name for name, _ in counts}):
        print(f"{name:10}" + "".join(f"{counts[name, state]:12}" for state in states))
    print(
        f"{'all':10}"
        + "".join(f"{sum(n for (_, s), n in counts.items() if s == state):12}" for state in states)
    )


if __name__ == "__main__":
    main()
