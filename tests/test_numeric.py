"""The functions that stand in for numpy's, against numpy's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gan_tui.numeric import distinct, median

LOGS = str(Path(__file__).parents[1] / "sample_logs" / "converging-bce")


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=9)))
def test_the_median_is_numpys(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        assert np.array_equal(median(values), np.median(values, axis=-1), equal_nan=True)


@given(arrays(np.int64, st.integers(0, 30), elements=st.integers(-5, 5)))
def test_each_value_once(values: np.ndarray) -> None:
    assert np.array_equal(distinct(np.sort(values)), np.unique(values))


def test_masked_arrays_are_not_loaded() -> None:
    code = f"import sys\nsys.argv=['gan-tui','check',{LOGS!r}]\nfrom gan_tui.cli.main import main\n"
    code += "try: main()\nfinally: print('numpy.ma' in sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines()[-1] == "False"
