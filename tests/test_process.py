"""numpy's linear algebra starts no threads in this program, and what it runs is not told to do the same."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gan_tui import process

SAID = """
import sys
from gan_tui import cli, threads
sys.argv = ["gan-tui", "check", "--json", "-"]
try:
    cli.main()
except SystemExit:
    pass
import json, numpy, os
print(json.dumps([len(os.listdir("/proc/self/task")), process.environment().get("OPENBLAS_NUM_THREADS")]))
"""


def said(**variables: str) -> str:
    held = {name: value for name, value in os.environ.items() if name not in process.LIMITS}
    return subprocess.run(
        [sys.executable, "-c", SAID],
        env={**held, **variables},
        input="step,d_loss,g_loss\n1,2,3\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.splitlines()[-1]


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads as Linux does")  # noqa: PTH112
def test_the_program_has_one_thread_and_what_it_runs_is_left_alone() -> None:
    assert said() == "[1, null]"


def test_who_has_set_a_limit_keeps_it() -> None:
    assert said(OPENBLAS_NUM_THREADS="2").endswith('"2"]')


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="there are no affinities here")
def test_a_start_on_one_core_ends_for_every_thread() -> None:
    code = """
import os, threading
from gan_tui import threads
every = os.sched_getaffinity(0)
os.sched_setaffinity(0, sorted(every)[:2])
allowed = os.sched_getaffinity(0)
process.to_one_core()
assert process.cores() == 1, process.cores()
assert os.sched_getaffinity(0) < allowed or len(allowed) == 1
begun, go_on, held = threading.Event(), threading.Event(), []
def work():
    held.append(process.cores())
    begun.set()
    go_on.wait()
    held.append(os.sched_getaffinity(0))
thread = threading.Thread(target=work)
thread.start()
begun.wait()
process.to_every_core()
go_on.set()
thread.join()
assert held == [1, allowed], held
assert os.sched_getaffinity(0) == allowed
process.to_every_core()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
