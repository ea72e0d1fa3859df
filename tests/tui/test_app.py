from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from msgspec.structs import replace

from gan_tui.diagnosis.result import Badge
from gan_tui.errors import UsageError
from gan_tui.monitoring.snapshot import Snapshot, Status
from gan_tui.tui import key_bindings
from gan_tui.tui.app import GanTuiApp
from gan_tui.tui.offline_screenshot import screenshot
from gan_tui.tui.output.ascii_fallback import fold
from gan_tui.tui.theme.app_theme import glyphs_for_terminal
from gan_tui.tui.theme.palette import PALETTES, STYLES, RichStyles, variables
from tests.helpers.fakes import FakeSource, run, snapshot


def test_starting_the_screen_loads_nothing_that_it_does_not_show() -> None:
    code = "import sys, gan_tui.tui.app; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"plotext", "watchdog", "PIL", "click"} & set(done.stdout.split())


def test_an_unknown_theme_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no theme 'pink'"):
        GanTuiApp(FakeSource(), theme="pink")
    assert GanTuiApp(FakeSource(), theme="nord").theme == "nord"
    assert GanTuiApp(FakeSource(), theme="ansi-dark").theme == "gan-ansi"
    assert GanTuiApp(FakeSource(), theme="ansi-light").theme == "gan-ansi-light"


def test_an_error_in_the_reader_ends_the_program_with_that_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Broken(FakeSource):
        def turn(self) -> Snapshot | None:
            raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        GanTuiApp(Broken(), theme="dark").run(headless=True, size=(80, 24))


@pytest.mark.parametrize(
    ("term", "glyphs"), [("xterm-256color", "braille"), ("linux", "ascii"), ("vt100", "ascii")]
)
def test_glyphs_are_what_the_terminal_can_show(
    monkeypatch: pytest.MonkeyPatch, term: str, glyphs: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("gan_tui.tui.theme.app_theme.supports_unicode", lambda: True)
    assert glyphs_for_terminal() == glyphs
    monkeypatch.setattr("gan_tui.tui.theme.app_theme.supports_unicode", lambda: False)
    assert glyphs_for_terminal() == "ascii"


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = GanTuiApp(FakeSource())
    assert app.monochrome
    assert app.theme == "gan-mono"


def test_a_screenshot_is_drawn_without_a_terminal_and_loads_nothing() -> None:
    svg = screenshot(snapshot(run(Badge.COLLAPSE)), (100, 30))
    ET.fromstring(svg)  # noqa: S314 - our own
    assert "SUSPECTED" in svg
    assert "30&#160;s&#160;ago" in svg
    assert "url(http" not in svg
    assert "@font-face" not in svg


def test_a_screenshot_of_a_source_waits_until_it_has_read_everything() -> None:
    done = run(points=400)
    reading = replace(run(points=100), status=Status.READING)
    svg = screenshot(FakeSource(snapshot(reading), snapshot(done)), (100, 30), press=["y"])
    assert "3,990" in svg
    assert "log&#160;y" in svg


@pytest.mark.parametrize("name", PALETTES)
def test_every_style_can_be_painted_in_every_theme(name: str) -> None:
    styles = RichStyles(variables(name), mono=name == "mono")
    for style in STYLES:
        assert styles[style].bgcolor is not None


def test_without_colour_attributes_tell_d_from_g_and_the_smooth_from_the_raw() -> None:
    styles = RichStyles(variables("mono"), mono=True)
    assert len({styles[name] for name in ("d", "g", "d-raw")}) == 3
    assert all(styles[f"badge-{badge}"].reverse for badge in Badge)


def test_dark_and_light_tell_d_from_g_by_brightness_too() -> None:
    def brightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    for name in ("dark", "light"):
        d, g = brightness(PALETTES[name]["d"]), brightness(PALETTES[name]["g"])
        assert (max(d, g) + 0.05) / (min(d, g) + 0.05) > 1.2
        for key in ("d", "g", "foreground", "soft", "converging", "oscillating", "collapse", "diverged"):
            ink, paper = brightness(PALETTES[name][key]), brightness(PALETTES[name]["background"])
            assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 4.4, (name, key)


def test_every_character_of_the_screen_has_an_ascii_equivalent() -> None:
    shown = "".join(key.label for key in key_bindings.KEYS) + "─━│┤└┐●◆✓✗◉≈…•·↑↓×▲▼↺"
    assert "?" not in fold(shown.replace("?", ""))
    assert fold("損") == "??"
