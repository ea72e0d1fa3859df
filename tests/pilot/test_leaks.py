"""However long a person looks at growing logs: no thread, descriptor, task or widget is left over."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.snapshot import Status
from gan_tui.tui.app import GanTuiApp
from tests.helpers.screens import until

HEADER = "step,d_loss,g_loss\n"
LOOKS = ("b", "escape", "question_mark", "escape", "j")


def rows(first: int, last: int) -> str:
    return "".join(f"{i},{1.3 + (i % 7) / 50:.3f},{0.7 + (i % 5) / 50:.3f}\n" for i in range(first, last))


def held(app: GanTuiApp) -> tuple[int, ...]:
    """Threads, descriptors, tasks and widgets."""
    gc.collect()
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    return threading.active_count(), descriptors, len(asyncio.all_tasks()), len(app._registry)


async def look_around(app: GanTuiApp, pilot: Pilot[None], log: Path, last: int) -> None:
    """Open and close what there is while the log grows, is written anew, goes and comes back."""
    log.write_text(HEADER + rows(0, last))
    await pilot.press(*LOOKS)
    log.unlink()
    await until(lambda: app.main.snapshot.runs[0].status is Status.MISSING)
    log.write_text(HEADER + rows(0, last + 1))
    await until(lambda: (app.main.snapshot.runs[0].last_step or 0) == last)
    await pilot.pause()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's list of open files")
async def test_nothing_is_left_over(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
        (tmp_path / name / "losses.csv").write_text(HEADER + rows(0, 40))
    log = tmp_path / "a" / "losses.csv"
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    app = GanTuiApp(Monitor([tmp_path]), glyphs="braille", theme="dark", fps=50.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: len(app.main.snapshot.runs) == 3)
        await look_around(app, pilot, log, 50)  # what is made at the first use may stay
        before = held(app)
        for turn in range(3):
            await look_around(app, pilot, log, 60 + turn)
        await until(lambda: all(now <= then for now, then in zip(held(app), before, strict=True)))
    gc.collect()
    assert threading.active_count() == threads
    # The loop of the test keeps its own descriptors, which it had before.
    assert len(os.listdir("/proc/self/fd")) <= descriptors  # noqa: PTH208
