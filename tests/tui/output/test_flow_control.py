from __future__ import annotations

from gan_tui.tui.output.flow_control import (
    MAX_MISSED,
    MIN_CHUNK,
    PROBE,
    PROBE_AFTER,
    TIMEOUT_SECONDS,
    FlowControl,
)

MUCH = 10 * PROBE_AFTER


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_only_one_probe_is_unanswered_at_a_time() -> None:
    flow = FlowControl(Clock())
    assert not flow.busy
    assert flow.probe(MUCH) == PROBE
    assert flow.busy
    assert flow.probe(MUCH) == ""
    flow.answered()
    assert not flow.busy
    assert flow.probe(MUCH) == PROBE


def test_waiting_for_an_answer_ends_after_the_timeout() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    flow.probe(MUCH)
    clock.at += TIMEOUT_SECONDS + 0.1
    assert not flow.busy


def test_a_terminal_that_never_answers_gets_no_more_probes() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    asked = 0
    for _ in range(20):
        asked += flow.probe(MUCH) == PROBE
        clock.at += TIMEOUT_SECONDS + 0.1
    assert asked == MAX_MISSED
    assert not flow.busy


def test_small_frames_are_probed_once_they_add_up() -> None:
    flow = FlowControl(Clock())
    asked = [flow.probe(PROBE_AFTER // 4) == PROBE for _ in range(8)]
    assert asked == [False, False, False, True] + [False] * 4
    assert flow.busy


def sending(flow: FlowControl, clock: Clock, rate: float, chunks: int, latency: float = 0.0) -> None:
    """A line that takes so many characters a second, and always has something to take."""
    for _ in range(chunks):
        size = MUCH if flow.budget is None else flow.budget
        assert flow.probe(size) == PROBE
        clock.at += min(size / rate + latency, TIMEOUT_SECONDS * 10)
        flow.answered()


def test_the_budget_of_a_slow_line_is_what_it_takes_in_time() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    assert flow.budget is None
    sending(flow, clock, 2_000, 1)
    for _ in range(20):
        sending(flow, clock, 2_000, 1)
        assert flow.budget is not None
        assert MIN_CHUNK <= flow.budget <= 2_000 * 0.15
    assert flow.probe(flow.budget or 0) == PROBE
    assert (flow.budget or 0) <= (flow.chunk or 0) // 2, "little is under way at once"


def test_a_line_that_becomes_fast_takes_whole_frames_again() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    sending(flow, clock, 2_000, 3)
    sending(flow, clock, 1_000_000, 10)
    assert flow.budget is None


def test_a_distant_terminal_is_not_slow() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    for size in (200, 1_500, MUCH, PROBE_AFTER, MUCH):
        flow.probe(size)
        clock.at += 0.3 + size / 1_000_000
        flow.answered()
        assert flow.budget is None


def test_a_slow_terminal_that_stops_answering_gets_everything() -> None:
    clock = Clock()
    flow = FlowControl(clock)
    sending(flow, clock, 2_000, 3)
    for _ in range(MAX_MISSED + 1):
        flow.probe(PROBE_AFTER)
        clock.at += TIMEOUT_SECONDS + 0.1
        assert not flow.busy
    assert flow.budget is None
