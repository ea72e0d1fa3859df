"""Numpy's linear algebra gets one thread, programs started from here are not limited, and exits are fast."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui import process

CHECK = """
import sys
from gan_tui import process
from gan_tui.cli import main
sys.argv = ["gan-tui", "check", "--json", "-"]
try:
    main.main()
except SystemExit:
    pass
import json, numpy, os
limit = process.inherited_environment().get("OPENBLAS_NUM_THREADS")
print(json.dumps([len(os.listdir("/proc/self/task")), limit]))
"""


def last_line(**variables: str) -> str:
    """Return the number of threads and the limit in the environment of other programs, after a check."""
    environment = {name: value for name, value in os.environ.items() if name not in process.LIMITS}
    return subprocess.run(
        [sys.executable, "-c", CHECK],
        env={**environment, **variables},
        input="step,d_loss,g_loss\n1,2,3\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()[-1]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads as Linux does")
def test_the_program_has_one_thread_and_limits_no_other_program() -> None:
    assert last_line() == "[1, null]"


def test_a_limit_that_the_user_set_is_kept() -> None:
    assert last_line(OPENBLAS_NUM_THREADS="2").endswith('"2"]')


def test_the_private_function_that_a_fast_exit_needs_is_there_and_used_once() -> None:
    assert callable(atexit._run_exitfuncs)
    package = Path(process.__file__).parent
    uses = [file.name for file in package.rglob("*.py") if "atexit._" in file.read_text(encoding="utf-8")]
    assert uses == ["process.py"]
