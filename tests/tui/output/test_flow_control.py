from __future__ import annotations

from gan_tui.tui.output.flow_control import ASK, LEAST, LITTLE, PATIENCE, TRIES, FlowControl

MUCH = 10 * LITTLE


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_one_question_at_a_time() -> None:
    pace = FlowControl(Clock())
    assert not pace.busy
    assert pace.question(MUCH) == ASK
    assert pace.busy
    assert pace.question(MUCH) == ""
    pace.answered()
    assert not pace.busy
    assert pace.question(MUCH) == ASK


def test_an_answer_that_does_not_come_is_not_awaited_for_ever() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    pace.question(MUCH)
    clock.at += PATIENCE + 0.1
    assert not pace.busy


def test_a_terminal_that_never_answers_is_asked_no_more() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    asked = 0
    for _ in range(20):
        asked += pace.question(MUCH) == ASK
        clock.at += PATIENCE + 0.1
    assert asked == TRIES
    assert not pace.busy


def test_little_is_not_asked_about_until_it_has_become_much() -> None:
    pace = FlowControl(Clock())
    asked = [pace.question(LITTLE // 4) == ASK for _ in range(8)]
    assert asked == [False, False, False, True] + [False] * 4
    assert pace.busy


def sending(pace: FlowControl, clock: Clock, rate: float, pieces: int, latency: float = 0.0) -> None:
    """A line that takes so many characters a second, and always has something to take."""
    for _ in range(pieces):
        size = MUCH if pace.room is None else pace.room
        assert pace.question(size) == ASK
        clock.at += min(size / rate + latency, PATIENCE * 10)
        pace.answered()


def test_a_slow_line_is_given_what_it_takes_in_good_time() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    assert pace.room is None
    sending(pace, clock, 2_000, 1)
    for _ in range(20):
        sending(pace, clock, 2_000, 1)
        assert pace.room is not None
        assert LEAST <= pace.room <= 2_000 * 0.15
    assert pace.question(pace.room or 0) == ASK
    assert (pace.room or 0) <= (pace.piece or 0) // 2, "little is under way at once"


def test_a_line_that_becomes_fast_takes_whole_frames_again() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    sending(pace, clock, 2_000, 3)
    sending(pace, clock, 1_000_000, 10)
    assert pace.room is None


def test_a_terminal_far_away_is_not_slow() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    for size in (200, 1_500, MUCH, LITTLE, MUCH):
        pace.question(size)
        clock.at += 0.3 + size / 1_000_000
        pace.answered()
        assert pace.room is None


def test_a_slow_terminal_that_answers_no_more_is_sent_everything() -> None:
    clock = Clock()
    pace = FlowControl(clock)
    sending(pace, clock, 2_000, 3)
    for _ in range(TRIES + 1):
        pace.question(LITTLE)
        clock.at += PATIENCE + 0.1
        assert not pace.busy
    assert pace.room is None
