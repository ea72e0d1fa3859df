"""A run with its diagnosis: turns the growing points of one run into the frozen state that is shown."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from gan_tui.config.settings import Settings, settings_of_run
from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.run_diagnoser import RunDiagnoser, update_all
from gan_tui.errors import UsageError
from gan_tui.logs.discovery.sources import RunSource
from gan_tui.logs.model import Batch, Column, Fault
from gan_tui.monitoring.run_reader import BatchListener, ReadProgress
from gan_tui.monitoring.snapshot import RunState, SeriesState, Status
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.objective import Objective, stated
from gan_tui.run.pair import PlayerPair
from gan_tui.run.run import Run
from gan_tui.run.series_view import SeriesView

if TYPE_CHECKING:
    from gan_tui.samples.files import SampleImage

UNITS = ("step", "epoch", "kimg", "row")
"""Axes whose name is a unit; steps computed from several columns are shown as steps."""
RATE_POINTS = 50
"""Steps per second are computed from this many last points."""
RATE_SECONDS = 60.0
"""If the log has no clock, steps per second are computed from what arrived within this time."""

SAMPLES_NOTE = (
    "{} sample images were found next to the log; pip install 'gan-tui[samples]' to have them diagnosed too"
)


class RunTracker(BatchListener):
    """Owns the points of one run and diagnoses it. Belongs to one thread.

    Args:
        run: The points.
        settings: The settings for this run.
        now: Clock for arrivals, monotonic seconds.
    """

    def __init__(
        self, run: Run, settings: Settings | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.run = run
        self.progress = ReadProgress()
        self.state: RunState | None = None
        """The state after the last diagnosis; None before the first."""
        self.in_worker = False
        """Whether the worker process is diagnosing the run."""
        self.outdated = False
        """Whether the run changed while the worker process was diagnosing it."""
        self._settings = settings or Settings()
        self._now = now
        self._samples_note = ""
        self._diagnoser = self._new_diagnoser()
        self._cache: _CachedResult | None = None
        self._arrivals: deque[tuple[float, int]] = deque()

    # -- what is read ------------------------------------------------------------------------------

    def on_batch(self, log: str, batch: Batch, axis: str, growth: float = 0.0) -> None:
        """Add new points and faults of a log."""
        self.run.add(batch, log, growth)
        self.run.set_axis(log, axis)

    def on_rewritten(self, log: str) -> None:
        """Forget everything that was read of a log."""
        self.run.forget(log)
        self._diagnoser = self._new_diagnoser()
        self._arrivals.clear()

    def on_measured(self, columns: Sequence[Column], faults: Sequence[Fault]) -> None:
        """Replace the series measured from sample images, and add new faults of images."""
        self.run.measure(columns)
        self.run.add(Batch((), tuple(faults)))

    def measure_samples(self, images: Sequence[SampleImage]) -> None:
        """Decode and measure sample images now, for callers that do not show curves meanwhile."""
        if not images:
            return
        from gan_tui.samples.decoding import PillowMissingError  # noqa: PLC0415 - most runs log no images
        from gan_tui.samples.measuring import SampleMeasurer  # noqa: PLC0415

        measurer = SampleMeasurer()
        measurer.add(images)
        try:
            measurer.measure_pending()
        except PillowMissingError:
            self._samples_note = SAMPLES_NOTE.format(len(images))
            return
        self.on_measured(measurer.columns(), measurer.faults)

    def correct(self, name: str, role: str) -> None:
        """Set the role of a series; "" for the role inferred from its name."""
        self.run.override(name, role)
        self._diagnoser = self._new_diagnoser()

    # -- diagnosis ---------------------------------------------------------------------------------

    def _new_diagnoser(self) -> RunDiagnoser:
        kind = self._settings.objective
        if kind is None:
            return RunDiagnoser()
        return RunDiagnoser(stated(ObjectiveKind(kind), LossScale(self._settings.scale or LossScale.UNKNOWN)))

    def update(self) -> RunState:
        """Diagnose the run and return its state."""
        return update_trackers([self])[0]

    @property
    def behind(self) -> bool:
        """Whether the diagnosis has not reached the newest points yet."""
        return self._diagnoser.has_pending

    @property
    def needs_diagnosis(self) -> bool:
        """Whether the run has to be diagnosed even if nothing new was read."""
        return self.state is None or self.outdated or self.behind

    @property
    def request(self) -> tuple[RunDiagnoser, Sequence[PlayerPair]]:
        """The diagnoser of the run, and the player pairs to diagnose."""
        return self._diagnoser, self.run.pairs()

    def accept(self, sent: RunDiagnoser, returned: RunDiagnoser) -> bool:
        """Take the diagnoser back that the worker process updated; return False if it was replaced meanwhile.

        Args:
            sent: The diagnoser that was sent.
            returned: Its updated copy.
        """
        if self._diagnoser is not sent:
            return False
        self._diagnoser = returned
        return True

    def cached_result(self) -> tuple[Diagnosis, Objective] | None:
        """Return the last result if it still holds, None if a checkpoint is due.

        Most updates of a run only add a few points, without a checkpoint.
        """
        cache, run = self._cache, self.run
        if cache is None or cache.diagnoser is not self._diagnoser or cache.altered != run.changes:
            return None
        return cache.result if run.points_added < cache.valid_until else None

    def cache_result(self, result: tuple[Diagnosis, Objective]) -> None:
        """Keep a result for `cached_result`."""
        # No series counts twice in a pair, so this many points contain no more loss points.
        margin = 0 if self.behind else self._diagnoser.points_to_checkpoint
        self._cache = _CachedResult(self._diagnoser, result, self.run.changes, self.run.points_added + margin)

    # -- state -------------------------------------------------------------------------------------

    def set_state(self, diagnosis: Diagnosis, objective: Objective) -> RunState:
        """Build the state of the run with this diagnosis."""
        run = self.run
        series = self._series()
        main = _main_series(series)
        last_step = None if main is None else int(main.steps[-1])
        axis = "step" if main is None else run.axis_of(main.name) or "step"
        if last_step is not None:
            self._record_arrival(last_step)
        self.state = RunState(
            name=run.name,
            path=run.path,
            series=series,
            empty=tuple(name for name, values in run.series.items() if not len(values)),
            axis=axis if axis in UNITS else "step",
            axis_from=axis,
            objective=objective,
            diagnosis=diagnosis,
            faults=self._faults(),
            status=self._status(),
            progress=self.progress.share,
            note=self._samples_note or self.progress.note,
            last_step=last_step,
            steps_per_second=None if main is None else self._steps_per_second(main),
            last_point_at=None if main is None else self._last_point_at(main),
        )
        return self.state

    def _status(self) -> Status:
        status = self.progress.status
        if status is not Status.LIVE:
            return status
        if self.behind:
            return Status.READING
        return Status.LIVE if any(map(len, self.run.series.values())) else Status.WAITING

    def _series(self) -> tuple[SeriesState, ...]:
        roles, has_ignored = self.run.assignments(), bool(self._settings.ignore)
        logged = [
            SeriesState(
                series.view(),
                roles[name].role,
                roles[name].pair,
                role_source="user" if name in self.run.overrides else "inferred",
            )
            for name, series in self.run.series.items()
            if len(series) and not (has_ignored and self._settings.ignores(name))
        ]
        derived = [SeriesState(view, d.role, d.pair, derived=True) for d, view in self.run.derived()]
        measured = [SeriesState(view, role, derived=True) for role, view in self.run.measured()]
        return (*logged, *derived, *measured)

    def _faults(self) -> tuple[Fault, ...]:
        skipped, faults, beyond = self.progress.skipped, self.run.faults, self.run.more_faults
        if not beyond:
            return (*skipped, *faults)
        return (*skipped, *faults, Fault(0, 0, f"and {beyond:,} more faults", faults[-1].file))

    def _record_arrival(self, step: int) -> None:
        now = self._now()
        if not self._arrivals or self._arrivals[-1][1] != step:
            self._arrivals.append((now, step))
        while len(self._arrivals) > 2 and now - self._arrivals[0][0] > RATE_SECONDS:
            self._arrivals.popleft()

    def _steps_per_second(self, main: SeriesView) -> float | None:
        """Return steps per second by the log's clock, or by arrivals; None if neither is known."""
        if main.wall_times is not None:
            begin = max(main.segments[-1], len(main) - RATE_POINTS)
            seconds = float(main.wall_times[-1] - main.wall_times[begin])
            steps = int(main.steps[-1] - main.steps[begin])
        elif self._status() is Status.LIVE and len(self._arrivals) > 2:
            # The points that existed when the log was opened arrived at once: skip that arrival.
            seconds = self._arrivals[-1][0] - self._arrivals[1][0]
            steps = self._arrivals[-1][1] - self._arrivals[1][1]
        else:
            return None
        return steps / seconds if seconds > 0 and steps > 0 and np.isfinite(seconds) else None

    def _last_point_at(self, main: SeriesView) -> float | None:
        if main.wall_times is not None and np.isfinite(main.wall_times[-1]):
            return float(main.wall_times[-1])
        return self.progress.changed_at


def update_trackers(trackers: Sequence[RunTracker], limit: int | None = None) -> list[RunState]:
    """Diagnose runs and return their states; many together take less time than one by one.

    Args:
        trackers: The runs.
        limit: The most checkpoints diagnosed of each run; no limit if None.
    """
    cached = [tracker.cached_result() for tracker in trackers]
    requests = [t.request for t, result in zip(trackers, cached, strict=True) if result is None]
    new = iter(update_all(requests, limit) if requests else ())
    states = []
    for tracker, kept in zip(trackers, cached, strict=True):
        result = kept or next(new)
        if kept is None:
            tracker.cache_result(result)
        states.append(tracker.set_state(*result))
    return states


def tracker_for(
    source: RunSource,
    settings: Settings,
    *,
    strict: bool = True,
    overrides: Mapping[str, str] | None = None,
) -> RunTracker:
    """Return a tracker for a run with the settings that hold for it.

    Args:
        source: The run as it was found.
        settings: The settings for all runs.
        strict: Raise an error for an invalid settings file next to the run; otherwise the run's note has it.
        overrides: Roles set by the user, by series name, in place of those in the settings.

    Raises:
        UsageError: A settings file next to the run cannot be understood.
    """
    own, note = settings, ""
    try:
        own = settings_of_run(settings, source.path, [log.path for log in source.logs])
    except UsageError as error:
        if strict:
            raise
        note = f"{error}: not used"
    tracker = RunTracker(Run(source.name, source.path, own.roles if overrides is None else overrides), own)
    tracker.progress = ReadProgress(note=note)
    return tracker


class _CachedResult(Struct, frozen=True):
    """The result of the last diagnosis, and how long it holds."""

    diagnoser: RunDiagnoser
    result: tuple[Diagnosis, Objective]
    altered: int
    """`Run.changes` at that time."""
    valid_until: int
    """Points of the run from which a checkpoint may be due."""


def _main_series(series: tuple[SeriesState, ...]) -> SeriesView | None:
    """Return the series that tells the run's progress: the longest reaching loss, or any series."""
    losses = [s.view for s in series if s.role in ("d_loss", "g_loss", "d_loss_real", "d_loss_fake")]
    views = losses or [s.view for s in series]
    return max(views, key=lambda v: int(v.steps[-1]), default=None)
