"""Suggestions, on the findings page."""

from __future__ import annotations

from gan_tui.diagnosis.result import Badge
from gan_tui.tui.lines.suggestions import suggestion_lines
from tests.helpers.fakes import run, snapshot
from tests.helpers.screens import lines, screen


def text(badge: Badge, width: int = 60) -> list[str]:
    return ["".join(t for t, _ in line) for line in suggestion_lines(run(badge), width)]


def test_each_suggestion_is_followed_by_its_source_and_fits() -> None:
    rows = text(Badge.COLLAPSE)
    assert sum(line.startswith("• ") for line in rows) == 4
    assert any("arXiv:1712.04086" in line for line in rows)
    assert all(len(line) <= 60 for line in rows)


def test_a_game_in_balance_gets_only_the_suggestion_to_look_at_the_samples() -> None:
    rows = [line for line in text(Badge.CONVERGING) if line.startswith("• ")]
    assert rows == ["• Look at the samples: curves hint, only samples show"]


async def test_suggestions_are_on_the_findings_page_only() -> None:
    async with screen(snapshot(run(Badge.COLLAPSE)), size=(120, 60)) as (app, pilot, _):
        assert "no promise" not in "\n".join(lines(app))
        await pilot.press("b")
        await pilot.pause()
        page = "\n".join(lines(app))
        assert "Suggestions (no promise that they help)" in page
        assert "packing" in page
