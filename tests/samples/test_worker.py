"""The thread that measures samples."""

from __future__ import annotations

import time
from pathlib import Path

from gan_tui.samples.files import find_sample_images
from gan_tui.samples.worker import SampleWorker
from tests.helpers.sample_images import write_sample_grids


def test_a_worker_measures_while_logs_are_read(tmp_path: Path) -> None:
    images = find_sample_images(str(write_sample_grids(tmp_path)))
    worker = SampleWorker()
    worker.submit("run", images)
    measured = {}
    for _ in range(500):
        measured = worker.results() or measured
        if measured and len(measured["run"][0][0]) == 4:
            break
        time.sleep(0.01)
    assert len(measured["run"][0][0]) == 4
    worker.submit("run", images)
    worker.close()
    assert worker.results() == {}
