from __future__ import annotations

from pathlib import Path

from gan_tui.monitoring.polling import LOOKED_AT, ROUND_SECONDS, STAT_SECONDS, PollSchedule


def rounds(count: int) -> PollSchedule:
    made = PollSchedule()
    for number in range(count):
        made.add(f"run{number}", [f"/logs/run{number}/log.csv"])
    return made


def look(made: PollSchedule, now: float, news: frozenset[str] | None = frozenset()) -> set[str]:
    """One look at everything that is due."""
    due = set(made.due(now, news))
    for run in due:
        made.seen(run)
    return due


def test_a_few_runs_are_all_looked_at_each_time() -> None:
    made = rounds(LOOKED_AT)
    assert len(look(made, 0.0)) == len(look(made, 0.1)) == LOOKED_AT


def test_of_many_runs_those_are_looked_at_that_were_written() -> None:
    made = rounds(1000)
    look(made, 0.0)
    assert look(made, 0.1) == set()
    assert look(made, 0.2, frozenset({"/logs/run7/log.csv", "/logs/other.csv"})) == {"run7"}


def test_all_are_looked_at_where_any_may_have_been_written() -> None:
    made = rounds(1000)
    assert len(look(made, 0.0, None)) == 1000


def test_every_run_has_its_turn_within_a_round() -> None:
    made = rounds(1000)
    seen: set[str] = set()
    for second in range(ROUND_SECONDS):
        part = look(made, second * STAT_SECONDS)
        assert len(part) == 1000 // ROUND_SECONDS
        seen |= part
    assert len(seen) == 1000


def test_what_was_not_looked_at_stays_due() -> None:
    made = rounds(1000)
    look(made, 0.0)
    made.due(0.1, frozenset({"/logs/run7/log.csv"}))
    assert "run7" in made.due(0.2, frozenset())
    made.seen("run7")
    assert "run7" not in made.due(0.3, frozenset())


def test_shares_for_different_things_go_round_apart() -> None:
    made = rounds(LOOKED_AT + 10)
    assert made.share("pictures")[0] == "run0"
    assert made.share("pictures")[0] == f"run{LOOKED_AT}"
    assert made.share("stat")[0] == "run0"


def test_a_log_behind_a_link_is_known_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    made = rounds(1000)
    made.add("linked", [str(tmp_path / "link" / "log.csv")])
    look(made, 0.0)
    news = frozenset({str((tmp_path / "real").resolve() / "log.csv")})
    assert look(made, 0.1, news) == {"linked"}
