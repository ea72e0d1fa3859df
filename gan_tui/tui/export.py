"""Exported files: the screen as SVG and text, series as CSV. No file is overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from errno import EEXIST, EROFS
from pathlib import Path

import numpy as np

from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.config.paths import state_folder
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.csv_export import ExportedSeries
from gan_tui.sanitize import clean
from gan_tui.tui.state.chart_selection import ChartSelection

PREFIX = "gan-tui-"
"""Prefix of exported files; discovery does not take them for logs."""
MAX_NUMBER = 1_000


def base_name(run: RunState | None) -> str:
    """Return the name, without an ending, of files about a run at its current step."""
    if run is None:
        return f"{PREFIX}screen"
    name = re.sub(r"[^\w.-]+", "-", clean(run.name, 60)).strip("-.") or "run"
    return PREFIX + name + ("" if run.last_step is None else f"-{run.last_step}")


def write(name: str, texts: Mapping[str, Iterable[str]]) -> list[Path]:
    """Write files of one base name into the working folder, or into the state folder if that is not allowed.

    Args:
        name: The base name.
        texts: Text by ending, such as ".svg".

    Returns:
        Their paths. A number is added to a name that is taken.

    Raises:
        OSError: Neither folder is writable, or the disk is full.
    """
    try:
        return _write_in(Path.cwd(), name, texts)
    except (PermissionError, FileNotFoundError):
        pass  # the working folder belongs to another user, or was deleted
    except OSError as error:
        if error.errno != EROFS:
            raise
    folder = Path(state_folder(), "saved")
    folder.mkdir(parents=True, exist_ok=True)
    return _write_in(folder, name, texts)


def _write_in(folder: Path, name: str, texts: Mapping[str, Iterable[str]]) -> list[Path]:
    for number in range(1, MAX_NUMBER):
        numbered = name if number == 1 else f"{name}-{number}"
        files = [folder / (numbered + ending) for ending in texts]
        if any(file.exists() for file in files):
            continue
        try:
            for file, text in zip(files, texts.values(), strict=True):
                _write(file, text)
        except FileExistsError:
            continue  # another process was faster
        return files
    raise FileExistsError(EEXIST, "too many files of this name", str(folder / name))


def _write(file: Path, text: Iterable[str]) -> None:
    with file.open("x", encoding="utf-8", errors="replace", newline="") as out:
        try:
            out.writelines(text)
            out.flush()
        except OSError:
            file.unlink(missing_ok=True)  # an incomplete file is worse than none
            raise


def visible_series(
    selection: ChartSelection, charts: Iterable[int], x: XRange, clocks: Clocks
) -> list[ExportedSeries]:
    """Return the visible points of the series in some charts.

    Args:
        selection: The run's charts.
        charts: Indices of the charts.
        x: The visible range of x.
        clocks: The run's wall times.
    """
    exported: dict[str, ExportedSeries] = {}
    for number in charts:
        for curve in selection.charts[number].curves if number < len(selection.charts) else ():
            positions = clocks.x_values(curve.view, x.mode)
            if positions is None or curve.view.name in exported:
                continue
            inside = np.flatnonzero((np.asarray(positions) >= x.low) & (np.asarray(positions) <= x.high))
            exported[curve.view.name] = ExportedSeries(curve.view, inside)
    return list(exported.values())
