"""Sample images are found by step, and bounded in memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.samples import store
from gan_tui.samples.files import SampleImage
from gan_tui.samples.store import SampleStore, nearest


@given(st.lists(st.integers(0, 10**9), min_size=1, unique=True), st.integers(-10, 10**9 + 10))
def test_the_nearest_step_is_found(steps: list[int], step: int) -> None:
    steps.sort()
    at = nearest(steps, step)
    assert at is not None
    assert abs(steps[at] - step) == min(abs(s - step) for s in steps)


def test_an_empty_store_has_no_nearest_step() -> None:
    assert nearest((), 3) is None


def test_image_files_are_added_once_and_images_in_logs_each_time() -> None:
    samples = SampleStore()
    for _ in range(3):
        samples.add("a", [SampleImage("fakes*", 20, "f20.png"), SampleImage("fakes*", 10, "f10.png")])
    samples.add("a", [SampleImage("tag", 30, data=b"x"), SampleImage("tag", 30, data=b"y")])
    assert samples.steps("a") == (10, 20, 30)
    assert [len(samples.images("a", s)) for s in (10, 20, 30, 40)] == [1, 1, 2, 0]
    assert samples.steps("b") == ()


def test_images_in_memory_are_thinned_and_the_newest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_BYTES", 1_000)
    samples = SampleStore()
    for step in range(200):
        samples.add("a", [SampleImage("tag", step, data=b"x" * 100)])
        size = sum(len(p.data) for s in samples.steps("a") for p in samples.images("a", s))
        assert size <= 1_000
        assert samples.steps("a")[-1] == step
    assert len(samples.steps("a")) >= 5
