from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.diagnosis.schedule import FIRST, PER_OCTAVE, checkpoints, steps_of_counts


def test_every_count_is_judged_once_however_the_points_arrive() -> None:
    at_once = list(checkpoints(0, 5_000))
    piecemeal = [n for upto in range(5_001) for n in checkpoints(upto - 1, upto)]
    assert at_once == piecemeal
    assert at_once[0] == FIRST


def test_ten_million_points_have_a_few_hundred_checkpoints_evenly_by_octave() -> None:
    found = np.array(list(checkpoints(0, 20_000_000)))
    assert len(found) < 1_000
    big = found[found > 1_000]
    assert (np.diff(big) / big[1:]).max() <= 1 / PER_OCTAVE


@given(
    st.lists(st.lists(st.integers(0, 50), min_size=1).map(sorted), min_size=1, max_size=3),
    st.data(),
)
def test_steps_of_counts_are_the_first_step_with_so_many_points(
    curves: list[list[int]], data: st.DataObject
) -> None:
    total = sum(map(len, curves))
    wanted = data.draw(st.lists(st.integers(1, total), min_size=1))
    merged = sorted(s for c in curves for s in c)
    found = steps_of_counts([np.array(c, dtype=np.int64) for c in curves], wanted)
    assert found.tolist() == [merged[count - 1] for count in wanted]


def test_steps_near_the_ends_of_the_range_are_found() -> None:
    ends = np.array([-(2**63), 0, 2**63 - 1], dtype=np.int64)
    assert steps_of_counts([ends], [1, 2, 3]).tolist() == ends.tolist()


@pytest.mark.parametrize("cut", [20, 333, 2_000])
def test_checkpoints_up_to_a_cut_do_not_depend_on_what_follows(cut: int) -> None:
    assert list(checkpoints(0, cut)) == [n for n in checkpoints(0, 10_000) if n <= cut]
