"""The samples panel: the grid nearest the cursor, earlier and later, and what happens without one."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboardX import SummaryWriter
from textual.pilot import Pilot

from gan_tui.monitoring.monitor import Monitor
from gan_tui.monitoring.replay import Replay
from gan_tui.monitoring.snapshot import ReplayState
from gan_tui.samples.files import SampleImage
from gan_tui.samples.thumbnails import Thumbnail, thumbnail
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.widgets import samples
from gan_tui.tui.widgets.run_list import RunList
from gan_tui.tui.widgets.samples import SamplesPanel
from tests.helpers.fakes import FakeSource, run, series, snapshot
from tests.helpers.screens import lines, screen, until, view

STEPS = (1_000, 4_000, 8_000, 11_000)


def picture(step: int) -> SampleImage:
    """A flat grid whose level is the step's place among STEPS."""
    out = io.BytesIO()
    level = 60 * (STEPS.index(step) + 1) - 10
    Image.fromarray(np.full((16, 16, 3), level, np.uint8)).save(out, "PNG")
    return SampleImage("fakes", step, data=out.getvalue())


def with_pictures(source: FakeSource, steps: Sequence[int] = STEPS) -> None:
    source.samples.add("runs/dcgan-07", [picture(step) for step in steps])


def panel(app: GanTuiApp) -> SamplesPanel:
    return app.main.query_one(SamplesPanel)


async def drawn(app: GanTuiApp, pilot: Pilot[None]) -> str:
    """What the panel shows once it waits for nothing."""

    def ready() -> bool:
        text = "\n".join(lines(app))
        return "─ samples" in text and "..." not in text.partition("samples")[2]

    await pilot.pause()
    await until(ready)
    return "\n".join(lines(app))


def colours(app: GanTuiApp) -> set[str]:
    strips = [panel(app).render_line(y) for y in range(panel(app).size.height)]
    styles = [s.style for strip in strips for s in strip if s.text.startswith("▀")]
    return {s.color.get_truecolor().hex for s in styles if s is not None and s.color is not None}


async def test_i_shows_the_newest_and_the_keys_go_earlier_and_later() -> None:
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        assert "step 11,000 4 of 4" in await drawn(app, pilot)
        assert colours(app) == {"#e0e0e0"}
        for pressed, step in (
            ("K", 8_000),
            ("K", 4_000),
            ("J", 8_000),
            ("K", 4_000),
            ("K", 1_000),
            ("K", 1_000),
        ):
            await pilot.press(pressed)
            assert f"step {step:,} {STEPS.index(step) + 1} of 4" in await drawn(app, pilot)
            assert view(app).cursor == step
        assert colours(app) == {"#303030"}


async def test_the_panel_follows_the_cursor_in_steps_and_in_time() -> None:
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i", "left", *["shift+left"] * 5)
        cursor = view(app).cursor or 0
        near = min(STEPS, key=lambda s: abs(s - cursor))
        assert f"step {near:,} " in await drawn(app, pilot)
        await pilot.press("x", "K", "K")
        # A tenth of a second a step: the cursor stands where the grid's step was logged.
        assert f"step {4_000:,} " in await drawn(app, pilot)
        assert view(app).cursor == pytest.approx(1_760_000_000 + 400)


async def test_i_again_shows_them_alone_and_then_hides_them() -> None:
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        beside = panel(app).size.width
        await pilot.press("i")
        await pilot.pause()
        assert panel(app).size.width > 2 * beside
        assert not app.main.query_one("#charts").display
        await pilot.press("i")
        await pilot.pause()
        assert not panel(app).display
        assert app.main.query_one("#charts").display


async def test_what_was_measured_stands_below() -> None:
    measured = (
        series("samples/diversity", [0.5, 0.25], steps=[8_000, 11_000], clock=False),
        series("samples/duplicates", [0.1, 0.62], steps=[8_000, 11_000], clock=False),
    )
    async with screen(snapshot(run(more=measured))) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        shown = await drawn(app, pilot)
    assert "62% with a near duplicate" in shown
    assert "diversity 0.25" in shown


async def test_without_pictures_it_says_what_would_be_shown() -> None:
    async with screen(snapshot(run())) as (app, pilot, _):
        await pilot.press("i", "J", "K")
        assert "No sample images are logged" in await drawn(app, pilot)


async def test_a_replay_shows_no_later_samples() -> None:
    replay = ReplayState(5_000, 0, 11_990, paused=False, speed=1.0)
    played = run(points=500)
    async with screen(snapshot(played, replay=replay)) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        assert "step 4,000 2 of 2" in await drawn(app, pilot)


@pytest.mark.parametrize(
    ("error", "said"),
    [(ImportError(), "pip install 'gan-tui[samples]'"), (ValueError("it is torn"), "fakes: it is torn")],
)
async def test_what_cannot_be_decoded_is_said(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(samples, "thumbnail", fail)
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        shown = await drawn(app, pilot)
    assert said.split(maxsplit=1)[0] in shown


async def test_a_picture_that_is_still_being_written_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(samples, "RETRY_SECONDS", 0.0)
    tries = []

    def torn_at_first(pictures: Sequence[SampleImage], width: int, height: int) -> Thumbnail:
        tries.append(pictures[0].step)
        if len(tries) < 3:
            raise ValueError("torn")
        return thumbnail(pictures, width, height)

    monkeypatch.setattr(samples, "thumbnail", torn_at_first)
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        await until(lambda: len(tries) == 3)
        await until(lambda: colours(app) == {"#e0e0e0"})


async def test_decoding_holds_nobody_up_and_the_newest_wish_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, asked = threading.Event(), list[int]()

    def slow(pictures: Sequence[SampleImage], width: int, height: int) -> Thumbnail:
        del width, height
        asked.append(pictures[0].step)
        gate.wait(20)
        return Thumbnail(np.zeros((4, 4, 3), np.uint8))

    monkeypatch.setattr(samples, "thumbnail", slow)
    async with screen(snapshot(run())) as (app, pilot, source):
        with_pictures(source)
        await pilot.press("i")
        await until(lambda: asked == [11_000])
        await pilot.press("K", "K", "K", "y")
        assert view(app).log_y
        gate.set()
        await until(lambda: len(asked) == 2)
        assert asked == [11_000, 1_000]


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 15), (40, 10), (20, 3)])
async def test_it_fits_every_screen(size: tuple[int, int]) -> None:
    async with screen(snapshot(run()), size=size) as (app, pilot, source):
        with_pictures(source)
        for _ in range(3):
            await pilot.press("i")
            await pilot.pause()
            assert all(len(line) == size[0] for line in lines(app))


def losses(file: Path) -> None:
    rows = "".join(f"{i},{1.4 + 0.1 * (i % 7)},{0.7 + 0.1 * (i % 5)}\n" for i in range(300))
    file.write_text("step,d_loss,g_loss\n" + rows)


def pictures_beside(folder: Path) -> None:
    losses(folder / "losses.csv")
    (folder / "samples").mkdir()
    for step in (100, 200):
        Image.fromarray(np.full((32, 32), step, np.uint8)).save(folder / "samples" / f"fakes_{step:06}.png")


def pictures_in_events(folder: Path) -> None:
    with SummaryWriter(str(folder)) as writer:
        for step in range(300):
            writer.add_scalar("Loss_D", 1.4 + 0.1 * (step % 7), step)
            writer.add_scalar("Loss_G", 0.7 + 0.1 * (step % 5), step)
        for step in (100, 200):
            writer.add_image("fakes", np.full((3, 32, 32), step, np.uint8), step)


@pytest.mark.parametrize("lay", [pictures_beside, pictures_in_events])
@pytest.mark.parametrize("kind", ["live", "replay"])
async def test_pictures_of_files_and_of_event_logs_are_shown(
    tmp_path: Path, lay: Callable[[Path], None], kind: str
) -> None:
    lay(tmp_path)
    source = Monitor([tmp_path]) if kind == "live" else Replay([tmp_path], speed=1e7)
    app = GanTuiApp(source, glyphs="braille", theme="dark", fps=50.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")

        def steps() -> tuple[int, ...]:
            book = source.samples
            run = app.main.run_state
            return () if book is None or run is None or run.last_step != 299 else book.steps(run.path)

        await until(lambda: steps() == (100, 200))
        await until(lambda: "step 200 2 of 2" in "\n".join(lines(app)))
        await pilot.press("K")
        assert "step 100 1 of 2" in await drawn(app, pilot)
        await until(lambda: colours(app) == {"#606060"})


async def test_where_it_is_not_wide_the_list_of_runs_makes_room() -> None:
    for width, listed in ((200, True), (120, False)):
        async with screen(size=(width, 40)) as (app, pilot, _):
            assert app.main.query_one(RunList).display
            await pilot.press("i")
            await pilot.pause()
            assert app.main.query_one(RunList).display is listed
            assert panel(app).display
