from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gan_tui.logs.console.parser import TextLinesParser
from gan_tui.logs.files import tail as tail_module
from gan_tui.logs.files.pipe import PipeTail
from gan_tui.logs.files.tail import NO_FORMAT, Tail, TailResult
from gan_tui.logs.formats.registry import by_name
from gan_tui.logs.model import Batch, join
from tests.helpers.event_bytes import START, event, simple
from tests.helpers.line_log import LINES, points

MUCH = 1 << 30


def age(path: Path, seconds: float = 3600.0) -> None:
    """Set the times of the file back by this many seconds."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def drain(tail: Tail | PipeTail, max_bytes: int = MUCH) -> list[TailResult]:
    results = [tail.poll(max_bytes)]
    while results[-1].more:
        results.append(tail.poll(max_bytes))
    return results


def points_of(results: list[TailResult], name: str = "loss") -> list[tuple[int, float]]:
    """The points a caller holds after these results, doing what they say."""
    kept: list[Batch] = []
    for result in results:
        if result.reset:
            kept.clear()
        kept.append(result.batch)
    return points(join(kept), name)


def append(path: Path, text: str) -> None:
    with path.open("a") as log:
        log.write(text)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text("1,0.5\n2,0.25\n")
    return path


def test_reads_existing_and_then_added_rows(log: Path) -> None:
    tail = Tail(log, LINES)
    first = tail.poll(MUCH)
    assert points(first.batch) == [(1, 0.5), (2, 0.25)]
    assert (first.read, first.size, first.more, first.reset, first.missing) == (13, 13, False, False, False)
    assert first.changed_at == log.stat().st_mtime
    append(log, "3,0.125\n")
    second = tail.poll(MUCH)
    assert points(second.batch) == [(3, 0.125)]
    assert second.read == 8
    third = tail.poll(MUCH)
    assert (third.batch, third.read, third.changed_at) == (Batch(), 0, None)
    assert tail.axis == "step"


def test_a_turn_reads_no_more_than_it_may_and_reports_that_there_is_more(log: Path) -> None:
    tail = Tail(log, LINES)
    results = drain(tail, 4)
    assert [r.read for r in results] == [4, 4, 4, 1]
    assert [r.more for r in results] == [True, True, True, False]
    assert points_of(results) == [(1, 0.5), (2, 0.25)]


def test_a_line_cut_in_the_middle_is_not_a_point_yet(log: Path) -> None:
    tail = Tail(log, LINES)
    tail.poll(MUCH)
    append(log, "3,0.1")
    assert points(tail.poll(MUCH).batch) == []
    append(log, "25\n4,1.0\n")
    assert points(tail.poll(MUCH).batch) == [(3, 0.125), (4, 1.0)]


def test_big_files_are_read_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "CHUNK_BYTES", 5000)
    path = tmp_path / "log.csv"
    path.write_text("".join(f"{i},{i / 4}\n" for i in range(5000)))
    tail = Tail(path, LINES)
    assert points(tail.poll(MUCH).batch) == [(i, i / 4) for i in range(5000)]


# -- rewritten logs -------------------------------------------------------------------------------


def truncate(path: Path) -> None:
    with path.open("r+b") as log:
        log.truncate(0)
        log.write(b"7,7.0\n")


def replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_text("1,0.5\n2,0.75\n3,1.0\n")
    new.rename(path)


def rewrite_longer(path: Path) -> None:
    with path.open("r+b") as log:
        log.write(b"1,9.5\n2,0.25\n3,0.125\n")


def rewrite_as_long(path: Path) -> None:
    with path.open("r+b") as log:
        log.write(b"1,0.5\n2,0.75\n")


def create_anew(path: Path) -> None:
    path.unlink()
    path.write_text("5,0.5\n6,0.25\n7,0.125\n")


def rewrite_as_long_and_hide_it(path: Path) -> None:
    before = path.stat()
    rewrite_as_long(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (truncate, [(7, 7.0)]),
        (replace, [(1, 0.5), (2, 0.75), (3, 1.0)]),
        (rewrite_longer, [(1, 9.5), (2, 0.25), (3, 0.125)]),
        (rewrite_as_long, [(1, 0.5), (2, 0.75)]),
        (create_anew, [(5, 0.5), (6, 0.25), (7, 0.125)]),
        (rewrite_as_long_and_hide_it, [(1, 0.5), (2, 0.75)]),
    ],
)
def test_a_rewritten_log_is_read_again(
    log: Path, change: Callable[[Path], None], expected: list[tuple[int, float]]
) -> None:
    tail = Tail(log, LINES)
    results = drain(tail)
    change(log)
    results += drain(tail)
    assert [r.reset for r in results] == [False, True]
    assert points_of(results) == expected
    append(log, "9,9.0\n")
    results += drain(tail)
    assert points_of(results) == [*expected, (9, 9.0)]
    assert not results[-1].reset


def test_an_old_log_rewritten_to_the_same_length_is_noticed(log: Path) -> None:
    age(log)
    tail = Tail(log, LINES)
    results = drain(tail)
    results += drain(tail)
    rewrite_as_long(log)
    results += drain(tail)
    assert points_of(results) == [(1, 0.5), (2, 0.75)]


def test_a_big_log_rewritten_behind_its_head_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [f"{i},0.5\n" for i in range(10_000)]
    path.write_text("".join(rows))
    tail = Tail(path, LINES)
    results = drain(tail)
    rows[-1:] = ["9999,0.75\n", "10000,0.5\n"]
    with path.open("r+") as log:
        log.write("".join(rows))
    results += drain(tail)
    assert results[-1].reset
    assert points_of(results)[-2:] == [(9999, 0.75), (10000, 0.5)]


def test_a_whole_rewrite_that_only_adds_is_read_on(log: Path) -> None:
    tail = Tail(log, LINES)
    results = drain(tail)
    log.write_text("1,0.5\n2,0.25\n3,0.125\n")
    results += drain(tail)
    assert [r.reset for r in results] == [False, False]
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]


def test_a_log_rewritten_between_two_chunks_is_not_spliced(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("".join(f"{i},0.5\n" for i in range(1000)))
    tail = Tail(path, LINES)
    results = [tail.poll(3000)]
    assert results[-1].more
    new = [(i, 0.25) for i in range(2000)]
    path.write_text("".join(f"{i},{v}\n" for i, v in new))
    results += drain(tail, 3000)
    assert points_of(results) == new


def test_a_log_rewritten_while_it_is_read_is_read_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "CHUNK_BYTES", 4000)
    path = tmp_path / "log.csv"
    path.write_text("".join(f"{i},0.5\n" for i in range(1000)))
    new = [(i, 0.25) for i in range(2000)]

    class Rewriting(type(LINES.make_parser())):  # type: ignore[misc]
        def feed(self, data: memoryview) -> Batch:
            if not fed:
                path.write_text("".join(f"{i},{v}\n" for i, v in new))
            fed.append(len(data))
            return super().feed(data)  # type: ignore[no-any-return]

    fed: list[int] = []
    tail = Tail(path, type(LINES)("lines", lambda filename="": Rewriting(), LINES.sniff, "", ()))  # noqa: ARG005
    results = drain(tail)
    assert results[0].reset
    assert points_of(results) == new


# -- gone, and back ----------------------------------------------------------------------------------


def test_a_deleted_log_is_missing_until_it_is_created_again(log: Path) -> None:
    tail = Tail(log, LINES)
    results = drain(tail)
    log.unlink()
    results += [tail.poll(MUCH), tail.poll(MUCH)]
    assert [r.missing for r in results] == [False, True, True]
    assert points_of(results) == [(1, 0.5), (2, 0.25)]
    log.write_text("4,1.0\n")
    results += drain(tail)
    assert results[-1].reset
    assert not results[-1].missing
    assert points_of(results) == [(4, 1.0)]


def test_a_log_that_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later" / "log.csv"
    tail = Tail(path, LINES)
    assert tail.poll(MUCH).missing
    path.parent.mkdir()
    path.write_text("1,0.5\n")
    result = tail.poll(MUCH)
    assert (points(result.batch), result.reset, result.missing) == ([(1, 0.5)], False, False)


def test_a_folder_moved_away_and_back_costs_nothing(log: Path) -> None:
    tail = Tail(log, LINES)
    results = drain(tail)
    away = log.parent.with_name("away")
    log.parent.rename(away)
    results += drain(tail)
    assert results[-1].missing
    append(away / log.name, "3,0.125\n")
    away.rename(log.parent)
    results += drain(tail)
    assert not results[-1].reset
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]


def test_a_path_through_a_file_is_missing(log: Path) -> None:
    assert Tail(log / "log.csv", LINES).poll(MUCH).missing


def test_no_descriptor_is_held_between_turns(log: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    tails = [Tail(log, LINES) for _ in range(50)]
    for tail in tails:
        tail.poll(4)
    assert len(list(Path("/dev/fd").iterdir())) == before


# -- what is no file, or cannot be read --------------------------------------------------------------


def one_fault(result: TailResult) -> str:
    assert len(result.batch.faults) == 1
    return result.batch.faults[0].reason


def test_a_fifo_is_never_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "log.csv"
    os.mkfifo(fifo)
    tail = Tail(fifo, LINES)
    assert one_fault(tail.poll(MUCH)) == "it is a named pipe (FIFO), not a file: not opened"
    assert tail.unreadable
    assert tail.poll(MUCH).batch == Batch()
    fifo.unlink()
    fifo.write_text("1,0.5\n")
    assert points(tail.poll(MUCH).batch) == [(1, 0.5)]
    assert not tail.unreadable


def test_a_socket_a_device_and_a_folder_are_never_opened(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "log"))
        assert "a socket" in one_fault(Tail(tmp_path / "log").poll(MUCH))
    assert "a device" in one_fault(Tail("/dev/zero").poll(MUCH))
    assert "a folder" in one_fault(Tail(tmp_path).poll(MUCH))


def test_a_name_with_a_nul_is_a_fault() -> None:
    assert "NUL" in one_fault(Tail("log\0.csv").poll(MUCH))


def test_a_circle_of_links_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert "circle" in one_fault(Tail(tmp_path / "a").poll(MUCH))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission"),
        (errno.EMFILE, "too many files are open in this program"),
        (errno.ESTALE, "stale"),
        (errno.EIO, "input/output"),
        (errno.ENOMEM, "cannot allocate memory"),
    ],
)
def test_what_keeps_a_log_from_being_opened_is_reported_once_and_recovers(
    log: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    tail = Tail(log, LINES)
    results = drain(tail)
    append(log, "3,0.125\n")

    def refuse(path: str, flags: int) -> int:  # noqa: ARG001
        raise OSError(number, os.strerror(number), path)

    with monkeypatch.context() as patch:
        patch.setattr(tail_module, "open_for_reading", refuse)
        results += [tail.poll(MUCH), tail.poll(MUCH)]
    assert words in one_fault(results[-2])
    assert results[-2].batch.faults[0].file == str(log)
    assert results[-1].batch == Batch()
    assert words in tail.unreadable
    results += drain(tail)
    assert not tail.unreadable
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]


# -- the last line -----------------------------------------------------------------------------------


def test_the_last_line_of_an_idle_log_is_shown_without_its_newline(log: Path) -> None:
    append(log, "3,0.125")
    tail = Tail(log, LINES)
    assert points_of(drain(tail)) == [(1, 0.5), (2, 0.25)]
    age(log)
    tail = Tail(log, LINES)
    results = drain(tail)
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]
    results += drain(tail)
    assert tail.finish() == Batch()
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]


@pytest.mark.parametrize(
    ("written", "expected", "reset"),
    [
        ("\n4,1.0\n", [(3, 0.12), (4, 1.0)], False),
        ("\n4,1.", [(3, 0.12)], False),
        ("5\n4,1.0\n", [(3, 0.125), (4, 1.0)], True),
    ],
)
@pytest.mark.parametrize("max_bytes", [1, MUCH])
def test_a_last_line_shown_early_is_neither_doubled_nor_left_wrong(
    log: Path, written: str, expected: list[tuple[int, float]], reset: bool, max_bytes: int
) -> None:
    append(log, "3,0.12")
    age(log)
    tail = Tail(log, LINES)
    results = drain(tail)
    assert points_of(results)[-1] == (3, 0.12)
    append(log, written)
    results += drain(tail, max_bytes)
    assert points_of(results) == [(1, 0.5), (2, 0.25), *expected]
    assert any(r.reset for r in results) == reset


def test_a_last_line_shown_early_is_not_shown_again_when_its_end_is_half_written(log: Path) -> None:
    append(log, "3,0.125")
    tail = Tail(log, LINES)
    results = [*drain(tail), TailResult(tail.settle())]
    append(log, "\r")
    results += [*drain(tail), TailResult(tail.settle())]
    append(log, "\n4,1.0\n")
    results += drain(tail)
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125), (4, 1.0)]
    assert not any(r.reset for r in results)


def test_a_column_without_a_number_does_not_disturb_a_last_line_shown_early(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,d_loss,val_d_loss\n1,0.5,NA\n2,0.25,NA")
    age(path)
    tail = Tail(path)
    results = drain(tail)
    assert points_of(results, "d_loss") == [(1, 0.5), (2, 0.25)]
    append(path, "\n3,0.125,0.5\n")
    results += drain(tail)
    assert not any(r.reset for r in results)
    assert points_of(results, "d_loss") == [(1, 0.5), (2, 0.25), (3, 0.125)]
    assert points_of(results, "val_d_loss") == [(3, 0.5)]


def test_a_log_cut_at_a_page_is_taken_as_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(("1000,0.5\n" * 1000)[:4096])
    age(path)
    assert len(points_of(drain(Tail(path, LINES)))) == 4096 // 9


def test_finish_gives_the_last_line_with_its_faults(log: Path) -> None:
    append(log, "what")
    tail = Tail(log, LINES)
    tail.poll(MUCH)
    fault = tail.finish().faults[0]
    assert (fault.file, fault.offset, fault.bytes) == (str(log), 13, 4)


def test_what_is_added_after_finish_is_read_again(log: Path) -> None:
    append(log, "3,0.1")
    tail = Tail(log, LINES)
    results = [tail.poll(MUCH), TailResult(tail.finish()), tail.poll(MUCH)]
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.1)]
    assert not results[-1].reset
    append(log, "25\n")
    results += drain(tail)
    assert points_of(results) == [(1, 0.5), (2, 0.25), (3, 0.125)]


def test_rewind_restarts_without_a_reset(log: Path) -> None:
    tail = Tail(log, LINES)
    tail.poll(MUCH)
    tail.rewind()
    result = tail.poll(MUCH)
    assert (points(result.batch), result.reset) == ([(1, 0.5), (2, 0.25)], False)


# -- which format ------------------------------------------------------------------------------------


def test_the_format_is_detected_once_a_whole_line_is_there(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    path.write_text("epoch,d_lo")
    tail = Tail(path)
    assert tail.poll(MUCH).batch == Batch()
    assert tail.format is None
    append(path, "ss,g_loss\n1,0.5,0.25\n")
    result = tail.poll(MUCH)
    assert tail.format is by_name("csv")
    assert points(result.batch, "d_loss") == [(1, 0.5)]


def test_a_log_without_any_newline_is_detected_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    path.write_text("epoch,d_loss\r")
    path.write_text('{"d_loss": [0.5, 0.25], "g_loss": [1.0, 2.0]}')
    tail = Tail(path)
    before = tail.poll(MUCH).batch
    assert [v for _, v in points(join([before, tail.finish()]), "g_loss")] == [1.0, 2.0]


def test_prose_is_not_a_log(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Remember the milk.\nAnd the bread.\n")
    tail = Tail(path)
    assert tail.poll(MUCH) == TailResult(size=path.stat().st_size)
    assert [f.reason for f in tail.finish().faults] == [NO_FORMAT]
    assert tail.unreadable == NO_FORMAT


def test_an_empty_log_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    path.touch()
    tail = Tail(path)
    assert tail.poll(MUCH) == TailResult()
    assert tail.finish() == Batch()


def test_noise_is_unreadable_and_reported_once(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(bytes(range(256)) * 8192)
    age(path)
    tail = Tail(path)
    faults = [f.reason for r in [*drain(tail), *drain(tail)] for f in r.batch.faults]
    assert faults == [NO_FORMAT]
    assert tail.unreadable == NO_FORMAT


def test_a_banner_does_not_decide_the_format(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("Loading training set, please wait ...\n")
    tail = Tail(path)
    results = drain(tail)
    losses = [(i, 1 / i) for i in range(1, 200)]
    append(path, "".join(f"[Epoch {i}/200] [D loss: {v!r}] [G loss: 0.5]\n" for i, v in losses))
    results += drain(tail)
    assert tail.format is by_name("text")
    assert [v for _, v in points(join([r.batch for r in results]), "D loss")] == [v for _, v in losses]


EVERY_FORMAT = {
    "losses.csv": b"epoch,d_loss,g_loss\n" + b"".join(b"%d,0.5,%d.25\n" % (i, i % 7) for i in range(999)),
    "train.log": b"".join(b"[Epoch %d/999] [D loss: 0.5] [G loss: %d.25]\n" % (i, i % 7) for i in range(999)),
    "stats.jsonl": b"".join(
        b'{"step": %d, "d_loss": 0.5, "g_loss": %d.25}\n' % (i, i % 7) for i in range(999)
    ),
    "log": b"["
    + b",\n".join(b'{"epoch": %d, "loss/dis": 0.5, "loss/gen": %d.25}' % (i, i % 7) for i in range(999))
    + b"]\n",
    "G_loss.log": b"".join(b"%d: %d.25\n" % (i, i % 7) for i in range(999)),
    "events.out.tfevents.1.host": b"".join(
        event(i, START + i, [(b"d_loss", simple(0.5)), (b"g_loss", simple(i % 7))]) for i in range(999)
    ),
}


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_every_format_reads_the_same_from_the_one_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A parser that kept a piece instead of a copy would see the next piece in its place."""
    content = EVERY_FORMAT[name]
    path = tmp_path / name
    path.write_bytes(content)
    expected = Tail(path).poll(MUCH).batch
    assert expected.points > 900
    monkeypatch.setattr(tail_module, "CHUNK_BYTES", 1000)
    tail = Tail(path)
    got = join([r.batch for r in drain(tail, 3000)])
    assert not got.faults
    for column in expected.columns:
        assert points(got, column.name) == points(expected, column.name)


@pytest.mark.parametrize("name", EVERY_FORMAT)
def test_every_format_can_settle_and_go_on(tmp_path: Path, name: str) -> None:
    content = EVERY_FORMAT[name]
    path = tmp_path / name
    results = []
    tail = Tail(path)
    for end in (len(content) // 2, len(content) // 2 + 1, len(content) - 1, len(content)):
        with path.open("r+b" if path.exists() else "wb") as log:
            log.write(content[:end])
        results += [*drain(tail), TailResult(tail.settle())]
    whole = Tail(path).poll(MUCH).batch
    for column in whole.columns:
        assert points_of(results, column.name) == points(whole, column.name)


# -- pipes -------------------------------------------------------------------------------------------


@pytest.fixture
def pipe() -> tuple[int, int]:
    return os.pipe()


def test_a_pipe_is_read_as_it_fills_and_finishes_when_it_is_closed(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = PipeTail(reading, LINES)
    assert tail.poll(MUCH) == TailResult()
    os.write(writing, b"1,0.5\n2,0.")
    assert points(tail.poll(MUCH).batch) == [(1, 0.5)]
    os.write(writing, b"25\n3,0.1")
    os.close(writing)
    result = tail.poll(MUCH)
    assert points(result.batch) == [(2, 0.25), (3, 0.1)]
    assert tail.ended
    assert tail.finish() == Batch()
    os.close(reading)


def test_a_turn_takes_no_more_from_a_pipe_than_it_may(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = PipeTail(reading, LINES)
    os.write(writing, b"1,0.5\n2,0.25\n")
    os.close(writing)
    results = drain(tail, 5)
    assert [r.read for r in results if r.read] == [5, 5, 3]
    assert points_of(results) == [(1, 0.5), (2, 0.25)]
    assert results[-1].size == 13
    os.close(reading)


def test_the_format_of_a_pipe_is_detected_from_its_head(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = PipeTail(reading)
    os.write(writing, b"epoch,d_lo")
    assert tail.poll(MUCH).batch == Batch()
    os.write(writing, b"ss,g_loss\n1,0.5,0.25\n")
    assert points(tail.poll(MUCH).batch, "d_loss") == [(1, 0.5)]
    os.close(writing)
    os.close(reading)


def test_a_pipe_that_says_nothing_known_is_read_as_console_lines(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = PipeTail(reading)
    batches = []
    for _ in range(40):
        os.write(writing, b"Collecting packages, this may take a while\n" * 50)
        batches.append(tail.poll(MUCH).batch)
    os.write(writing, b"[Epoch 1/200] [D loss: 0.5] [G loss: 0.25]\n")
    os.close(writing)
    batches.append(tail.poll(MUCH).batch)
    assert tail.format is by_name("text")
    assert [v for _, v in points(join(batches), "D loss")] == [0.5]
    os.close(reading)


def test_a_descriptor_closed_under_the_reader_ends_the_pipe(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = PipeTail(reading, LINES)
    os.close(reading)
    os.close(writing)
    assert tail.poll(MUCH) == TailResult()
    assert tail.ended


# -- internal parser errors ---------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Have the reader of printed lines fail at a word, as if it had an error."""
    done = getattr(TextLinesParser, method)

    def fail(parser: TextLinesParser, *data: memoryview) -> Batch:
        if not data or b"BANG" in bytes(data[0]):
            message = "not the log's fault"
            raise OverflowError(message)
        return done(parser, *data)

    monkeypatch.setattr(TextLinesParser, method, fail)


@pytest.mark.parametrize("piped", [False, True])
def test_a_parser_that_fails_gives_up_one_log_and_reports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piped: bool
) -> None:
    failing(monkeypatch, "feed")
    lines = "".join(f"step {i}: loss: 0.5\n" for i in range(9))
    if piped:
        ours, theirs = os.pipe()
        tail: Tail | PipeTail = PipeTail(ours, by_name("text"))
        write = partial(os.write, theirs)
    else:
        log = tmp_path / "train.log"
        log.touch()
        tail, write = Tail(log, by_name("text")), partial(append_bytes, log)
    write(lines.encode())
    results = drain(tail)
    write(b"BANG\n")
    results += drain(tail)
    write(lines.encode())
    results += drain(tail)
    assert len(points_of(results)) == 9
    (fault,) = join([result.batch for result in results]).faults
    assert (fault.offset, fault.bytes) == (len(lines), 5)
    assert "OverflowError" in fault.reason
    if piped:
        os.close(theirs)
        drain(tail)
        os.close(ours)


def test_a_parser_that_fails_at_the_end_of_a_log_has_given_what_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "finish")
    log = tmp_path / "train.log"
    log.write_text("".join(f"step {i}: loss: 0.5\n" for i in range(9)) + "step 9: loss")
    tail = Tail(log, by_name("text"))
    results = drain(tail)
    assert not tail.settle()
    last = tail.finish()
    assert len(points_of(results)) == 9
    assert [fault.offset for fault in last.faults] == [log.stat().st_size]


def append_bytes(path: Path, data: bytes) -> None:
    with path.open("ab") as log:
        log.write(data)
