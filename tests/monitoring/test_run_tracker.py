"""A run that is diagnosed only when a checkpoint is due has the same states as one diagnosed always."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.logs.model import Batch, Column
from gan_tui.monitoring.run_tracker import RunTracker
from gan_tui.run.run import Run

NAMES = st.sampled_from(
    [
        ("d_loss", "g_loss"),
        ("d_loss", "g_loss", "lr"),
        ("d_loss_real", "d_loss_fake", "g_loss"),
        ("A/d_loss", "A/g_loss", "B/d_loss", "B/g_loss"),
        ("g_loss",),
        ("val/accuracy",),
    ]
)
PIECES = st.lists(st.tuples(st.integers(1, 40), st.integers(-30, 5)), min_size=1, max_size=25)
"""How many steps come at once, and how many steps on from the last they begin: back where it restarts."""


class WithoutCache(RunTracker):
    """Diagnoses with every update."""

    def cached_result(self) -> None:
        """Nothing is cached."""


@given(NAMES, PIECES, st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=12, deadline=None)
def test_a_run_diagnosed_when_due_has_the_same_states(
    names: tuple[str, ...], pieces: list[tuple[int, int]], seed: int, apart: bool
) -> None:
    rng = np.random.default_rng(seed)
    trackers = [kind(Run("run", "run")) for kind in (RunTracker, WithoutCache)]
    at = 0
    for number, (count, on) in enumerate(pieces):
        # Mostly a run goes on; one piece in five may go back.
        at = max(0, at + (on if number % 5 == 4 else max(on, 0)))
        steps = np.arange(at, at + count)
        at += count
        columns = [Column(name, steps, 0.7 + rng.standard_normal(count) * 0.3) for name in names]
        # The players' losses need not come at once.
        for batch in [[c] for c in columns] if apart else [columns]:
            for tracker in trackers:
                tracker.run.add(Batch(tuple(batch)))
            due, always = (tracker.update() for tracker in trackers)
            assert (due.diagnosis, due.objective) == (always.diagnosis, always.objective)


def test_between_two_checkpoints_nothing_is_diagnosed() -> None:
    class Counting(RunTracker):
        diagnoses = 0

        @property
        def request(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
            """Used once for each diagnosis."""
            self.diagnoses += 1
            return super().request

    tracker = Counting(Run("run", "run"))
    rng = np.random.default_rng(0)
    for step in range(1_000):
        value = 0.7 + rng.standard_normal(1) * 0.1
        at = np.array([step])
        tracker.run.add(Batch((Column("d_loss", at, value), Column("g_loss", at, value))))
        tracker.update()
    # 1,000 points of a loss have some hundred checkpoints.
    assert tracker.diagnoses < 400


def test_a_corrected_role_is_diagnosed_at_once() -> None:
    tracker = RunTracker(Run("run", "run"))
    rng = np.random.default_rng(0)
    steps = np.arange(200)
    columns = [Column(n, steps, 0.7 + 0.1 * rng.standard_normal(200)) for n in ("one", "other")]
    tracker.run.add(Batch(tuple(columns)))
    assert not tracker.update().diagnosis.timeline
    tracker.correct("one", "d_loss")
    tracker.correct("other", "g_loss")
    assert tracker.update().diagnosis.timeline
