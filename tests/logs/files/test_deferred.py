"""Points that stay in a large log until they are asked for: the same points, read once, or a clear word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from gan_tui import load
from gan_tui.errors import LogUnreadableError
from gan_tui.logs.files import opening
from gan_tui.logs.files import tail as tail_module
from gan_tui.logs.files.tail import Tail
from gan_tui.logs.model import Batch, Stored
from gan_tui.run.run import Run
from tests.helpers import event_bytes as eb

NAMES = {"Loss/D", "Loss/G"}


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    """Logs of a hundred kilobytes count as large."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tail_module, "STORE_BYTES", 100_000)
        patch.setattr(tail_module, "PIECE_BYTES", 50_000)
        yield


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.out.tfevents.1700000000.host"
    path.write_bytes(b"".join(eb.training(range(3000))))
    return path


def follow(tail: Tail, run: Run) -> list[Batch]:
    batches = []
    more = True
    while more:
        result = tail.poll(1 << 30)
        run.add(result.batch, "log")
        batches.append(result.batch)
        more = result.more
    return batches


def points(run: Run) -> dict[str, tuple[bytes, bytes, bytes]]:
    out = {}
    for name, series in run.series.items():
        view = series.view()
        assert view.wall_times is not None
        out[name] = view.steps.tobytes(), view.values.tobytes(), view.wall_times.tobytes()
    return out


def whole(path: Path) -> Run:
    run = Run("r", str(path))
    follow(Tail(path), run)
    return run


def test_the_points_are_those_of_a_log_that_is_read_at_once(log: Path) -> None:
    run = Run("r", str(log))
    batches = follow(Tail(log, store=True), run)
    assert sum(bool(batch.stored) for batch in batches) > 10
    assert sum(batch.points for batch in batches) == 21_000
    waiting = [series for series in run.series.values() if series.waiting]
    assert len(waiting) == 7
    assert {len(series) for series in waiting} == {3000}
    assert points(run) == points(whole(log))
    assert not any(series.waiting for series in run.series.values())


def test_what_is_appended_later_stands_behind(log: Path) -> None:
    run, tail = Run("r", str(log)), Tail(log, store=True)
    follow(tail, run)
    for begin in range(3000, 3200, 2):
        with log.open("ab") as file:
            file.writelines(eb.training(range(begin, begin + 2))[1:])
        follow(tail, run)
    assert all(series.waiting and len(series) == 3200 for series in run.series.values())
    with log.open("ab") as file:  # so much at once that it is left in the log again
        file.writelines(eb.training(range(3200, 6000))[1:])
    follow(tail, run)
    assert points(run) == points(whole(log))


def test_what_is_left_in_the_log_behind_points_that_were_read(log: Path) -> None:
    data = log.read_bytes()
    log.write_bytes(data[:30_000])
    run, tail = Run("r", str(log)), Tail(log, store=True)
    follow(tail, run)
    assert not run.series["Loss/D"].waiting
    log.write_bytes(data)
    follow(tail, run)
    assert run.series["Loss/D"].waiting
    assert points(run) == points(whole(log))


def test_several_series_are_read_in_one_go(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []
    honest = opening.StoredPiece.load

    def counted(
        self: opening.StoredPiece, further: Sequence[Stored], names: Iterable[str] | None = None
    ) -> Batch:
        asked.append(set(names or ()))
        return honest(self, further, names)

    monkeypatch.setattr(opening.StoredPiece, "load", counted)
    run = Run("r", str(log))
    follow(Tail(log, store=True), run)
    run.settle(NAMES)
    run.settle(NAMES)
    assert asked == [NAMES]
    assert run.series["D(x)"].waiting


def test_a_run_is_judged_by_what_it_reads_for_that(log: Path) -> None:
    run = load(log)
    assert run.series["Loss/D"].waiting
    (pair,) = run.pairs()
    (same,) = whole(log).pairs()
    assert {r: c.values.tobytes() for r, c in pair.curves.items()} == {
        r: c.values.tobytes() for r, c in same.curves.items()
    }


def test_a_log_that_is_gone_says_so(log: Path) -> None:
    run = load(log)
    log.unlink()
    with pytest.raises(LogUnreadableError, match="cannot be read any more: no such file"):
        run.series["Loss/D"].view()


def test_a_log_that_was_written_anew_says_so(log: Path) -> None:
    run = load(log)
    data = log.read_bytes()
    log.write_bytes(bytes(len(data)))
    with pytest.raises(LogUnreadableError, match="has changed since it was opened"):
        run.series["Loss/D"].view()
    log.rename(log.with_suffix(".old"))
    log.write_bytes(data)
    with pytest.raises(LogUnreadableError, match="another file"):
        run.series["Loss/G"].view()


def test_damage_is_told_when_the_log_is_opened(log: Path) -> None:
    data = bytearray(log.read_bytes())
    data[90_000] ^= 1
    log.write_bytes(data)
    run = load(log)
    assert len(run.faults) == 1
    assert run.faults[0].file == str(log)
    assert all(series.waiting for series in run.series.values())
    assert points(run) == points(whole(log))
