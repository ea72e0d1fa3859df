from __future__ import annotations

import errno
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.logs.files import watcher as watcher_module
from gan_tui.logs.files.tail import Tail
from gan_tui.logs.files.watcher import FileWatcher
from tests.helpers.line_log import LINES

TIMEOUT = 20.0
"""Seconds after which a test fails."""


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def append(path: Path, text: str = "1,0.5\n") -> None:
    with path.open("a") as log:
        log.write(text)


def wait_until_quiet(watcher: FileWatcher) -> None:
    """Wait until all earlier events have arrived."""
    while watcher.wait(0.2):
        pass


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "log.csv"
    path.parent.mkdir()
    append(path)
    return path


def woken_by(watcher: FileWatcher, change: Callable[[], object]) -> bool:
    wait_until_quiet(watcher)
    change()
    return watcher.wait(TIMEOUT)


@pytest.mark.parametrize("given", [".", "run", "run/log.csv"])
def test_an_append_wakes(tmp_path: Path, log: Path, given: str) -> None:
    with FileWatcher([tmp_path / given]) as watcher:
        assert woken_by(watcher, lambda: append(log))
        assert not watcher.degraded


def test_many_changes_are_one_wake_up(tmp_path: Path, log: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        for _ in range(50):
            append(log)
        assert watcher.wait(TIMEOUT)
        wait_until_quiet(watcher)
        assert not watcher.wait(0.1)


def test_reading_does_not_wake(tmp_path: Path, log: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        Tail(log, LINES).poll(1 << 20)
        list(tmp_path.rglob("*"))
        assert not watcher.wait(0.3)


def test_nothing_wakes_when_nothing_happens(tmp_path: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        assert not watcher.wait(0.05)


def test_another_thread_may_wake(tmp_path: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        threading.Timer(0.01, watcher.wake).start()
        assert watcher.wait(TIMEOUT)


@pytest.mark.usefixtures("log")
def test_a_log_in_a_new_folder_wakes(tmp_path: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        new = tmp_path / "run" / "tb" / "version_1"
        assert woken_by(watcher, lambda: new.mkdir(parents=True))
        assert woken_by(watcher, lambda: append(new / "metrics.csv"))
        assert woken_by(watcher, lambda: append(new / "metrics.csv"))


def test_images_and_checkpoints_do_not_wake(tmp_path: Path, log: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        watcher.changed_paths()
        append(log.with_name("fakes_0001.png"))
        append(log.with_name("netG.pth"))
        append(log)
        assert watcher.wait(TIMEOUT)
        assert watcher.changed_paths() == {str(log.resolve())}


def test_a_given_file_wakes_and_its_neighbours_do_not(log: Path) -> None:
    with FileWatcher([log]) as watcher:
        wait_until_quiet(watcher)
        watcher.changed_paths()
        append(log.with_name("other.csv"))
        append(log)
        assert watcher.wait(TIMEOUT)
        assert watcher.changed_paths() == {str(log.resolve())}
        new = log.with_suffix(".new")
        append(new)
        assert woken_by(watcher, lambda: new.rename(log))
        assert woken_by(watcher, log.unlink)
        assert woken_by(watcher, lambda: append(log))


def test_what_is_not_there_yet_wakes_when_it_comes(tmp_path: Path) -> None:
    with FileWatcher([tmp_path / "later"]) as watcher:
        assert woken_by(watcher, (tmp_path / "later").mkdir)


def test_what_a_link_leads_to_wakes(tmp_path: Path, log: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "run").symlink_to(log.parent)
    (tmp_path / "links" / "log.csv").symlink_to(log)
    for given in ("links/run", "links/log.csv"):
        with FileWatcher([tmp_path / given]) as watcher:
            assert woken_by(watcher, lambda: append(log))


def test_a_folder_created_again_is_watched_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "CHECK_SECONDS", 0.0)
    with FileWatcher([log.parent]) as watcher:
        log.unlink()
        log.parent.rmdir()
        wait_until_quiet(watcher)
        log.parent.mkdir()
        assert woken_by(watcher, lambda: append(log))
        away = log.parent.with_name("away")
        log.parent.rename(away)
        wait_until_quiet(watcher)
        log.parent.mkdir()
        assert woken_by(watcher, lambda: append(log))


def test_many_folders_side_by_side_are_watched_from_above(tmp_path: Path) -> None:
    folders = [tmp_path / f"run{i}" for i in range(100)]
    for folder in folders:
        folder.mkdir()
    before = threading.active_count()
    with FileWatcher(folders) as watcher:
        assert threading.active_count() < before + 10
        assert woken_by(watcher, lambda: append(folders[99] / "log.csv"))
        assert not watcher.degraded


def test_too_many_folders_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "MAX_WATCHES", 4)
    folders = [tmp_path / str(i) / "run" for i in range(6)]
    for folder in folders:
        folder.mkdir(parents=True)
    with FileWatcher(folders) as watcher:
        assert watcher.degraded.startswith("only 4 of 6 folders are watched: ")
        assert woken_by(watcher, lambda: append(folders[0] / "log.csv"))


def test_a_huge_tree_is_not_watched_to_the_bottom(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher_module, "MAX_FOLDERS", 1)
    with FileWatcher([tmp_path]) as watcher:
        assert "holds more than 1 folders" in watcher.degraded
        wait_until_quiet(watcher)
        append(log)
        assert not watcher.wait(0.3)
        assert woken_by(watcher, lambda: append(tmp_path / "log.csv"))


@pytest.mark.parametrize(("kind", "elsewhere"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False)])
def test_on_a_file_server_anything_may_have_changed(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, kind: str, elsewhere: bool
) -> None:
    device = log.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 27 0:9999 / /proc rw - proc proc rw\nodd\n"
        f"36 35 {os.major(device)}:{os.minor(device)} / {tmp_path} rw shared:1 - {kind} server:/runs rw\n"
    )
    monkeypatch.setattr(watcher_module, "MOUNTS", str(mounts))
    with FileWatcher([log.parent]) as watcher:
        wait_until_quiet(watcher)
        watcher.changed_paths()
        assert (watcher.changed_paths() is None) == elsewhere
        assert not watcher.degraded


# -- limits ------------------------------------------------------------------------------------------


def test_without_watches_left_it_polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from watchdog.observers import Observer

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    with monkeypatch.context() as patch:
        patch.setattr(Observer, "schedule", refuse)
        with FileWatcher([tmp_path]) as watcher:
            assert "max_user_watches" in watcher.degraded
            assert "each second" in watcher.degraded
            append(tmp_path / "log.csv")
            assert not watcher.wait(0.05)


def test_without_descriptors_left_it_continues_and_retries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers import Observer  # noqa: F401 - must be loaded while files can be opened

    monkeypatch.setattr(watcher_module, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(watcher_module, "RETRY_SECONDS", 0.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        watcher = FileWatcher([tmp_path])
        degraded = watcher.degraded
        watcher.wait(0.01)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "max_user_instances" in degraded
    with watcher:
        watcher.wait(0.01)
        assert not watcher.degraded
        assert woken_by(watcher, lambda: append(tmp_path / "log.csv"))


def test_in_an_event_flood_it_wakes_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "FLOOD_EVENTS", 5)
    monkeypatch.setattr(watcher_module, "FLOOD_SECONDS", 0.5)
    monkeypatch.setattr(watcher_module, "FRAME_SECONDS", 0.01)
    log = tmp_path / "log.csv"
    with FileWatcher([tmp_path]) as watcher:
        threads = threading.active_count()
        while threading.active_count() == threads:
            for _ in range(20):
                append(log)
                append(tmp_path / "other.csv")
            assert watcher.wait(TIMEOUT)
        assert watcher.wait(TIMEOUT)  # no event arrived, but something may have changed
        while watcher.wait(0.01):
            pass
        assert woken_by(watcher, lambda: append(log))
        assert threading.active_count() == threads


def test_closing_twice_and_waiting_afterwards_are_harmless(tmp_path: Path) -> None:
    watcher = FileWatcher([tmp_path])
    watcher.close()
    watcher.close()
    assert watcher.wait(TIMEOUT)
    assert not watcher.wait(0.01)


def test_watchdog_is_loaded_only_to_watch() -> None:
    import subprocess
    import sys

    code = "import sys, gan_tui.logs.files.watcher; sys.exit('watchdog' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_changed_log_is_named(tmp_path: Path, log: Path) -> None:
    other = tmp_path / "other" / "log.csv"
    other.parent.mkdir()
    append(other)
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        assert watcher.changed_paths() is None  # nothing is known about the time before the start
        assert watcher.changed_paths() == frozenset()
        assert woken_by(watcher, lambda: append(log))
        assert watcher.changed_paths() == {str(log.resolve())}


def test_changes_already_returned_do_not_wake_again(tmp_path: Path, log: Path) -> None:
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        watcher.changed_paths()
        append(log)
        while not watcher._wake.is_set():
            time.sleep(0.01)
        assert watcher.changed_paths() == {str(log.resolve())}
        assert not watcher.wait(0)
        watcher.close()
        watcher.changed_paths()
        assert watcher.wait(0)


def test_after_a_new_folder_anything_may_have_changed(tmp_path: Path, log: Path) -> None:
    del log
    with FileWatcher([tmp_path]) as watcher:
        wait_until_quiet(watcher)
        watcher.changed_paths()
        assert woken_by(watcher, (tmp_path / "new").mkdir)
        assert watcher.changed_paths() is None
