"""A run and its judges: turns the growing store of one run into the frozen state that is shown."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.config.settings import Settings
from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.run_diagnoser import RunDiagnoser, update_all
from gan_tui.logs.model import Batch, Fault
from gan_tui.monitoring.snapshot import RunState, SeriesState, Status
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.objective import Objective, stated
from gan_tui.run.pair import PlayerPair
from gan_tui.run.run import Run
from gan_tui.run.series_view import SeriesView
from gan_tui.samples.files import SampleImage

UNITS = ("step", "epoch", "kimg", "row")
"""Axes whose name is a unit; steps told from several columns are just steps."""
RATE_POINTS = 50
"""Steps a second are read off this many last points: enough to be steady, few enough to be now."""
RATE_SECONDS = 60.0
"""Without a clock in the log the rate is taken over arrivals in this many last seconds."""

SAMPLES_NOTE = "{} sample pictures lie beside the log; pip install 'gan-tui[samples]' has them judged too"


class RunTracker:
    """Owns one run's store and judges it. Belongs to one thread.

    Args:
        run: The store.
        settings: What a person has chosen for it.
        now: The clock for arrivals, seconds; monotonic.
    """

    def __init__(
        self, run: Run, settings: Settings | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.run = run
        self._settings = settings or Settings()
        self.status = Status.WAITING
        self.progress = 1.0
        self.note = ""
        self.passed_over: tuple[Fault, ...] = ()
        """What lies beside the logs and is never opened, or leads astray."""
        self.changed_at: float | None = None
        self._now = now
        self._judge = self._new_judge()
        self._known: _Known | None = None
        self._arrivals: deque[tuple[float, int]] = deque()

    def forget(self, log: str) -> None:
        """A log was written anew: forget what it gave."""
        self.run.forget(log)
        self._judge = self._new_judge()
        self._arrivals.clear()

    def correct(self, name: str, role: str) -> None:
        """Take a person's word for the role of a series, "" for what its name tells."""
        self.run.override(name, role)
        self._judge = self._new_judge()

    def _new_judge(self) -> RunDiagnoser:
        kind = self._settings.objective
        if kind is None:
            return RunDiagnoser()
        return RunDiagnoser(stated(ObjectiveKind(kind), LossScale(self._settings.scale or LossScale.UNKNOWN)))

    def look_at_samples(self, images: Sequence[SampleImage]) -> None:
        """Decode and measure sample images in this thread, if nothing waits for the curves."""
        if not images:
            return
        from gan_tui.samples.decoding import PillowMissingError  # noqa: PLC0415 - most runs log no pictures
        from gan_tui.samples.measuring import SampleMeasurer  # noqa: PLC0415

        measurer = SampleMeasurer()
        measurer.add(images)
        try:
            measurer.measure_pending()
        except PillowMissingError:
            self.note = SAMPLES_NOTE.format(len(images))
            return
        self.run.measure(measurer.columns())
        self.run.add(Batch((), tuple(measurer.faults)))

    def state(self) -> RunState:
        """The run as it stands now, diagnosed."""
        return states([self])[0]

    @property
    def behind(self) -> bool:
        """Whether the judgement has not come to the newest points yet."""
        return self._judge.behind

    @property
    def asks(self) -> tuple[RunDiagnoser, Sequence[PlayerPair]]:
        """Who judges the run, and what there is to judge."""
        return self._judge, self.run.pairs()

    def take_back(self, sent: RunDiagnoser, judged: RunDiagnoser) -> bool:
        """Take a judge back that was sent away; says whether no other one took its place meanwhile."""
        if self._judge is not sent:
            return False
        self._judge = judged
        return True

    def known(self) -> tuple[Diagnosis, Objective] | None:
        """What the run was diagnosed, where what came since leaves it so; None where it has to be judged.

        Most of the time a run that is watched has merely a few more points, and no checkpoint is due.
        """
        known, run = self._known, self.run
        if known is None or known.judge is not self._judge or known.altered != run.altered:
            return None
        return known.verdict if run.grown < known.upto else None

    def judged(self, verdict: tuple[Diagnosis, Objective]) -> None:
        """Take note of what the run is diagnosed."""
        room = 0 if self.behind else self._judge.room
        # No series counts twice in a pair, so that so many points hold no more points of losses.
        self._known = _Known(self._judge, verdict, self.run.altered, self.run.grown + room)

    def stands(self, diagnosis: Diagnosis, objective: Objective) -> RunState:
        """The run as it stands now, with what it was diagnosed."""
        run = self.run
        if self.behind and self.status is Status.LIVE:
            self.status = Status.READING
        series = self._series()
        main = _main(series)
        last_step = None if main is None else int(main.steps[-1])
        axis = "step" if main is None else run.axis_of(main.name) or "step"
        if last_step is not None:
            self._arrive(last_step)
        return RunState(
            name=run.name,
            path=run.path,
            series=series,
            empty=tuple(name for name, held in run.series.items() if not len(held)),
            axis=axis if axis in UNITS else "step",
            axis_from=axis,
            objective=objective,
            diagnosis=diagnosis,
            faults=self._faults(),
            status=self.status,
            progress=self.progress,
            note=self.note,
            last_step=last_step,
            steps_per_second=None if main is None else self._rate(main),
            last_point_at=None if main is None else self._last_point_at(main),
        )

    def _series(self) -> tuple[SeriesState, ...]:
        roles, some = self.run.assignments(), bool(self._settings.ignore)
        logged = [
            SeriesState(
                series.view(),
                roles[name].role,
                roles[name].pair,
                role_source="user" if name in self.run.overrides else "inferred",
            )
            for name, series in self.run.series.items()
            if len(series) and not (some and self._settings.ignores(name))
        ]
        derived = [SeriesState(view, d.role, d.pair, derived=True) for d, view in self.run.derived()]
        measured = [SeriesState(view, role, derived=True) for role, view in self.run.measured()]
        return (*logged, *derived, *measured)

    def _faults(self) -> tuple[Fault, ...]:
        beyond = self.run.faults_beyond
        if not beyond:
            return (*self.passed_over, *self.run.faults)
        file = self.run.faults[-1].file
        return (*self.passed_over, *self.run.faults, Fault(0, 0, f"and {beyond:,} more faults", file))

    def _arrive(self, step: int) -> None:
        now = self._now()
        if not self._arrivals or self._arrivals[-1][1] != step:
            self._arrivals.append((now, step))
        while len(self._arrivals) > 2 and now - self._arrivals[0][0] > RATE_SECONDS:
            self._arrivals.popleft()

    def _rate(self, main: SeriesView) -> float | None:
        """Steps a second, from the log's clock or from arrivals; None where neither tells."""
        if main.wall_times is not None:
            begin = max(main.segments[-1], len(main) - RATE_POINTS)
            seconds = float(main.wall_times[-1] - main.wall_times[begin])
            steps = int(main.steps[-1] - main.steps[begin])
        elif self.status is Status.LIVE and len(self._arrivals) > 2:
            # What was there when the log was opened arrived at once and says nothing of its pace.
            seconds = self._arrivals[-1][0] - self._arrivals[1][0]
            steps = self._arrivals[-1][1] - self._arrivals[1][1]
        else:
            return None
        return steps / seconds if seconds > 0 and steps > 0 and np.isfinite(seconds) else None

    def _last_point_at(self, main: SeriesView) -> float | None:
        if main.wall_times is not None and np.isfinite(main.wall_times[-1]):
            return float(main.wall_times[-1])
        return self.changed_at


def states(observers: Sequence[RunTracker], most: int | None = None) -> list[RunState]:
    """Runs as they stand now: judging many together takes less time than one by one.

    Args:
        observers: Who owns the runs.
        most: So many checkpoints of each are judged at most; all of them where it is None.
    """
    verdicts = [observer.known() for observer in observers]
    asking = [observer for observer, verdict in zip(observers, verdicts, strict=True) if verdict is None]
    judged = iter(update_all([observer.asks for observer in asking], most) if asking else ())
    found = []
    for observer, known in zip(observers, verdicts, strict=True):
        verdict = known or next(judged)
        if known is None:
            observer.judged(verdict)
        found.append(observer.stands(*verdict))
    return found


class _Known(Struct, frozen=True):
    """What a run was diagnosed, and for how long that holds."""

    judge: RunDiagnoser
    verdict: tuple[Diagnosis, Objective]
    altered: int
    """As it was counted by the run."""
    upto: int
    """Points of the run from which on a checkpoint may be due."""


def _main(series: tuple[SeriesState, ...]) -> SeriesView | None:
    """The series that stands for the run's progress: the one reaching furthest among the losses."""
    losses = [s.view for s in series if s.role in ("d_loss", "g_loss", "d_loss_real", "d_loss_fake")]
    views = losses or [s.view for s in series]
    return max(views, key=lambda v: int(v.steps[-1]), default=None)
