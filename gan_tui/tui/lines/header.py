"""The header of a run, as one line."""

from __future__ import annotations

from functools import lru_cache

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState, Status
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting

MIN_WIDTH_WITH_PATH = 70
MIN_NAME_WIDTH = 24
"""Facts are left out until the name and path have at least this many cells."""


def header_line(
    run: RunState, width: int, *, now: float, is_replay: bool = False, reading_progress: str = ""
) -> StyledLine:
    """Return the header of a run, in exactly `width` cells.

    Args:
        run: The run.
        width: Cells across.
        now: Unix time, for the age of the last point.
        is_replay: Leave out the age.
        reading_progress: How many runs have been read, or "".
    """
    left, left_width = _name_and_path(run.name, run.path if width >= MIN_WIDTH_WITH_PATH else "")
    facts = [f for f in ((reading_progress, "bar-strong", 0), *_facts(run, now, is_replay=is_replay)) if f[0]]
    right = _join(facts)
    max_width = width - min(MIN_NAME_WIDTH, left_width + 2)
    while (right_width := formatting.line_width(right)) > max_width and len(facts) > 1:
        facts.pop(max(range(len(facts)), key=lambda i: facts[i][2]))
        right = _join(facts)
    if (gap := width - right_width - left_width) > 0:
        return [*left, (" " * gap, "bar"), *right]
    return formatting.justify(left, right, width, "bar")


@lru_cache(256)
def _name_and_path(name: str, path: str) -> tuple[StyledLine, int]:
    """Return the name and path of a run, and their width."""
    line: StyledLine = [(" ", "bar"), (clean(name, 60), "bar-strong")]
    path_text = clean(path, 300)
    if path_text and path_text != name:
        line.append(("  " + path_text, "bar-soft"))
    return line, formatting.line_width(line)


def _facts(run: RunState, now: float, *, is_replay: bool) -> list[tuple[str, str, int]]:
    """Return the text, style and rank of each fact; the highest rank is left out first."""
    faults = len(run.faults)
    age = ""
    if run.last_point_at is not None and not is_replay and run.status in {Status.LIVE, Status.MISSING}:
        age = formatting.age(now - run.last_point_at)
    status_style = "bar-warning" if run.status is Status.MISSING else "bar-strong"
    return [
        (formatting.status_text(run), status_style, 1),
        (formatting.last_step(run) if run.last_step is not None else "", "bar-strong", 0),
        (formatting.rate(run), "bar", 3),
        (age, "bar", 2),
        (formatting.count_noun(faults, "fault") if faults else "", "bar-warning", 1),
    ]


def _join(facts: list[tuple[str, str, int]]) -> StyledLine:
    spans = [(text, style) for text, style, _ in facts]
    return [*formatting.separated(spans, "bar-soft"), (" ", "bar")]
