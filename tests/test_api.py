"""The public functions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gan_tui import Run, diagnose, load
from gan_tui.errors import LogNotFoundError, UsageError

HEADER = "step,d_loss,g_loss\n"


def test_a_run_is_loaded_and_judged(tmp_path: Path) -> None:
    file = tmp_path / "losses.csv"
    file.write_text(HEADER + "".join(f"{i},nan,nan\n" if i > 60 else f"{i},1.3,0.7{i}\n" for i in range(100)))
    run = load(file)
    assert isinstance(run, Run)
    assert run.series["d_loss"].view().steps.tolist() == list(range(100))
    assert diagnose(run).badge == "diverged"


def test_plain_arrays_are_judged() -> None:
    found = diagnose(d_loss=[1.3] * 30 + [np.nan] * 30, g_loss=[0.7] * 60, steps=range(0, 600, 10))
    assert found.badge == "diverged"
    assert found.since_step is not None
    assert 300 <= found.since_step <= 400


def test_a_folder_of_runs_is_not_one_run(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "losses.csv").write_text(HEADER + "0,1,1\n1,1,1\n")
    with pytest.raises(UsageError, match="2 runs"):
        load(tmp_path)


def test_an_empty_folder_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(LogNotFoundError):
        load(tmp_path)


@pytest.mark.parametrize(
    ("curves", "said"),
    [
        ({}, "nothing to diagnose"),
        ({"dloss": [1.0]}, "unknown role"),
        ({"d_loss": [1.0, 2.0], "steps": [1]}, "shape"),
        ({"d_loss": [[1.0]]}, "shape"),
    ],
)
def test_what_cannot_be_judged_says_why(curves: dict[str, list[float]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        diagnose(**curves)
