from __future__ import annotations

from gan_tui.tui.pace import ASK, LITTLE, PATIENCE, TRIES, Pace

MUCH = 10 * LITTLE


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_one_question_at_a_time() -> None:
    pace = Pace(Clock())
    assert not pace.busy
    assert pace.question(MUCH) == ASK
    assert pace.busy
    assert pace.question(MUCH) == ""
    pace.answered()
    assert not pace.busy
    assert pace.question(MUCH) == ASK


def test_an_answer_that_does_not_come_is_not_awaited_for_ever() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.question(MUCH)
    clock.at += PATIENCE + 0.1
    assert not pace.busy


def test_a_terminal_that_never_answers_is_asked_no_more() -> None:
    clock = Clock()
    pace = Pace(clock)
    asked = 0
    for _ in range(20):
        asked += pace.question(MUCH) == ASK
        clock.at += PATIENCE + 0.1
    assert asked == TRIES
    assert not pace.busy


def test_little_is_not_asked_about_until_it_has_become_much() -> None:
    pace = Pace(Clock())
    asked = [pace.question(LITTLE // 4) == ASK for _ in range(8)]
    assert asked == [False, False, False, True] + [False] * 4
    assert pace.busy
