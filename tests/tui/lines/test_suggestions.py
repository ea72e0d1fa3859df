"""Suggestions, on the page of reasons."""

from __future__ import annotations

from gan_tui.diagnosis.result import Badge
from gan_tui.tui.lines.suggestions import suggestion_lines
from tests.helpers.fakes import run, snapshot
from tests.helpers.screens import lines, screen


def text(badge: Badge, width: int = 60) -> list[str]:
    return ["".join(t for t, _ in line) for line in suggestion_lines(run(badge), width)]


def test_a_remedy_has_its_source_under_it_and_fits() -> None:
    said = text(Badge.COLLAPSE)
    assert sum(line.startswith("• ") for line in said) == 4
    assert any("arXiv:1712.04086" in line for line in said)
    assert all(len(line) <= 60 for line in said)


def test_a_game_in_balance_is_told_to_look_at_the_samples() -> None:
    said = [line for line in text(Badge.CONVERGING) if line.startswith("• ")]
    assert said == ["• Look at the samples: curves hint, only samples show"]


async def test_it_stands_on_the_page_of_reasons_and_not_before() -> None:
    async with screen(snapshot(run(Badge.COLLAPSE)), size=(120, 60)) as (app, pilot, _):
        assert "no promise" not in "\n".join(lines(app))
        await pilot.press("b")
        await pilot.pause()
        shown = "\n".join(lines(app))
        assert "Suggestions (no promise that they help)" in shown
        assert "packing" in shown
