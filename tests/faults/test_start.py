"""Unusual ways to start the program and to redirect its output: a result, or one clear line."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gan_tui.config.paths import state_file
from gan_tui.config.settings import Settings, load_settings
from gan_tui.config.state import load_roles, save_role

PROGRAM = f"{shlex.quote(sys.executable)} -m gan_tui"
DISK_FULL = "gan-tui: the output cannot be written: no space left on device. Redirect it to another place\n"
NO_TERMINAL = "gan-tui: this command needs a terminal. Use gan-tui check for text output\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "losses.csv"
    path.parent.mkdir()
    rows = "".join(f"{i},{1.3 + i % 7 / 50:.3f},{0.7 + i % 5 / 50:.3f}\n" for i in range(60))
    path.write_text("step,d_loss,g_loss\n" + rows)
    return path


def start(words: str, log: Path, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run a shell command; None removes an environment variable."""
    known = {**os.environ, **environment}
    return subprocess.run(
        ["sh", "-c", words.format(me=PROGRAM, log=shlex.quote(str(log)))],
        env={name: value for name, value in known.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ("{me} check {log} <&- >&-", 0, ""),
        ("{me} check {log} >&- 2>&-", 0, ""),
        ("{me} check {log}.no 2>&-", 2, ""),
        ("{me} check {log} >/dev/full", 2, DISK_FULL),
        ("{me} watch {log} --timeout 1s >/dev/full", 2, DISK_FULL),
        ("{me} watch {log} --timeout 1s >&-", 0, ""),
        ("{me} live {log} <&- >&-", 2, NO_TERMINAL),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_closed_and_full_streams(log: Path, words: str, code: int, error: str) -> None:
    done = start(words, log)
    assert (done.returncode, done.stderr) == (code, error)


def test_a_bare_environment_and_a_pipe_that_is_closed_early(log: Path) -> None:
    bare = dict.fromkeys(os.environ)
    done = start("{me} check {log} | head -n 1", log, **{**bare, "PATH": os.environ["PATH"]})
    assert done.returncode == 0
    assert done.stderr == ""
    assert "losses" in done.stdout or "run" in done.stdout


# -- saved state -------------------------------------------------------


def test_a_user_whom_the_machine_does_not_know_has_no_settings(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in containers with an arbitrary user id: no HOME, and no entry in the user database."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert load_settings([log]) == Settings()
    assert "no home folder" in save_role(log, "d_loss", "g_loss")


def test_a_relative_home_is_never_followed_into_a_log_folder(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(log.parent)
    monkeypatch.setenv("HOME", "here")
    monkeypatch.setenv("XDG_STATE_HOME", "there")
    assert "no home folder" in save_role(log, "d_loss", "g_loss")
    assert list(log.parent.iterdir()) == [log]


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 16 KiB."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder]
        try:
            done = subprocess.run(mount, capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount here")
        if done.returncode:
            pytest.skip("only root may mount a small disk")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk_keeps_existing_state_and_leaves_nothing_behind(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk() as disk:
        monkeypatch.setenv("XDG_STATE_HOME", str(disk))
        assert save_role(log, "a", "d_loss") == ""
        (disk / "filler").write_bytes(b"")
        with (disk / "filler").open("ab", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(1024))
                except OSError:
                    break
        assert "No space left" in save_role(log, "b", "g_loss")
        assert load_roles(log) == {"a": "d_loss"}
        assert list((disk / "gan-tui").iterdir()) == [Path(state_file(log))]
        (disk / "filler").unlink()
        assert save_role(log, "b", "g_loss") == ""
        assert load_roles(log) == {"a": "d_loss", "b": "g_loss"}


def test_a_write_that_fails_is_reported_and_leaves_nothing_behind(
    log: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert save_role(log, "a", "d_loss") == ""

    def refuse(scratch: str, _: str) -> None:
        assert Path(scratch).exists()
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        assert os.strerror(errno.EDQUOT) in save_role(log, "b", "g_loss")
    assert list((tmp_path / "gan-tui").iterdir()) == [Path(state_file(log))]
    assert load_roles(log) == {"a": "d_loss"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_home_that_cannot_be_written_is_reported(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o555)
        monkeypatch.setenv("HOME", home)
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        os.seteuid(65534)
        try:
            said = save_role(log, "d_loss", "g_loss")
        finally:
            os.seteuid(0)
        assert "Permission denied" in said
