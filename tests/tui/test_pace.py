from __future__ import annotations

from gan_tui.tui.pace import ASK, PATIENCE, TRIES, Pace


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_one_question_at_a_time() -> None:
    pace = Pace(Clock())
    assert not pace.busy
    assert pace.question() == ASK
    assert pace.busy
    assert pace.question() == ""
    pace.answered()
    assert not pace.busy
    assert pace.question() == ASK


def test_an_answer_that_does_not_come_is_not_awaited_for_ever() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.question()
    clock.at += PATIENCE + 0.1
    assert not pace.busy


def test_a_terminal_that_never_answers_is_asked_no_more() -> None:
    clock = Clock()
    pace = Pace(clock)
    asked = 0
    for _ in range(20):
        asked += pace.question() == ASK
        clock.at += PATIENCE + 0.1
    assert asked == TRIES
    assert not pace.busy
