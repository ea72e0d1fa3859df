"""Which names count the steps, and the steps they give."""

from __future__ import annotations

import numpy as np
import pytest

from gan_tui.logs.parsing.step_axis import StepAxis

NAN = float("nan")


def steps(names: list[str], rows: list[tuple[float, ...]], total: int | None = None) -> tuple[list[int], str]:
    """The steps of rows given at once, after checking that one by one they are the same."""
    whole, piecewise = StepAxis(names), StepAxis(names)
    found = []
    for axis, at_once in ((whole, len(rows)), (piecewise, 1)):
        if total is not None:
            axis.set_total(total)
        given: list[int] = []
        for begin in range(0, len(rows), at_once):
            part = np.array(rows[begin : begin + at_once], float).reshape(-1, len(names))
            given.extend(axis.steps({n: part[:, k] for k, n in enumerate(names)}, len(part)).tolist())
        found.append(given)
    assert found[0] == found[1]
    assert whole.kind == piecewise.kind
    return found[0], whole.kind


@pytest.mark.parametrize(
    ("names", "kind", "consumed"),
    [
        (["step", "d_loss"], "step", {"step"}),
        (["Global Step", "d_loss"], "step", {"Global Step"}),
        (["global-step", "step", "epoch"], "step", {"global-step", "step", "epoch"}),
        (["epoch", "step", "d_loss"], "step", {"epoch", "step"}),
        (["Iteration", "Generator Loss"], "step", {"Iteration"}),
        (["itr", "IS_mean"], "step", {"itr"}),
        (["_step", "_runtime", "_timestamp", "loss"], "step", {"_step", "_timestamp"}),
        (["trainer/global_step", "loss"], "step", {"trainer/global_step"}),
        (["Wall time", "Step", "Value"], "step", {"Wall time", "Step"}),
        (["Epoch", "Batch", "Gen Loss"], "epoch + batch", {"Epoch", "Batch"}),
        (["epoch", "iters", "D_A"], "step", {"epoch", "iters"}),
        (["epochs", "disc_fake_loss"], "epoch", {"epochs"}),
        (["batch", "loss"], "batch", {"batch"}),
        (["Progress/tick", "Progress/kimg", "Loss/D/loss"], "kimg", {"Progress/kimg"}),
        (["tick", "loss"], "tick", {"tick"}),
        (["", "discriminator", "Generator"], "row", {""}),
        (["Unnamed: 0", "losses"], "row", {"Unnamed: 0"}),
        (["Unnamed: 0.1", "Unnamed: 0", "epoch", "losses"], "epoch", {"Unnamed: 0.1", "Unnamed: 0", "epoch"}),
        (["index", "loss"], "row", {"index"}),
        (["loss", "index"], "row", set()),
        (["d_loss", "g_loss"], "row", set()),
        (["d_loss_step", "samples/iter", "it/s", "time"], "row", set()),
    ],
)
def test_names_say_what_counts(names: list[str], kind: str, consumed: set[str]) -> None:
    axis = StepAxis(names)
    assert axis.kind == kind
    assert axis.consumed == consumed


def test_without_a_counter_rows_are_numbered() -> None:
    assert steps(["d_loss"], [(0.5,)] * 4) == ([0, 1, 2, 3], "row")


def test_rows_are_numbered_anew_after_a_restart() -> None:
    axis = StepAxis(["d_loss"])
    assert axis.steps({}, 3).tolist() == [0, 1, 2]
    axis.restart()
    assert axis.steps({}, 2).tolist() == [0, 1]


def test_a_batch_that_goes_on_over_the_epochs_is_the_step() -> None:
    rows = [(0, 10), (0, 20), (1, 30), (1, 40), (2, 50)]
    assert steps(["epoch", "batch"], rows) == ([10, 20, 30, 40, 50], "step")


def test_iters_that_restart_with_the_epoch_go_on_by_the_usual_gap() -> None:
    rows = [(1, 5), (1, 10), (1, 15), (2, 5), (2, 10), (2, 15), (3, 5)]
    assert steps(["epoch", "iters"], rows) == ([5, 10, 15, 20, 25, 30, 35], "epoch + batch")


def test_an_epoch_whose_length_is_no_multiple_of_the_gap_is_found() -> None:
    # CycleGAN with 1,334 images prints each 100 images over all: 1300, then 66 of the second epoch.
    rows = [(1, 1200), (1, 1300), (2, 66), (2, 166), (2, 1266), (3, 32)]
    assert steps(["epoch", "iters"], rows)[0] == [1200, 1300, 1400, 1500, 2600, 3700]


def test_one_row_an_epoch_counts_at_least_its_own_batches() -> None:
    assert steps(["epoch", "batch"], [(1, 900), (2, 900), (3, 900)])[0] == [900, 1800, 2700]
    assert steps(["epoch", "batch"], [(0, 0), (1, 0), (2, 0)])[0] == [0, 1, 2]


def test_a_known_number_of_batches_places_epochs_exactly() -> None:
    rows = [(0, 0), (0, 1500), (1, 0), (1, 50), (2, 0)]
    assert steps(["epoch", "batch"], rows, total=1583)[0] == [0, 1500, 1583, 1633, 3166]


def test_epochs_counted_from_one_begin_at_the_beginning() -> None:
    assert steps(["epoch", "batch"], [(1, 5), (1, 938), (2, 5)], total=938)[0] == [5, 938, 943]


def test_a_total_of_the_whole_training_does_no_harm() -> None:
    rows = [(1, 500), (1, 1000), (2, 1500), (2, 2000)]
    assert steps(["epoch", "iter"], rows, total=100_000) == ([500, 1000, 1500, 2000], "step")


def test_a_run_that_starts_again_goes_back() -> None:
    rows = [(1, 5), (1, 10), (2, 5), (1, 5), (1, 10), (2, 5)]
    assert steps(["epoch", "iters"], rows)[0] == [5, 10, 15, 5, 10, 15]


def test_a_run_that_breaks_off_in_its_epoch_goes_back_within_it() -> None:
    assert steps(["epoch", "iters"], [(1, 5), (1, 10), (1, 15), (1, 10)])[0] == [5, 10, 15, 10]


def test_an_epoch_told_alone_holds_for_the_rows_below() -> None:
    rows = [(0, 5), (0, 10), (1, NAN), (NAN, 5), (NAN, 10)]
    assert steps(["epoch", "iters"], rows)[0] == [5, 10, 10, 15, 20]


def test_damaged_counters_do_not_overflow() -> None:
    found, _ = steps(
        ["epoch", "iters"], [(0, 5), (0, 1e300), (1, 5), (1, 1e300), (2, 5), (1e300, 5), (0, -1e300)]
    )
    assert all(abs(step) <= 2**62 for step in found)


def test_a_resumed_epoch_begins_where_it_began() -> None:
    rows = [(1, 5), (1, 10), (2, 5), (2, 10), (3, 5), (3, 10), (2, 5), (2, 10), (3, 5)]
    assert steps(["epoch", "iters"], rows)[0] == [5, 10, 15, 20, 25, 30, 15, 20, 25]


def test_a_step_that_restarts_without_an_epoch_is_kept_as_it_is() -> None:
    assert steps(["step"], [(1,), (2,), (3,), (1,), (2,)])[0] == [1, 2, 3, 1, 2]


def test_rows_without_a_step_take_the_last_one() -> None:
    rows = [(0, 10), (0, NAN), (NAN, 20), (1, NAN), (1, 30)]
    assert steps(["epoch", "step"], rows)[0] == [10, 10, 20, 20, 30]


def test_before_the_first_step_the_epoch_counts_else_the_row() -> None:
    assert steps(["epoch", "global_step"], [(NAN, NAN), (4, NAN), (NAN, 100)])[0] == [0, 4, 100]
    assert steps(["step"], [(NAN,), (NAN,), (7,), (NAN,)])[0] == [0, 1, 7, 7]


def test_fractions_of_a_step_are_cut_off() -> None:
    assert steps(["kimg"], [(0.0,), (4.2,), (8.9,)]) == ([0, 4, 8], "kimg")


def test_epochs_with_decimals_count_in_thousandths() -> None:
    assert steps(["epoch"], [(0,), (0.25,), (0.5,), (1,)]) == ([0, 250, 500, 1000], "epoch/1000")


def test_steps_beyond_all_bounds_stay_integers() -> None:
    found, _ = steps(["step"], [(1e300,), (-1e300,), (float("inf"),)])
    assert found == [2**62, -(2**62), -(2**62)]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [(1.7e9, 1.7e9), (1.7e12, 1.7e9), (1.7e15, 1.7e9), (1.7e18, 1.7e9), (12.5, NAN), (NAN, NAN)],
)
def test_clocks_tell_unix_times_in_any_unit(cell: float, seconds: float) -> None:
    walls = StepAxis(["timestamp", "loss"]).wall_times({"timestamp": np.array([cell])}, 1)
    assert walls is not None
    np.testing.assert_array_equal(walls, [seconds])


def test_a_time_that_holds_unix_times_is_a_clock_and_no_series() -> None:
    axis = StepAxis(["time", "loss"])
    walls = axis.wall_times({"time": np.array([1.7e9, 1.7e9 + 1])}, 2)
    assert walls is not None
    assert walls.tolist() == [1.7e9, 1.7e9 + 1]
    assert axis.consumed == {"time"}


def test_elapsed_seconds_are_a_series_whatever_follows() -> None:
    axis = StepAxis(["time", "loss"])
    assert axis.wall_times({"time": np.array([0.5])}, 1) is None
    assert axis.wall_times({"time": np.array([1.7e9])}, 1) is None
    assert axis.consumed == frozenset()
