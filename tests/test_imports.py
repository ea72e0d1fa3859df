"""What a command loads: each only what it needs, and none but the screen's loads Textual."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE_LOGS = Path(__file__).parents[1] / "sample_logs"
REPORT = """
import sys
try:
    {code}
except SystemExit as end:
    assert not end.code, end.code
sys.stderr.write("loaded: " + " ".join({{name.split(".")[0] for name in sys.modules}}))
"""
HEAVY = {"PIL", "crc32c", "google", "msgspec", "numpy", "plotext", "rich", "textual", "watchdog"}
"""What takes longer to load than all of gan_tui's own modules for `--help`."""


def loaded(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT.format(code=code)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stderr.rpartition("loaded: ")[2].split())


def command(*words: str) -> set[str]:
    """Top-level modules that a command of the program has loaded when it ends."""
    return loaded(f"sys.argv = {['gan-tui', *words]!r}; import gan_tui.cli.main; gan_tui.cli.main.main()")


def test_the_package_itself_costs_next_to_nothing() -> None:
    assert not loaded("import gan_tui; gan_tui.__version__") & (HEAVY | {"click", "importlib_metadata"})


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_help_and_version_load_nothing_heavy(word: str) -> None:
    assert not command(word) & HEAVY


def test_check_loads_neither_the_screen_nor_charts_nor_watchers() -> None:
    names = command("check", str(SAMPLE_LOGS / "collapse-bce"))
    assert "numpy" in names
    assert not names & {"textual", "plotext", "watchdog", "PIL"}


def test_check_as_json_loads_neither_the_screen_nor_charts_nor_watchers() -> None:
    names = command("check", "--json", str(SAMPLE_LOGS / "collapse-bce"))
    assert not names & {"textual", "rich", "plotext", "watchdog", "PIL"}


def test_plot_loads_no_screen() -> None:
    names = command("plot", str(SAMPLE_LOGS / "collapse-bce"))
    assert "plotext" in names
    assert "textual" not in names


def test_the_library_loads_no_screen() -> None:
    names = loaded(f"import gan_tui; gan_tui.diagnose(gan_tui.load({str(SAMPLE_LOGS / 'collapse-bce')!r}))")
    assert "numpy" in names
    assert not names & {"textual", "rich", "click", "plotext", "watchdog"}
