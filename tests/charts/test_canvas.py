from __future__ import annotations

import numpy as np

from gan_tui.charts.canvas import ASCII, BLOCKS, BRAILLES, Area, Canvas, Glyphs
from gan_tui.charts.rasterize import Coverage


def drawn(glyphs: Glyphs, low: list[float], high: list[float] | None = None, height: int = 2) -> str:
    cover = Coverage(np.array(low), np.array(low if high is None else high))
    width = len(low) // glyphs.across
    canvas = Canvas(width, height, glyphs)
    canvas.stroke(Area(0, 0, width, height), cover, "d")
    return canvas.plain()


def test_a_rising_line_in_braille() -> None:
    assert drawn(BRAILLES, np.linspace(0, 1, 8).tolist()) == "  ⡠⠊\n⡠⠊"


def test_a_rising_line_in_blocks() -> None:
    assert drawn(BLOCKS, np.linspace(0, 1, 4).tolist()) == " ▞\n▞"


def test_a_rising_line_in_ascii() -> None:
    assert drawn(ASCII, np.linspace(0, 1, 6).tolist()) == "   .-'\n.-'"


def test_a_band_is_filled() -> None:
    assert drawn(BRAILLES, [0.0, 0.0], [1.0, 1.0]) == "⣿\n⣿"
    assert drawn(BLOCKS, [0.0, 0.0], [1.0, 1.0]) == "█\n█"
    assert drawn(ASCII, [0.0], [1.0]) == "|\n|"


def test_gaps_stay_blank() -> None:
    assert drawn(BRAILLES, [0.0, np.nan, np.nan, 0.0]) == "\n⡀⢀"


def test_what_lies_outside_is_not_drawn_at_the_edge() -> None:
    assert drawn(BRAILLES, [2.0, 2.0]) == "\n"
    assert drawn(BRAILLES, [-1.0, -1.0]) == "\n"
    assert drawn(BRAILLES, [0.5, 0.5], [99.0, 99.0], height=3) == "⣿\n⠿\n"


def test_later_lines_cover_earlier_ones_unless_they_are_interleaved() -> None:
    area = Area(0, 0, 8, 1)
    line = Coverage(np.zeros(16), np.zeros(16))
    canvas = Canvas(8, 1)
    canvas.stroke(area, line, "d")
    canvas.stroke(area, line, "g")
    assert [style for _, style in canvas.row(0)] == ["g"]
    canvas = Canvas(8, 1)
    canvas.stroke(area, line, "d")
    canvas.stroke(area, line, "g", interleave_with=["d"])
    assert [style for _, style in canvas.row(0)] == ["d", "g", "d", "g"]


def test_dashes_tell_curves_apart_without_colour() -> None:
    canvas = Canvas(4, 1)
    line = Coverage(np.zeros(8), np.zeros(8))
    canvas.stroke(Area(0, 0, 4, 1), line, "g", dash=(1, 2))
    assert canvas.plain() == "⡀⡀⡀⡀"


def test_rows_are_runs_of_one_style() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 1, "ab", "label")
    canvas.put(0, 5, "xyz", "axis")
    canvas.put(3, 0, "outside", "axis")
    assert canvas.row(0) == [(" ", "plot"), ("ab", "label"), ("  ", "plot"), ("x", "axis")]


def test_every_glyph_set_has_a_character_for_every_pattern() -> None:
    for glyphs in (BRAILLES, BLOCKS, ASCII):
        patterns = 2 ** (glyphs.across * glyphs.down)
        assert all(len(charset) == patterns and charset[0] == " " for charset in glyphs.charsets)
    assert all(c.isascii() for charset in ASCII.charsets for c in charset)
