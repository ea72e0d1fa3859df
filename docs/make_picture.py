"""Draw the screenshot in the README with the program's own export.

Run it in the project folder: python docs/make_picture.py
"""

from __future__ import annotations

import os
from pathlib import Path

from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.source import Pause
from gan_tui.tui.offline_screenshot import screenshot

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write docs/screen.svg from the bundled sample logs."""
    os.chdir(HERE.parent)
    replay = Replay(["sample_logs/collapse-hinge"], start_step=3999)
    replay.control(Pause())
    (HERE / "screen.svg").write_text(screenshot(replay, (120, 36)), encoding="utf-8")


if __name__ == "__main__":
    main()
