"""Taking along what is on the screen: a picture, a text, a table. Files are never overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from errno import EEXIST, EROFS
from pathlib import Path

import numpy as np

from gan_tui.charts.xaxis import Clocks, XRange
from gan_tui.config.paths import state_folder
from gan_tui.monitoring.snapshot import RunState
from gan_tui.report.csv_export import Exported
from gan_tui.sanitize import clean
from gan_tui.tui.state.chart_selection import ChartSelection

PREFIX = "gan-tui-"
"""What is saved begins so; files of this name are no logs to be found."""
MOST_TRIES = 1_000


def stem(run: RunState | None) -> str:
    """What files about a run as it stands are called, without an ending."""
    if run is None:
        return f"{PREFIX}screen"
    name = re.sub(r"[^\w.-]+", "-", clean(run.name, 60)).strip("-.") or "run"
    return PREFIX + name + ("" if run.last_step is None else f"-{run.last_step}")


def write(name: str, texts: Mapping[str, Iterable[str]]) -> list[Path]:
    """Write files of one name, into the working folder, or the state folder where that is not allowed.

    Args:
        name: Their name without ending.
        texts: Text by ending, such as ".svg".

    Returns:
        Where they are. A name that is taken gets a number.

    Raises:
        OSError: Neither folder can be written to, or the disk is full.
    """
    try:
        return _write_in(Path.cwd(), name, texts)
    except (PermissionError, FileNotFoundError):
        pass  # a working folder of somebody else's, or one that is gone
    except OSError as error:
        if error.errno != EROFS:
            raise
    folder = Path(state_folder(), "saved")
    folder.mkdir(parents=True, exist_ok=True)
    return _write_in(folder, name, texts)


def _write_in(folder: Path, name: str, texts: Mapping[str, Iterable[str]]) -> list[Path]:
    for number in range(1, MOST_TRIES):
        own = name if number == 1 else f"{name}-{number}"
        files = [folder / (own + ending) for ending in texts]
        if any(file.exists() for file in files):
            continue
        try:
            for file, text in zip(files, texts.values(), strict=True):
                _write(file, text)
        except FileExistsError:
            continue  # somebody was faster
        return files
    raise FileExistsError(EEXIST, "too many files of this name", str(folder / name))


def _write(file: Path, text: Iterable[str]) -> None:
    with file.open("x", encoding="utf-8", errors="replace", newline="") as out:
        try:
            out.writelines(text)
            out.flush()
        except OSError:
            file.unlink(missing_ok=True)  # half a file is worse than none
            raise


def visible(plan: ChartSelection, charts: Iterable[int], x: XRange, clocks: Clocks) -> list[Exported]:
    """The series of some charts, as far as they are in view.

    Args:
        plan: The run's charts.
        charts: Which of them are looked at.
        x: What of x is shown.
        clocks: Where points lie in time.
    """
    shown: dict[str, Exported] = {}
    for number in charts:
        for curve in plan.charts[number].curves if number < len(plan.charts) else ():
            places = clocks.x_values(curve.view, x.mode)
            if places is None or curve.view.name in shown:
                continue
            inside = np.flatnonzero((np.asarray(places) >= x.low) & (np.asarray(places) <= x.high))
            shown[curve.view.name] = Exported(curve.view, inside)
    return list(shown.values())
