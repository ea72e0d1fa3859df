"""The timeline of badges."""

from __future__ import annotations

import numpy as np

from gan_tui.charts.xaxis import Clocks, XMode, XRange
from gan_tui.diagnosis.result import Badge
from gan_tui.tui.lines.timeline import badge_at, badge_changes, badge_timeline
from tests.helpers.fakes import BEGAN, run


def timeline_text(badge: Badge, width: int = 60, **kwargs: float) -> str:
    line = badge_timeline(run(badge, points=1_200), XRange(0, 12_000), width, Clocks(), **kwargs)
    return "".join(text for text, _ in line)


def test_the_timeline_is_aligned_with_x() -> None:
    line = timeline_text(Badge.COLLAPSE)
    assert len(line) == 60
    assert line.startswith("┄")
    assert "✓ converging" in line
    assert line.index("▬") == 36
    assert "◉ suspected collapse" in line


def test_the_timeline_ends_with_the_run() -> None:
    line = "".join(t for t, _ in badge_timeline(run(points=600), XRange(0, 12_000), 60, Clocks()))
    assert line[31:].strip() == ""
    assert line[28] != " "


def test_the_cursor_is_drawn_over_the_timeline() -> None:
    assert timeline_text(Badge.CONVERGING, cursor=6_000.0)[30] == "│"


def test_every_badge_has_a_character_of_its_own() -> None:
    marks = {timeline_text(badge, width=12)[-1] for badge in Badge}
    assert len(marks) == len(Badge)


def test_changes_of_the_badge_in_time() -> None:
    changes, last = badge_changes(run(Badge.COLLAPSE, points=1_200), XMode.RELATIVE, Clocks())
    assert changes == [BEGAN, BEGAN + 100, BEGAN + 720]
    assert last == BEGAN + 1_199


def test_the_badge_at_a_step() -> None:
    timeline = run(Badge.COLLAPSE, points=1_200).diagnosis.timeline
    assert badge_at(timeline, -1) is None
    assert badge_at(timeline, 100) is Badge.WARMING_UP
    assert badge_at(timeline, np.inf) is Badge.COLLAPSE
