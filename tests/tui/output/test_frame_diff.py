"""What is sent is small, and the terminal shows what the screen says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from gan_tui.tui.output.frame_diff import MAX_STYLES, FrameDiff
from gan_tui.tui.output.textual_private import ChopsUpdate, LayoutUpdate

RED, BLUE = Style.parse("bold red on black"), Style.parse("blue on black")
WIDTH, HEIGHT = 12, 3


@dataclass
class Terminal:
    """Knows what the program sends: cursor moves, colours, text."""

    cells: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    pen: list[str] = field(default_factory=lambda: ["?", "?", "?"])

    def feed(self, sent: str) -> None:
        row, column = -1, -1
        for sequence, text in re.findall(r"\x1b\[([\d;]*[Hm])|([^\x1b])", sent):
            if sequence.endswith("H"):
                row, column = (int(n) - 1 for n in sequence[:-1].split(";"))
            elif sequence:
                self.pen = self._pen(self.pen, sequence[:-1])
            else:
                assert text.isprintable()
                self.cells[row, column] = (text, "|".join(self.pen))
                column += 2 if text > "\u2e80" else 1

    @staticmethod
    def _pen(pen: list[str], codes: str) -> list[str]:
        attributes, ink, paper = pen
        for code in re.findall(r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)|\d+", codes):
            if code == "0":
                attributes, ink, paper = "0", "39", "49"
            elif re.match(r"3|9\d", code) and len(code) > 1:
                ink = code
            elif re.match(r"4|10\d", code) and len(code) > 1:
                paper = code
            else:
                attributes += f";{code}"
        return [attributes, ink, paper]

    def text(self, row: int) -> str:
        return "".join(self.cells.get((row, x), ("", ""))[0] for x in range(WIDTH))


def frame_diff(*, ascii_only: bool = False) -> FrameDiff:
    console = Console(color_system="truecolor", force_terminal=True)
    return FrameDiff(console, ascii_only=ascii_only)


def layout(*lines: list[Segment]) -> LayoutUpdate:
    strips = [[Strip(line).adjust_cell_length(WIDTH, BLUE)] for line in lines]
    return LayoutUpdate(strips, Region(0, 0, WIDTH, HEIGHT))


def chop(y: int, x: int, *segments: Segment) -> ChopsUpdate:
    strip = Strip(segments)
    chops: list[dict[int, Strip | None]] = [{0: None} for _ in range(HEIGHT)]
    chops[y] = {0: None, x: strip}
    ends = [[WIDTH] for _ in range(HEIGHT)]
    ends[y] = [x, x + strip.cell_length]
    return ChopsUpdate(chops, [(y, x, x + strip.cell_length)], ends)


def test_the_first_frame_is_sent_whole_and_an_equal_one_not_at_all() -> None:
    diff, terminal = frame_diff(), Terminal()
    frame = layout([Segment("loss", RED), Segment(" 1.38", BLUE)], [Segment("D", BLUE)], [])
    sent = diff.encode(frame, WIDTH, HEIGHT)
    assert sent is not None
    terminal.feed(sent)
    assert [terminal.text(y) for y in range(HEIGHT)] == [
        "loss 1.38".ljust(WIDTH),
        "D".ljust(WIDTH),
        " " * WIDTH,
    ]
    assert diff.encode(frame, WIDTH, HEIGHT) == ""


def test_only_what_differs_is_sent() -> None:
    diff = frame_diff()
    diff.encode(layout([Segment("step 1,000", BLUE)], [], []), WIDTH, HEIGHT)
    sent = diff.encode(layout([Segment("step 1,001", BLUE)], [], []), WIDTH, HEIGHT)
    assert sent is not None
    assert re.sub(r"\x1b\[[\d;]*[Hm]", "", sent) == "1"
    assert sent.startswith("\x1b[1;10H")


def test_part_of_a_line_is_applied() -> None:
    diff, terminal = frame_diff(), Terminal()
    terminal.feed(diff.encode(layout([Segment("abcdefghijkl", BLUE)], [], []), WIDTH, HEIGHT) or "")
    terminal.feed(diff.encode(chop(0, 4, Segment("EfgH", RED)), WIDTH, HEIGHT) or "")
    assert terminal.text(0) == "abcdEfgHijkl"
    styles = [terminal.cells[0, x][1] for x in range(WIDTH)]
    assert len(set(styles[:4] + styles[8:])) == 1
    assert len(set(styles[4:8])) == 1
    assert styles[0] != styles[4]


def test_colours_are_sent_only_where_they_change() -> None:
    diff = frame_diff()
    sent = diff.encode(layout([Segment("ab", RED), Segment("cd", RED)], [], []), WIDTH, HEIGHT) or ""
    assert sent.count("m") <= 4


def test_wide_characters_keep_their_cells() -> None:
    diff, terminal = frame_diff(), Terminal()
    terminal.feed(diff.encode(layout([Segment("損失 D", BLUE)], [], []), WIDTH, HEIGHT) or "")
    terminal.feed(diff.encode(layout([Segment("損得 D", BLUE)], [], []), WIDTH, HEIGHT) or "")
    assert terminal.cells[0, 2][0] == "得"
    assert terminal.cells[0, 5][0] == "D"


def test_a_new_size_or_an_invalidation_sends_everything() -> None:
    diff = frame_diff()
    frame = layout([Segment("abc", BLUE)], [], [])
    whole = diff.encode(frame, WIDTH, HEIGHT)
    diff.invalidate()
    assert diff.encode(frame, WIDTH, HEIGHT) == whole
    assert diff.encode(chop(0, 0, Segment("x", BLUE)), WIDTH + 1, HEIGHT) is None


def test_ascii_means_ascii() -> None:
    diff = frame_diff(ascii_only=True)
    sent = diff.encode(layout([Segment("─●損 ✓", BLUE)], [], []), WIDTH, HEIGHT) or ""
    assert sent.isascii()
    assert "-o?? +" in re.sub(r"\x1b\[[\d;]*[Hm]", "", sent)


@pytest.mark.parametrize("seed", range(20))
def test_any_sequence_of_frames_leaves_the_right_screen(seed: int) -> None:
    import random

    rng = random.Random(seed)  # noqa: S311 - a test's choice, no secret
    diff, terminal = frame_diff(), Terminal()
    lines = [""] * HEIGHT
    for _ in range(30):
        lines = ["".join(rng.choice("ab ⣿●") for _ in range(WIDTH)) for _ in range(HEIGHT)]
        frame = layout(*([Segment(c, rng.choice([RED, BLUE])) for c in line] for line in lines))
        terminal.feed(diff.encode(frame, WIDTH, HEIGHT) or "")
        assert [terminal.text(y) for y in range(HEIGHT)] == lines


@pytest.mark.parametrize("seed", range(20))
def test_changed_lines_leave_the_same_screen_as_whole_frames(seed: int) -> None:
    import random

    rng = random.Random(seed)  # noqa: S311 - a test's choice, no secret
    updated, whole, terminal, other = frame_diff(), frame_diff(), Terminal(), Terminal()
    styles = [RED, BLUE, Style.parse("green on blue")]
    blank = layout([], [], [])
    terminal.feed(updated.encode(blank, WIDTH, HEIGHT) or "")
    other.feed(whole.encode(blank, WIDTH, HEIGHT) or "")
    rows: list[list[Segment]] = [[] for _ in range(HEIGHT)]
    for _ in range(30):
        lines = []
        for y in rng.sample(range(HEIGHT), rng.randint(1, HEIGHT)):
            rows[y] = [
                Segment(rng.choice(["a", "b ", " ", "損", "⣿", "●x"]), rng.choice(styles)) for _ in range(4)
            ]
            room = WIDTH - sum(segment.cell_length for segment in rows[y])
            if rng.random() < 0.5:  # whole lines, as most are, and such as leave something free
                rows[y].append(Segment("⣀" * room, rng.choice(styles)))
            runs = [(segment.text, updated.style_number(segment.style)) for segment in rows[y]]
            lines.append((y, 0, WIDTH, runs, updated.style_number(BLUE)))
        terminal.feed(updated.encode_lines(lines) or "")
        other.feed(whole.encode(layout(*rows), WIDTH, HEIGHT) or "")
        assert terminal.cells == other.cells


def test_lines_are_not_encoded_before_the_first_whole_frame() -> None:
    diff = frame_diff()
    assert (
        diff.encode_lines([(0, 0, WIDTH, [("x", diff.style_number(RED))], diff.style_number(BLUE))]) is None
    )
    diff.encode(layout([], [], []), WIDTH, HEIGHT)
    assert (
        diff.encode_lines([(HEIGHT, 0, WIDTH, [("x", diff.style_number(RED))], diff.style_number(BLUE))])
        is None
    )


def test_colours_last_from_frame_to_frame() -> None:
    diff = frame_diff()
    diff.encode(layout([Segment("abc", BLUE)], [], []), WIDTH, HEIGHT)
    sent = diff.encode(layout([Segment("abd", BLUE)], [], []), WIDTH, HEIGHT) or ""
    assert sent == "\x1b[1;3Hd"


def test_very_many_styles_are_numbered_again_and_the_screen_is_sent_whole() -> None:
    diff = FrameDiff(Console(color_system="truecolor", force_terminal=True))
    for colour in range(MAX_STYLES):
        assert not diff.reset_styles()
        assert diff.style_number(Style(color=Color.from_rgb(colour & 255, colour >> 8, 7))) == colour
    assert diff.reset_styles()
    assert diff.style_generation == 1
    assert diff.style_number(RED) == 0
    assert diff.encode_lines([(0, 0, 1, [("x", 0)], 0)]) is None


@pytest.mark.parametrize("seed", range(30))
def test_pending_rows_are_sent_to_a_slow_line_in_the_end(seed: int) -> None:
    import random

    rng = random.Random(seed)  # noqa: S311 - a test's choice, no secret
    diff, terminal = frame_diff(), Terminal()
    lines = [""] * HEIGHT
    for _ in range(30):
        diff.budget = rng.choice([None, 0, 20, 60, 200])
        lines = ["".join(rng.choice("ab ⣿●") for _ in range(WIDTH)) for _ in range(HEIGHT)]
        frame = layout(*([Segment(c, rng.choice([RED, BLUE])) for c in line] for line in lines))
        sent = diff.encode(frame, WIDTH, HEIGHT) or ""
        if diff.budget is not None:
            assert len(re.sub(r"\x1b\[[\d;]*[Hm]", "", sent)) <= diff.budget
        terminal.feed(sent)
    diff.budget = 60
    for _ in range(60):
        terminal.feed(diff.encode_pending())
    assert not diff.pending
    assert [terminal.text(y) for y in range(HEIGHT)] == lines
    assert diff.encode(frame, WIDTH, HEIGHT) == ""


def test_text_is_sent_before_curves_on_a_slow_line() -> None:
    diff, terminal = frame_diff(), Terminal()
    blank = [Segment(" " * WIDTH, BLUE)]
    terminal.feed(diff.encode(layout(blank, blank, blank), WIDTH, HEIGHT) or "")
    diff.budget = 0
    assert diff.encode(layout([Segment("old words", BLUE)], blank, blank), WIDTH, HEIGHT) == ""
    assert diff.encode(layout([Segment("old words", BLUE)], [Segment("⣿⣿", RED)], [Segment("log y", RED)]),
                     WIDTH, HEIGHT) == ""  # fmt: skip
    diff.budget = 30
    order = []
    while diff.pending:
        before = dict(terminal.cells)
        terminal.feed(diff.encode_pending())
        order += sorted({y for (y, x), cell in terminal.cells.items() if before.get((y, x)) != cell})
    assert order == [2, 0, 1], "and curves last"


def test_cells_laid_out_for_a_larger_terminal_are_ignored() -> None:
    shown = frame_diff()
    whole = LayoutUpdate([[Strip([Segment(" " * WIDTH, RED)])]] * HEIGHT, Region(0, 0, WIDTH, HEIGHT))  # type: ignore[list-item]
    shown.encode(whole, WIDTH, HEIGHT)
    late = LayoutUpdate([[Strip([Segment("far", RED)])]] * 2, Region(WIDTH + 5, HEIGHT - 1, 3, 2))  # type: ignore[list-item]
    assert shown.encode(late, WIDTH, HEIGHT) == ""
