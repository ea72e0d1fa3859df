"""Which runs are polled when."""

from __future__ import annotations

from pathlib import Path

from gan_tui.monitoring.polling import POLL_COUNT, ROUND_SECONDS, STAT_SECONDS, PollSchedule


def schedule_of(count: int) -> PollSchedule:
    schedule = PollSchedule()
    for number in range(count):
        schedule.add(f"run{number}", [f"/logs/run{number}/log.csv"])
    return schedule


def poll(schedule: PollSchedule, now: float, changed: frozenset[str] | None = frozenset()) -> set[str]:
    """Poll every run that is due."""
    due = set(schedule.runs_to_poll(now, changed))
    for run in due:
        schedule.polled(run)
    return due


def test_a_few_runs_are_all_polled_each_time() -> None:
    schedule = schedule_of(POLL_COUNT)
    assert len(poll(schedule, 0.0)) == len(poll(schedule, 0.1)) == POLL_COUNT


def test_of_many_runs_those_that_changed_are_polled() -> None:
    schedule = schedule_of(1000)
    poll(schedule, 0.0)
    assert poll(schedule, 0.1) == set()
    assert poll(schedule, 0.2, frozenset({"/logs/run7/log.csv", "/logs/other.csv"})) == {"run7"}


def test_all_are_polled_if_any_may_have_changed() -> None:
    schedule = schedule_of(1000)
    assert len(poll(schedule, 0.0, None)) == 1000


def test_every_run_is_polled_once_in_a_round() -> None:
    schedule = schedule_of(1000)
    polled: set[str] = set()
    for second in range(ROUND_SECONDS):
        part = poll(schedule, second * STAT_SECONDS)
        assert len(part) == 1000 // ROUND_SECONDS
        polled |= part
    assert len(polled) == 1000


def test_a_run_stays_due_until_it_is_polled() -> None:
    schedule = schedule_of(1000)
    poll(schedule, 0.0)
    schedule.runs_to_poll(0.1, frozenset({"/logs/run7/log.csv"}))
    assert "run7" in schedule.runs_to_poll(0.2, frozenset())
    schedule.polled("run7")
    assert "run7" not in schedule.runs_to_poll(0.3, frozenset())


def test_each_purpose_has_a_cycle_of_its_own() -> None:
    schedule = schedule_of(POLL_COUNT + 10)
    assert schedule.take_turns("samples")[0] == "run0"
    assert schedule.take_turns("samples")[0] == f"run{POLL_COUNT}"
    assert schedule.take_turns("stat")[0] == "run0"


def test_a_log_behind_a_link_is_known_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    schedule = schedule_of(1000)
    schedule.add("linked", [str(tmp_path / "link" / "log.csv")])
    poll(schedule, 0.0)
    changed = frozenset({str((tmp_path / "real").resolve() / "log.csv")})
    assert poll(schedule, 0.1, changed) == {"linked"}
