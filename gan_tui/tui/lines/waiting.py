"""What is on the screen while there is nothing to draw yet."""

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
"""A curve that goes nowhere yet."""
HINTS = (
    "Reads CSV and TSV, TensorBoard event files, JSON lines,",
    "loss_log.txt and printed console lines, as they grow.",
)


def waiting_lines(snapshot: Snapshot, width: int, height: int) -> list[StyledLine]:
    """A word on what is waited for, in the middle of `width` x `height` cells."""
    lines: list[tuple[str, str]] = []
    if height >= 9:
        lines += [(line, "level") for line in PICTURE]
        lines.append(("", "plot"))
    lines += [(line, "strong") for line in _waiting_for(snapshot, width)]
    found = _found(snapshot)
    if found:
        lines.append((found, "soft"))
    if height >= 11:
        lines.append(("", "plot"))
        lines += [(hint, "faint") for hint in HINTS if len(hint) <= width - 2]
        lines += [("? help   q quit", "soft")]
    lines = lines[: max(1, height)]
    above = max(0, (height - len(lines)) // 2)
    blank: list[StyledLine] = [[(" " * width, "plot")]] * above
    return [*blank, *([(formatting.centred(text, width), style)] for text, style in lines)]


def _waiting_for(snapshot: Snapshot, width: int) -> list[str]:
    reading = [run for run in snapshot.runs if run.status is Status.READING]
    if reading:
        done = sum(run.progress for run in reading) / len(reading)
        return [f"reading {min(99, int(done * 100))} %", formatting.bar(done, min(40, width - 4))]
    where = clean(snapshot.waiting_for, 200)
    if not where:
        return ["looking for logs ..."]
    whole = f"waiting for the first point in {where}"
    return [whole] if len(whole) <= width - 4 else ["waiting for the first point in", where]


def _found(snapshot: Snapshot) -> str:
    """Logs that are there but have no point yet."""
    faults = sum(len(run.faults) for run in snapshot.runs)
    parts = []
    if snapshot.runs:
        parts.append(
            f"{formatting.count(len(snapshot.runs), 'log')} found, no point in {_them(snapshot)} yet"
        )
    if faults:
        parts.append(f"{formatting.count(faults, 'fault')} (f shows them)")
    return " · ".join(parts)


def _them(snapshot: Snapshot) -> str:
    return "it" if len(snapshot.runs) == 1 else "them"
