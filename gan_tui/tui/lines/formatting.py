"""Numbers and times as text, and lines fitted to a width."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

from gan_tui.charts.canvas import StyledLine
from gan_tui.charts.number_format import label
from gan_tui.monitoring.snapshot import RunState, Snapshot, Status
from gan_tui.sanitize import clean

PROGRESS_BAR_WIDTH = 8
AGES = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
"""Ages are rounded down to these seconds, so that they change rarely and an idle screen sends little."""

# -- text ----------------------------------------------------------------------------------------------


def age(seconds: float) -> str:
    """Return how long ago something was, rounded down: "30 s ago"."""
    if seconds < AGES[0]:
        return "just now"
    if seconds < AGES[-1]:
        rounded = max(a for a in AGES if a <= seconds)
        return f"{rounded} s ago" if rounded < 60 else f"{rounded // 60} min ago"
    hours = int(seconds // 3600)
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"


def step_unit(run: RunState) -> str:
    """Return the unit of a step; the word may come from a log."""
    return clean(run.axis or "step", 16)


def step_source(run: RunState) -> str:
    """Return the unit of the steps and the columns they come from: "steps, from epoch + batch"."""
    source = clean(run.axis_from or "step", 40)
    if source == "row":
        return "rows (the log has no step column)"
    return f"{step_unit(run)}s" if source == step_unit(run) else f"{step_unit(run)}s, from {source}"


def rate(run: RunState) -> str:
    """Return steps per second, or per minute if the run is slower; "" if the rate is unknown."""
    per_second = run.steps_per_second
    if per_second is None:
        return ""
    digits, unit = (f"{per_second:.2g}", "s") if per_second >= 0.95 else (f"{per_second * 60:.2g}", "min")
    return f"{_number(digits)} {step_unit(run)}s/{unit}"


@lru_cache(256)
def _number(digits: str) -> str:
    return label(float(digits))


def last_step(run: RunState) -> str:
    """Return the last step with its unit: "step 12,400"."""
    return "no point yet" if run.last_step is None else f"{step_unit(run)} {run.last_step:,}"


def status_text(run: RunState) -> str:
    """Return the status of a run; "" if it is live."""
    if run.status is Status.LIVE:
        return ""
    if run.status is Status.READING and run.progress >= 1:
        return "diagnosing"
    if run.status is Status.READING:
        return f"reading {percent_read(run)} {progress_bar(run.progress, PROGRESS_BAR_WIDTH)}"
    return {
        Status.WAITING: "waiting for the first point",
        Status.MISSING: "log is gone",
        Status.ENDED: "ended",
    }.get(run.status, "")


def percent_read(run: RunState) -> str:
    """Return how much of the log has been read; below 100 % until it is finished."""
    return f"{min(99, int(run.progress * 100))} %"


def reading_progress(snapshot: Snapshot) -> str:
    """Return how many of the runs have been read and diagnosed; "" if all have, or there is only one."""
    if snapshot.found <= 1:
        return ""
    done = sum(run.status is not Status.READING for run in snapshot.runs)
    if done >= snapshot.found:
        return ""
    bar = progress_bar(done / snapshot.found, PROGRESS_BAR_WIDTH)
    return f"reading {done:,} of {snapshot.found:,} runs {bar}"


def count_noun(number: int, noun: str) -> str:
    """Return a number with its noun: "1 fault", "12 faults", "no faults"."""
    return f"1 {noun}" if number == 1 else f"{f'{number:,}' if number else 'no'} {noun}s"


def progress_bar(share: float, width: int) -> str:
    """Return a progress bar of `width` cells."""
    done = round(min(1.0, max(0.0, share)) * width)
    return "━" * done + "─" * (width - done)


# -- width ---------------------------------------------------------------------------------------------


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Pad or cut `text` to exactly `width` cells. Wide characters count as two."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - len(ellipsis))) + ellipsis[:width]
    padding = " " * (width - size)
    return padding + text if right else text + padding


def center(text: str, width: int) -> str:
    """Center `text` in `width` cells, or cut it if it is longer."""
    size = cell_len(text)
    if size >= width:
        return fit(text, width)
    left = (width - size) // 2
    return " " * left + text + " " * (width - size - left)


def wrap(text: str, width: int, max_lines: int) -> list[str]:
    """Break `text` at spaces into at most `max_lines` lines of `width` cells, the last with an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if cell_len(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        line = word if cell_len(word) <= width else fit(word, width)
    lines.append(line)
    if len(lines) > max_lines:
        last = fit(" ".join(lines[max_lines - 1 :]), width)
        lines = [*lines[: max_lines - 1], last] if max_lines else []
    return lines


# -- styled lines --------------------------------------------------------------------------------------


def line_width(line: StyledLine) -> int:
    """Return the width of a line in cells."""
    size = 0
    for text, _ in line:
        size += len(text) if text.isascii() and text.isprintable() else cell_len(text)
    return size


def fit_line(line: StyledLine, width: int, style: str = "plot") -> StyledLine:
    """Cut a line to exactly `width` cells, or pad it in `style`."""
    spans: StyledLine = []
    available = width
    for text, span_style in line:
        size = cell_len(text)
        if size > available:
            text = set_cell_size(text, available)  # noqa: PLW2901 - the last span is shortened
            size = available
        if size:
            spans.append((text, span_style))
        available -= size
        if not available:
            break
    if available:
        spans.append((" " * available, style))
    return spans


def justify(
    left: StyledLine, right: StyledLine, width: int, style: str = "plot", fill: str = " "
) -> StyledLine:
    """Place one line at the left and one at the right; if both do not fit, the left one is cut."""
    available = width - line_width(right)
    if available <= 0:
        return fit_line(right, width, style)
    gap = available - line_width(left)
    if gap > 0:
        return [*left, (fill * gap, style), *right]
    return [*fit_line(left, max(0, available - 1), style), (" ", style), *right]


def separated(spans: Sequence[tuple[str, str]], separator_style: str) -> StyledLine:
    """Return spans as one line with dots between them."""
    line: StyledLine = []
    for span in spans:
        if line:
            line.append((" · ", separator_style))
        line.append(span)
    return line


def merge_spans(line: StyledLine) -> StyledLine:
    """Merge adjacent spans of the same style."""
    merged: StyledLine = []
    for text, style in line:
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + text, style)
        elif text:
            merged.append((text, style))
    return merged
