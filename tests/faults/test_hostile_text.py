"""Hostile names and lines in every output: terminal, JSON, files, and a browser."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyte
import pytest

from tests.helpers import hostile

fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

SIZE = (40, 120)
ENVIRONMENT = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.folder(tmp_path_factory.mktemp("hostile"))


class RecordingScreen(pyte.Screen):
    """A terminal that records actions no log may trigger."""

    actions: list[str]

    def set_title(self, param: str) -> None:
        if param != ";default":  # pyte mistakes the mouse pointer shape (22) for a title (2)
            self.actions.append(f"title {param!r}")

    def set_icon_name(self, param: str) -> None:
        self.actions.append(f"icon {param!r}")

    def bell(self, *args: Any) -> None:
        del args
        self.actions.append("bell")

    def reset(self) -> None:
        if hasattr(self, "actions"):
            self.actions.append("reset")
        super().reset()


def on_terminal(args: Sequence[str | Path], keys: Sequence[str] = (), cwd: Path | None = None) -> bytes:
    """Everything the program writes to a terminal; each key is pressed once the screen is quiet."""
    ours, theirs = os.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_tui", *map(str, args)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=cwd,
        start_new_session=True,
    )
    os.close(theirs)
    sent, left, pressed_at = bytearray(), list(keys), 0
    deadline = time.monotonic() + 120
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 1.0)[0]:
                try:
                    data = os.read(ours, 1 << 16)
                except OSError:  # Linux reports the end of the program this way
                    break
                if not data:
                    break
                sent += data
                if b"\x1b[6n" in data:
                    os.write(ours, b"\x1b[1;1R")
            elif process.poll() is not None:
                break
            elif left and len(sent) > max(pressed_at, 2000):
                pressed_at = len(sent)
                os.write(ours, left.pop(0).encode())
            elif keys and not left:
                break
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
    return bytes(sent)


def assert_harmless(sent: bytes) -> None:
    text = sent.decode("utf-8")
    assert not hostile.unsafe_characters(text)
    screen = RecordingScreen(SIZE[1], SIZE[0])
    screen.actions = []
    pyte.Stream(screen).feed(text)
    assert not screen.actions
    assert not [word for line in screen.display for word in ("\x1b", "\x07", "\x9b") if word in line]


@pytest.mark.parametrize(
    "words",
    [("check",), ("check", "--json"), ("plot",), ("watch", "--timeout", "1s")],
    ids=" ".join,
)
def test_a_command_sends_no_control_sequence_of_a_log(runs: Path, words: tuple[str, ...]) -> None:
    sent = on_terminal([words[0], *words[1:], runs])
    assert_harmless(sent)
    assert b"[red]x[" in sent or words[0] == "watch"  # mark-up is text


def test_the_screen_sends_no_control_sequence_of_a_log(runs: Path, tmp_path: Path) -> None:
    keys = ("b", "\x1b", "f", "\x1b", "c", "\x1b", "j", "e", "s", "q")
    sent = on_terminal([runs], keys, tmp_path)
    assert_harmless(sent)
    assert b"\x1b[?1049h" in sent
    assert b"\x1b[?1049l" in sent  # the last key was processed: the screen was responsive to the end


@pytest.mark.parametrize("part", ["csv", "console"])
def test_messages_about_what_is_missing_send_no_control_sequence(runs: Path, part: str) -> None:
    for text in (hostile.TEXTS["title"], hostile.TEXTS["screen"].replace("/", "_")):
        assert_harmless(on_terminal(["check", runs / part / text]))
        assert_harmless(on_terminal(["check", "--format", text, runs / part]))


def test_json_holds_the_names_as_they_are(runs: Path) -> None:
    report = json.loads(on_terminal(["check", "--json", runs / "jsonl"]))
    names = {series["name"] for series in report["runs"][0]["series"]}
    assert {hostile.TEXTS["html"], hostile.TEXTS["formula"], hostile.TEXTS["markup"]} <= names


@pytest.mark.parametrize("kind", ["md", "svg", "json", "html"])
def test_reports_are_harmless_to_print(runs: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"run.{kind}"
    assert_harmless(on_terminal(["report", runs, "-o", target]))
    text = target.read_text("utf-8")
    assert not hostile.unsafe_characters(text.replace("\t", " "))
    if kind == "md":  # fenced text is shown literally
        outside = re.sub(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$", "", text)
        assert "](" not in re.sub(r"\\.|`[^`]*`", "", outside)
        assert not re.search(r"(?<!\\)<(?:script|img|a)\b", outside)


# -- in a browser --------------------------------------------------------------------------------------

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def dom_of(page: Path, folder: Path) -> str:
    """The DOM of the page in headless Chromium, after its scripts have run."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--user-data-dir={folder}", "--virtual-time-budget=2000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_no_script_runs_in_a_browser(runs: Path, tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    on_terminal(["report", runs, "-o", page])
    html = page.read_text("utf-8")
    dom = dom_of(page, tmp_path / "profile")
    assert "<title>owned</title>" not in dom
    assert not re.search(r"<script|<img|<iframe|<[a-z]+ [^>]*onerror=|href=.javascript:", dom)
    # The policy stops a script in the page, and nothing else does.
    script = "<script>document.title = 'owned'</script></body>"
    page.write_text(html.replace("</body>", script))
    assert "<title>owned</title>" not in dom_of(page, tmp_path / "profile")
    without = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    page.write_text(without.replace("</body>", script))
    assert "<title>owned</title>" in dom_of(page, tmp_path / "profile")
