"""The bottom line: every key is found in it, a click presses it; the newcomer's hint above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_tui.diagnosis.result import Badge
from gan_tui.monitoring.snapshot import ReplayState
from gan_tui.tui import key_bindings
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.lines.footer import paginate
from gan_tui.tui.state.saved_view import SavedViewStore
from gan_tui.tui.widgets.key_bar import KeyBar
from tests.helpers.fakes import FakeSource, many, run, snapshot
from tests.helpers.screens import lines, screen, until, view


@pytest.mark.parametrize("width", [20, 40, 70, 118, 400])
@pytest.mark.parametrize(("points", "runs", "replay"), [(True, True, True), (False, False, False)])
def test_every_key_has_its_place_in_the_bottom_line(
    width: int, points: bool, runs: bool, replay: bool
) -> None:
    held = key_bindings.footer(key_bindings.available(points, runs, replay))
    pages = paginate(held, width)
    shown = [key for page in pages for key in page]
    assert {key.action for key in held} - {key_bindings.MORE} == {key.action for key in shown} - {
        key_bindings.MORE
    }
    if len(pages) > 1:
        assert all(page[-1].action == key_bindings.MORE for page in pages)
        assert all(sum(len(k.label) + len(k.short) + 3 for k in p) <= width for p in pages if len(p) > 2)


async def test_f2_turns_the_pages_until_every_key_was_there() -> None:
    replay = ReplayState(6_000, 0, 12_000, paused=False, speed=4.0)
    async with screen(snapshot(*many(3), replay=replay), size=(80, 24)) as (app, pilot, _):
        first = lines(app)[-1]
        seen = first
        for _ in range(20):
            await pilot.press("f2")
            if lines(app)[-1] == first:
                break
            seen += lines(app)[-1]
        held = key_bindings.available(points=True, runs=True, replay=True)
        assert [k.label for k in held if f"{k.label} {k.short}" not in seen] == []


async def test_a_click_presses_the_key() -> None:
    async with screen(snapshot(run())) as (app, pilot, _):
        at = lines(app)[-1].index("Enter full size")
        await pilot.click("#keys", offset=(at + 2, 0))
        assert view(app).full_size
        await pilot.click("#keys", offset=(118, 0))
        assert view(app).full_size


async def test_a_newcomer_is_told_where_to_begin_once(tmp_path: Path) -> None:
    for greeted in (False, True):
        taken = snapshot(run(Badge.COLLAPSE))
        app = GanTuiApp(
            FakeSource(taken), theme="dark", fps=50.0, saved_views=SavedViewStore([tmp_path / "runs"])
        )
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: app.main.snapshot.at > 0)  # noqa: B023 - waited for within the loop
            await pilot.pause()
            assert ("New here?" in lines(app)[-2]) is not greeted
            await pilot.press("left")
            await pilot.press("n")
            await pilot.pause()
            assert "New here?" not in "\n".join(lines(app))


async def test_how_a_folder_was_looked_at_is_remembered(tmp_path: Path) -> None:
    taken = snapshot(*many(4))
    for visit in range(2):
        app = GanTuiApp(
            FakeSource(taken), theme="dark", fps=50.0, saved_views=SavedViewStore([tmp_path / "runs"])
        )
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: app.main.snapshot.at > 0)  # noqa: B023 - waited for within the loop
            await pilot.pause()
            if visit:
                assert app.main.query_one("#runs").size.width == 0
                assert app.main.query_one("#badge").size.height == 1
                held = view(app)
                assert (held.smoothing, held.adaptive_smoothing, held.log_y) == (0.95, False, True)
                assert (str(held.mode), held.pinned) == ("relative time", {"Loss_D"})
                assert [f.title for f in held.derived] == ["Loss_G / D(x)"]
                assert app.main.run_list.order == "severity"
            else:
                await pilot.press("[", "]", "plus", "y", "x", "S")
                await pilot.press("c", "space", "down", "slash", "down", "slash", "enter")
    assert not (tmp_path / "runs").exists()


async def test_what_was_said_goes_with_the_next_key() -> None:
    async with screen(snapshot(run())) as (app, pilot, _):
        app.main.show_message("something")
        assert "something" in lines(app)[-1] or await _drawn(app)
        await pilot.press("down")
        assert app.main.query_one(KeyBar)._message == ""


async def _drawn(app: GanTuiApp) -> bool:
    await until(lambda: "something" in lines(app)[-1])
    return True
