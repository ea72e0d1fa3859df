"""The header of a run, as one line."""

from __future__ import annotations

from functools import lru_cache

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import RunState, Status
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting


def header(run: RunState, width: int, *, now: float, replayed: bool = False, coming: str = "") -> StyledLine:
    """The header of a run as one line of exactly `width` cells; `coming` says what is still to be read."""
    left, taken = _named(run.name, run.path if width >= 70 else "")
    facts = [f for f in ((coming, "bar-strong", 0), *_facts(run, now, replayed=replayed)) if f[0]]
    right = _joined(facts)
    while (size := formatting.width_of(right)) > width - min(24, taken + 2) and len(facts) > 1:
        least = max(range(len(facts)), key=lambda i: facts[i][2])
        facts.pop(least)
        right = _joined(facts)
    if (room := width - size - taken) > 0:
        return [*left, (" " * room, "bar"), *right]
    return formatting.spread(left, right, width, "bar")


@lru_cache(256)
def _named(name: str, path: str) -> tuple[StyledLine, int]:
    """The name of a run, and where it lies; and how wide that is."""
    left: StyledLine = [(" ", "bar"), (clean(name, 60), "bar-strong")]
    shown = clean(path, 300)
    if shown and shown != name:
        left.append(("  " + shown, "bar-soft"))
    return left, formatting.width_of(left)


def _facts(run: RunState, now: float, *, replayed: bool) -> list[tuple[str, str, int]]:
    """Text, style and how early it gives way where there is no room: the largest first."""
    faults = len(run.faults)
    age = ""
    if run.last_point_at is not None and not replayed and run.status in {Status.LIVE, Status.MISSING}:
        age = formatting.age(now - run.last_point_at)
    attention = run.status is Status.MISSING
    return [
        (formatting.status(run), "bar-warning" if attention else "bar-strong", 1),
        (formatting.step(run) if run.last_step is not None else "", "bar-strong", 0),
        (formatting.rate(run), "bar", 3),
        (age, "bar", 2),
        (formatting.count(faults, "fault") if faults else "", "bar-warning", 1),
    ]


def _joined(facts: list[tuple[str, str, int]]) -> StyledLine:
    runs: StyledLine = []
    for number, (text, style, _) in enumerate(facts):
        runs += [(" · ", "bar-soft"), (text, style)] if number else [(text, style)]
    return [*runs, (" ", "bar")]
