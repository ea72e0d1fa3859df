"""The public functions: read a run, judge it."""

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
        format: Name of the log's format (see `gan-tui --help`), where telling it from the content
            fails.
        roles: Series name to role ("d_loss", "g_loss", ...), where the names mislead.

    Returns:
        The run: `run.series[name].view()` gives `steps` (int64, shape (n,)), `values` (float64,
        shape (n,)) and `wall_times` (seconds since the Unix epoch, shape (n,), or None);
        `run.assignments()` says which series is whose; `run.faults` what could not be read.

    Raises:
        LogNotFoundError: Nothing is there, or no log in it.
        LogUnreadableError: A log is there but cannot be read.
        UsageError: `path` holds several runs, or no format is called `format`.
    """
    if format is not None:
        by_name(format)
    trackers = read_logs([path], Settings(format=format, roles=dict(roles or {}))).trackers
    runs = [tracker.run for tracker in trackers]
    if not runs:
        raise LogNotFoundError(f"no log found in {path}", "Name a log file, or a folder that holds one")
    if len(runs) > 1:
        names = ", ".join(r.name for r in runs[:5])
        raise UsageError(f"{path} holds {len(runs)} runs ({names} ...)", "Name one of them")
    return runs[0]


def diagnose(run: Run | None = None, /, *, steps: ArrayLike | None = None, **curves: ArrayLike) -> Diagnosis:
    """Judge a run, or plain arrays.

    Args:
        run: A run as `load` gives it.
        steps: Without a run: the steps, ascending, shape (n,); 0, 1, 2, ... where left out.
        curves: Without a run: role to values, each of shape (n,): `d_loss`, `g_loss`, and where
            logged `d_real`, `d_fake`, `gradient_penalty`, ... (see `gan_tui.run.roles.inference.ROLES`). Not
            a number stands for "not logged at this step" nowhere but in such extra curves.

    Returns:
        The badge with its reasons, since which step it holds, and the timeline.

    Raises:
        UsageError: Neither a run nor a loss is given, a role is unknown, or lengths differ.
    """
    if run is not None:
        return RunDiagnoser().update(run.pairs())[0]
    if not curves:
        raise UsageError("nothing to diagnose", "Give a run, or arrays such as d_loss=..., g_loss=...")
    pair: dict[str, Curve] = {}
    for role, given in curves.items():
        if role not in ROLES:
            raise UsageError(f"unknown role {role!r}", "Roles: " + ", ".join(ROLES))
        values = np.asarray(given, dtype=np.float64)
        at = np.arange(len(values)) if steps is None else np.asarray(steps)
        if values.ndim != 1 or at.shape != values.shape:
            raise UsageError(
                f"{role} has shape {values.shape}, the steps {at.shape}", "Give arrays of one length"
            )
        pair[role] = Curve(role, at.astype(np.int64), values)
    return RunDiagnoser().update([PlayerPair(pair, None, tuple(curves))])[0]
