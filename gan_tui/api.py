"""The public functions: read a run, diagnose it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gan_tui.config.settings import Settings
from gan_tui.diagnosis.result import Diagnosis
from gan_tui.diagnosis.run_diagnoser import RunDiagnoser
from gan_tui.errors import LogNotFoundError, UsageError
from gan_tui.logs.formats.registry import by_name
from gan_tui.monitoring.batch_reading import read_logs
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.roles.inference import ROLES
from gan_tui.run.run import Run


def load(path: str | Path, *, format: str | None = None, roles: Mapping[str, str] | None = None) -> Run:  # noqa: A002
    """Read one run to its end.

    Args:
        path: A log, or the folder of one run.
        format: Name of the log's format (see `gan-tui --help`), if it is not detected from the content.
        roles: Series name to role ("d_loss", "g_loss", ...), for names that mislead.

    Returns:
        The run: `run.series[name].view()` gives `steps` (int64, shape (n,)), `values` (float64,
        shape (n,)) and `wall_times` (seconds since the Unix epoch, shape (n,), or None);
        `run.assignments()` gives the role of each series, `run.faults` what could not be
        read, and `run.measured()` the measures of its sample images.

    Raises:
        LogNotFoundError: The path does not exist, or contains no log.
        LogUnreadableError: A log cannot be read.
        UsageError: `path` contains several runs, or `format` is unknown.
    """
    if format is not None:
        by_name(format)
    trackers = read_logs([path], Settings(format=format, roles=dict(roles or {}))).trackers
    runs = [tracker.run for tracker in trackers]
    if not runs:
        raise LogNotFoundError(f"no log found in {path}", "Give a log file, or a folder that contains one")
    if len(runs) > 1:
        names = ", ".join(r.name for r in runs[:5])
        raise UsageError(f"{path} contains {len(runs)} runs ({names} ...)", "Give one of them")
    return runs[0]


def diagnose(run: Run | None = None, /, *, steps: ArrayLike | None = None, **curves: ArrayLike) -> Diagnosis:
    """Diagnose a run, or plain arrays.

    Args:
        run: A run returned by `load`.
        steps: Without a run: the steps, ascending, shape (n,); 0, 1, 2, ... by default.
        curves: Without a run: role to values, each of shape (n,): `d_loss`, `g_loss`, and if logged `d_real`,
            `d_fake`, `gradient_penalty`, ... (see `gan_tui.run.roles.inference.ROLES`). In curves other than
            the losses NaN means that the value was not logged at this step.

    Returns:
        The badge with its findings, the step since which it has held, and the timeline.

    Raises:
        UsageError: Neither a run nor a loss is given, a role is unknown, or lengths differ.
    """
    if run is not None:
        return RunDiagnoser().update(run.pairs())[0]
    if not curves:
        raise UsageError("nothing to diagnose", "Give a run, or arrays such as d_loss=..., g_loss=...")
    pair: dict[str, Curve] = {}
    for role, array in curves.items():
        if role not in ROLES:
            raise UsageError(f"unknown role {role!r}", "Roles: " + ", ".join(ROLES))
        values = np.asarray(array, dtype=np.float64)
        at = np.arange(len(values)) if steps is None else np.asarray(steps)
        if values.ndim != 1 or at.shape != values.shape:
            raise UsageError(
                f"{role} has shape {values.shape}, the steps {at.shape}", "Give arrays of one length"
            )
        pair[role] = Curve(role, at.astype(np.int64), values)
    return RunDiagnoser().update([PlayerPair(pair, None, tuple(curves))])[0]
