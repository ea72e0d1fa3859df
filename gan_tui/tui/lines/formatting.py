"""Numbers and times as the screen says them."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label
from gan_tui.monitoring.snapshot import RunState, Snapshot, Status
from gan_tui.sanitize import clean

BAR = 8
"""Cells of the bars that say how far the reading is."""
AGES = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
"""An age is said as the largest of these seconds that it has passed: it changes rarely, and costs an idle
screen next to nothing."""


def age(seconds: float) -> str:
    """How long ago, in a word or two."""
    if seconds < AGES[0]:
        return "just now"
    if seconds < AGES[-1]:
        held = max(a for a in AGES if a <= seconds)
        return f"{held} s ago" if held < 60 else f"{held // 60} min ago"
    hours = int(seconds // 3600)
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"


def axis(run: RunState) -> str:
    """What a step counts; the word may come from a log."""
    return clean(run.axis or "step", 16)


def axis_from(run: RunState) -> str:
    """What the steps were told from: "epochs", or "steps, told from epoch + batch"."""
    told = clean(run.axis_from or "step", 40)
    if told == "row":
        return "rows, for nothing in the log counts"
    return f"{axis(run)}s" if told == axis(run) else f"{axis(run)}s, told from {told}"


def rate(run: RunState) -> str:
    """Steps a second, or seconds a step where it is slower; "" where nothing tells."""
    pace = run.steps_per_second
    if pace is None:
        return ""
    digits, unit = (f"{pace:.2g}", "s") if pace >= 0.95 else (f"{pace * 60:.2g}", "min")
    return f"{_number(digits)} {axis(run)}s/{unit}"


@lru_cache(256)
def _number(digits: str) -> str:
    return label(float(digits))


def step(run: RunState) -> str:
    """The last step with its unit: "step 12,400"."""
    return "no point yet" if run.last_step is None else f"{axis(run)} {run.last_step:,}"


def status(run: RunState) -> str:
    """What is going on with the log, where it is not simply live."""
    if run.status is Status.LIVE:
        return ""
    if run.status is Status.READING and run.progress >= 1:
        return "judging what was read"
    if run.status is Status.READING:
        return f"reading {min(99, int(run.progress * 100))} % {bar(run.progress, BAR)}"
    return {
        Status.WAITING: "waiting for the first point",
        Status.MISSING: "log is gone",
        Status.ENDED: "ended",
    }.get(run.status, "")


def runs_read(snapshot: Snapshot) -> str:
    """How many of the runs that were found have been read and judged; "" where all have, or there is one."""
    if snapshot.found <= 1:
        return ""
    done = sum(run.status is not Status.READING for run in snapshot.runs)
    if done >= snapshot.found:
        return ""
    return f"reading {done:,} of {snapshot.found:,} runs {bar(done / snapshot.found, BAR)}"


def count(number: int, word: str) -> str:
    """A number with its noun: "1 fault", "12 faults", "no faults"."""
    return f"1 {word}" if number == 1 else f"{f'{number:,}' if number else 'no'} {word}s"


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis. Wide characters count two."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - len(ellipsis))) + ellipsis[:width]
    padding = " " * (width - size)
    return padding + text if right else text + padding


def width_of(runs: StyledLine) -> int:
    """Cells that runs of text take."""
    size = 0
    for text, _ in runs:
        size += len(text) if text.isascii() and text.isprintable() else cell_len(text)
    return size


def cut_runs(runs: StyledLine, width: int, style: str = "plot") -> StyledLine:
    """Runs in exactly `width` cells: cut at the right, or padded in `style`."""
    kept: StyledLine = []
    room = width
    for text, name in runs:
        size = cell_len(text)
        if size > room:
            text = set_cell_size(text, room)  # noqa: PLW2901 - the last run is shortened
            size = room
        if size:
            kept.append((text, name))
        room -= size
        if not room:
            break
    if room:
        kept.append((" " * room, style))
    return kept


def spread(
    left: StyledLine, right: StyledLine, width: int, style: str = "plot", fill: str = " "
) -> StyledLine:
    """Left runs at the left, right ones at the right; the left ones give way."""
    space = width - width_of(right)
    if space <= 0:
        return cut_runs(right, width, style)
    room = space - width_of(left)
    if room > 0:
        return [*left, (fill * room, style), *right]
    return [*cut_runs(left, max(0, space - 1), style), (" ", style), *right]


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """`text` broken at spaces into at most `lines` lines of `width` cells, the last with an ellipsis."""
    out: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            out.append(line)
        line = word if cell_len(word) <= width else fit(word, width)
    out.append(line)
    if len(out) > lines:
        out = [*out[: lines - 1], fit(" ".join(out[lines - 1 :]), width)] if lines else []
    return out


def centred(text: str, width: int) -> str:
    """`text` in the middle of `width` cells, cut where it is longer."""
    size = cell_len(text)
    if size >= width:
        return fit(text, width)
    left = (width - size) // 2
    return " " * left + text + " " * (width - size - left)


def bar(share: float, width: int) -> str:
    """A progress bar of `width` cells."""
    done = round(min(1.0, max(0.0, share)) * width)
    return "━" * done + "─" * (width - done)


def joined(runs: StyledLine) -> StyledLine:
    """The same line with neighbours of one style made one run."""
    out: StyledLine = []
    for text, style in runs:
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        elif text:
            out.append((text, style))
    return out
