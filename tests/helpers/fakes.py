"""Hand-made runs, snapshots and sources for tests of the screen."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from gan_tui.diagnosis.result import Badge, BadgeChange, Diagnosis, Finding
from gan_tui.logs.model import Column, Fault
from gan_tui.monitoring.snapshot import ReplayState, RunState, SeriesState, Snapshot, Status
from gan_tui.monitoring.source import ReplayControl, Source
from gan_tui.run.objective.objective import LossScale, Objective, ObjectiveKind
from gan_tui.run.series import Series
from gan_tui.run.series_view import SeriesView
from gan_tui.samples.store import SampleStore

BEGAN = 1_760_000_000.0
"""Start of every fake run, in Unix seconds."""
BCE = Objective(ObjectiveKind.BCE, LossScale.SUM, 0.93, 1.3863, 0.6931, "the losses begin at 2 ln 2 and ln 2")

SENTENCES = {
    Badge.OSCILLATING: "Since step {0:,} both losses swing with a period of about 640 steps, in "
    "opposition (correlation -0.82), and the swing has not become smaller for 4 periods.",
    Badge.COLLAPSE: "Since step {0:,} two batches of fakes score alike (correlation 0.10, healthy runs are "
    "below -0.45): the samples of a step sit in one place.",
    Badge.DIVERGED: "Since step {0:,} D's loss is below 0.002 and G's above 9: D has won, and G learns "
    "nothing.",
}


def series(
    name: str,
    values: object,
    role: str | None = None,
    *,
    steps: object = None,
    pair: str | None = None,
    clock: bool = True,
) -> SeriesState:
    """Return a series of `values`, by default at steps 0, 10, 20, ..., a tenth of a second per step."""
    numbers = np.asarray(values, np.float64)
    at = np.arange(len(numbers)) * 10 if steps is None else np.asarray(steps)
    walls = BEGAN + np.arange(len(numbers)) * 1.0 if clock else None
    new_series = Series(name)
    new_series.extend(Column(name, at.astype(np.int64), numbers, walls))
    return SeriesState(new_series.view(), role, pair)


def make_view(values: object, steps: object = None, walls: object = None, name: str = "d_loss") -> SeriesView:
    """Return a view of `values`, by default at steps 0, 1, 2, ..."""
    numbers = np.asarray(values, np.float64)
    at = np.arange(len(numbers)) if steps is None else np.asarray(steps)
    new_series = Series(name)
    clock = None if walls is None else np.asarray(walls, np.float64)
    new_series.extend(Column(name, at.astype(np.int64), numbers, clock))
    return new_series.view()


def diagnosis(badge: Badge, since: int, last: int, also: tuple[Badge, ...] = ()) -> Diagnosis:
    """Return a diagnosis with one finding, if there is a sentence for the badge."""
    sentence = SENTENCES.get(badge, "").format(since)
    findings = (Finding("fake", badge, sentence, since, last, 0.9),) if sentence else ()
    timeline = [BadgeChange(0, Badge.WARMING_UP)]
    if badge is not Badge.WARMING_UP:
        timeline.append(BadgeChange(last // 12, Badge.CONVERGING))
    if badge not in {Badge.WARMING_UP, Badge.CONVERGING}:
        timeline.append(BadgeChange(since, badge))
    since_step = timeline[-1].step if badge is not Badge.WARMING_UP else None
    confidence = 0.0 if badge is Badge.WARMING_UP else 0.87
    return Diagnosis(badge, since_step, confidence, also, findings, tuple(timeline))


def run(
    badge: Badge = Badge.CONVERGING,
    *,
    name: str = "dcgan-07",
    points: int = 1_200,
    seed: int = 0,
    faults: tuple[Fault, ...] = (),
    status: Status = Status.LIVE,
    more: Sequence[SeriesState] = (),
) -> RunState:
    """Return a run whose curves match its badge."""
    rng = np.random.default_rng(seed)
    t = np.arange(points)
    late = np.clip((t - points * 0.55) / (points * 0.45), 0, 1)
    noise = rng.normal(size=(4, points))
    d = 1.386 - 0.9 * np.exp(-t / 60) + 0.05 * noise[0]
    g = 0.75 + 1.2 * np.exp(-t / 80) + 0.05 * noise[1]
    if badge is Badge.OSCILLATING:
        d, g = d + 0.3 * late * np.sin(t / 20), g - 0.35 * late * np.sin(t / 20 + 0.4)
    elif badge is Badge.COLLAPSE:
        wander = np.cumsum(0.02 * noise[2]) * (late > 0)
        d, g = d - 0.35 * late + wander * 0.5, g + 0.9 * late - wander
    elif badge is Badge.DIVERGED:
        d, g = d * (1 - 0.998 * late), g + 9 * late**2
    real = np.clip(
        0.5 + 0.3 * np.exp(-t / 90) + 0.3 * late * (badge is Badge.DIVERGED) + 0.03 * noise[2], 0, 1
    )
    fake = np.clip(
        0.5 - 0.4 * np.exp(-t / 90) - 0.4 * late * (badge is Badge.DIVERGED) + 0.03 * noise[3], 0, 1
    )
    last = (points - 1) * 10
    standard_series = (
        series("Loss_D", d, "d_loss"),
        series("Loss_G", g, "g_loss"),
        series("D(x)", real, "d_real"),
        series("D(G(z))", fake, "d_fake"),
    )
    since = int(points * 0.6) * 10
    return RunState(
        name=name,
        path=f"runs/{name}",
        series=(*standard_series, *more),
        axis="step",
        objective=BCE,
        diagnosis=diagnosis(badge, since, last),
        faults=faults,
        status=status,
        last_step=last if points else None,
        steps_per_second=84.2,
        last_point_at=BEGAN + points,
    )


def spiky(points: int = 1_200) -> RunState:
    """Return a run with a spike of 1e30, a range of NaN, infinities and a restart."""
    base = run(Badge.DIVERGED, name="spiky", points=points, seed=4)
    d, g = (np.array(s.view.values) for s in base.series[:2])
    d[points // 3], d[points // 2] = 1e30, np.inf
    g[points * 2 // 3 : points * 2 // 3 + 60] = np.nan
    steps = np.arange(points) * 10
    steps[points * 4 // 5 :] -= points * 2
    losses = (series("Loss_D", d, "d_loss", steps=steps), series("Loss_G", g, "g_loss", steps=steps))
    return replace(base, series=(*losses, *base.series[2:]), last_step=int(steps[-1]))


def many(count: int = 24) -> tuple[RunState, ...]:
    """Return `count` runs that cycle through the badges."""
    badges = [Badge.CONVERGING, Badge.COLLAPSE, Badge.OSCILLATING, Badge.DIVERGED, Badge.WARMING_UP]
    return tuple(
        run(badges[i % 5], name=f"ring-{i:02}", points=60 if i % 5 == 4 else 400 + 37 * i, seed=i)
        for i in range(count)
    )


FAULTS = (
    Fault(1_048_576, 4_096, "checksum of the record does not match", "runs/dcgan-07/events.out.tfevents.1"),
    Fault(2_097_152, 0, "a row of 5 cells among rows of 6", "runs/dcgan-07/metrics.csv"),
)


def snapshot(*runs: RunState, replay: ReplayState | None = None, waiting_for: str = "runs/") -> Snapshot:
    """Return a snapshot taken half a minute after the last point."""
    newest = max((r.last_point_at or BEGAN for r in runs), default=BEGAN)
    return Snapshot(runs, waiting_for, newest + 32.0, replay)


class FakeSource(Source):
    """Returns the snapshots that a test pushes; records corrections and replay controls in `commands`."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self._pending = list(snapshots)
        self._woken = threading.Event()
        self.commands: list[object] = []
        self.sample_store = SampleStore()
        self.closed = False
        self.turns = 0

    def push(self, taken: Snapshot) -> None:
        """Queue a snapshot."""
        self._pending.append(taken)
        self._woken.set()

    def turn(self) -> Snapshot | None:
        """Return the next snapshot, if any."""
        self.turns += 1
        return self._pending.pop(0) if self._pending else None

    def wait(self, timeout: float) -> bool:
        """Wait until a snapshot is pushed."""
        woken = self._woken.wait(timeout)
        self._woken.clear()
        return woken

    def close(self) -> None:
        """Wake up `wait`."""
        self.closed = True
        self._woken.set()

    def correct(self, run: str, name: str, role: str) -> None:
        self.commands.append(("correct", run, name, role))

    def control(self, command: ReplayControl) -> None:
        self.commands.append(command)

    @property
    def samples(self) -> SampleStore:
        return self.sample_store
