"""Names come from logs and are hostile: they are shown, and nothing else happens."""

from __future__ import annotations

import unicodedata

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from gan_tui.diagnosis.result import Badge, BadgeChange, Diagnosis, Finding
from gan_tui.logs.model import Fault
from gan_tui.monitoring.snapshot import RunState, Snapshot
from gan_tui.run.objective.objective import Objective
from tests.helpers.fakes import run, series, snapshot
from tests.helpers.screens import lines, screen

HOSTILE = {
    "markup": "[red]x[/red][@click=app.quit]y[/]",
    "title": "\x1b]0;owned\x07",
    "newline": "two\nlines\r\n\tand a tab",
    "bidi": "a\u202egnp.exe\u2066b\u2069",
    "invisible": "a\u200b\u200d\ufeff\u00adb",
    "marks": "z" + "\u0300\u0301\u0302\u0303" * 50,
    "long": "x" * 10_000_000,
    "c1": "\x9b31m\x90q\x9c",
    "surrogate": "\udce9\ud800",
    "wide": "損失" * 60,
    "nul": "\x00\x07\x08\x7f",
}


def hostile(text: str) -> RunState:
    values = [1.0, 1.2, 0.9, 1.1]
    held = (
        series(text, values, "d_loss", pair=text),
        series(text + "G", values, "g_loss", pair=text),
        series(text + "H", values, "d_real", pair="B" + text),
        series(text + "?", values),
    )
    finding = Finding("rule", Badge.COLLAPSE, text, 0, 30, 0.9)
    told = Diagnosis(Badge.COLLAPSE, 10, 0.5, (), (finding,), (BadgeChange(0, Badge.COLLAPSE),))
    return replace(
        run(),
        name=text,
        path=f"runs/{text}",
        series=held,
        axis=text,
        diagnosis=told,
        note=text,
        objective=Objective(reason=text),
        faults=(Fault(3, 4, text, text),),
    )


def assert_harmless(shown: list[str], size: tuple[int, int]) -> None:
    assert len(shown) == size[1]
    for line in shown:
        assert cell_len(line) == size[0]
        assert not [c for c in line if unicodedata.category(c)[0] in "CM"]


@pytest.mark.parametrize("kind", HOSTILE)
async def test_names_are_only_text(kind: str) -> None:
    size = (100, 30)
    taken = snapshot(hostile(HOSTILE[kind]), run())
    async with screen(taken, size=size) as (app, pilot, _):
        assert_harmless(lines(app), size)
        for key in ("c", "b", "f"):
            await pilot.press(key)
            assert_harmless(lines(app), size)
            await pilot.press("escape")
        await pilot.press("tab", "tab", "left", "enter")
        assert_harmless(lines(app), size)
        assert app.is_running


async def test_what_is_waited_for_is_only_text() -> None:
    for text in ("[red]x[/red]", HOSTILE["title"], HOSTILE["long"]):
        size = (60, 12)
        async with screen(Snapshot((), text, 1.0), size=size) as (app, _, _):
            assert_harmless(lines(app), size)


async def test_markup_is_shown_as_it_stands() -> None:
    async with screen(snapshot(hostile("[red]x[/red]"))) as (app, _, _):
        assert any("[red]x[/red]" in line for line in lines(app))
