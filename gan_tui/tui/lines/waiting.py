"""The screen before there is anything to draw."""

from __future__ import annotations

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import Snapshot, Status
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting

PICTURE = (
    "      ╭──╮      ",
    "  ╭───╯  ╰─╮  ╭─",
    "──╯        ╰──╯ ",
)
"""A curve, as decoration."""
HINTS = (
    "Reads CSV and TSV, TensorBoard event files, JSON lines,",
    "loss_log.txt and printed console lines, as they grow.",
)
MIN_HEIGHT_WITH_PICTURE = 9
MIN_HEIGHT_WITH_HINTS = 11
MAX_BAR_WIDTH = 40


def waiting_lines(snapshot: Snapshot, width: int, height: int) -> list[StyledLine]:
    """Return what the screen is waiting for, centred in `width` x `height` cells."""
    lines: list[tuple[str, str]] = []
    if height >= MIN_HEIGHT_WITH_PICTURE:
        lines += [(line, "level") for line in PICTURE]
        lines.append(("", "plot"))
    lines += [(line, "strong") for line in _waiting_for(snapshot, width)]
    found = _found_logs(snapshot)
    if found:
        lines.append((found, "soft"))
    if height >= MIN_HEIGHT_WITH_HINTS:
        lines.append(("", "plot"))
        lines += [(hint, "faint") for hint in HINTS if len(hint) <= width - 2]
        lines += [("? help   q quit", "soft")]
    lines = lines[: max(1, height)]
    margin = max(0, (height - len(lines)) // 2)
    blank: list[StyledLine] = [[(" " * width, "plot")]] * margin
    return [*blank, *([(formatting.center(text, width), style)] for text, style in lines)]


def _waiting_for(snapshot: Snapshot, width: int) -> list[str]:
    reading = [run for run in snapshot.runs if run.status is Status.READING]
    if reading:
        done = sum(run.progress for run in reading) / len(reading)
        bar = formatting.progress_bar(done, min(MAX_BAR_WIDTH, width - 4))
        return [f"reading {min(99, int(done * 100))} %", bar]
    path = clean(snapshot.waiting_for, 200)
    if not path:
        return ["looking for logs ..."]
    text = f"waiting for the first point in {path}"
    return [text] if len(text) <= width - 4 else ["waiting for the first point in", path]


def _found_logs(snapshot: Snapshot) -> str:
    """Return the number of logs that have no point yet, and of faults."""
    faults = sum(len(run.faults) for run in snapshot.runs)
    parts = []
    if snapshot.runs:
        parts.append(f"{formatting.count_noun(len(snapshot.runs), 'log')} found, no points yet")
    if faults:
        parts.append(f"{formatting.count_noun(faults, 'fault')} (f shows them)")
    return " · ".join(parts)
