"""The badge, large, with its reasons."""

from __future__ import annotations

from gan_tui.charts.raster import Runs
from gan_tui.diagnosis.result import Badge
from gan_tui.report.text import SYMBOLS
from gan_tui.snapshot import RunState
from gan_tui.text import clean
from gan_tui.tui import words
from gan_tui.tui.widgets.lines import Lines

BLOCK = 26
"""Cells of the coloured block that holds the badge's word."""
CALM = {
    Badge.WARMING_UP: "Not enough points to say how the game stands.",
    Badge.CONVERGING: "The game is in balance. That says nothing of the samples: look at them.",
}
"""What is said where no finding speaks."""


class BadgePanel(Lines):
    """The selected run's badge: one line where the screen is small, a block with reasons elsewhere."""

    DEFAULT_CSS = "BadgePanel { height: 5; }"

    def __init__(self) -> None:
        super().__init__(id="badge")
        self._run: RunState | None = None

    def show(self, run: RunState | None) -> None:
        """Speak of this run from now on."""
        self._run = run
        self.redraw()

    def compose_lines(self, width: int, height: int) -> list[Runs]:
        """As many reasons as the height holds."""
        return [] if self._run is None else badge_lines(self._run, width, height)


def badge_lines(run: RunState, width: int, height: int) -> list[Runs]:
    """The badge and its reasons in at most `height` lines of `width` cells."""
    if height <= 1:
        return [one_line(run, width)]
    if height == 2 or width < 60:
        reasons = _reasons(run, width - 2, height - 1)
        head = one_line(run, width, step=False)
        return [head, *(words.cut_runs([(" ", "plot"), *line], width) for line in reasons)]
    block = BLOCK if width >= 76 else BLOCK - 2
    texts: list[Runs] = [_facts(run, width - block - 2)]
    texts += _reasons(run, width - block - 4, height - 1)
    left = _block(run.diagnosis.badge, block, height)
    lines = []
    for y in range(height):
        text = texts[y] if y < len(texts) else []
        lines.append(words.cut_runs([*left[y], ("  ", "plot"), *text], width))
    return lines


def _block(badge: Badge, width: int, height: int) -> list[Runs]:
    style = f"badge-{badge}"
    word = f"{SYMBOLS[badge]} {badge.label.upper()}".center(width)
    return [[(word if y == (height - 1) // 2 else " " * width, style)] for y in range(height)]


def one_line(run: RunState, width: int, *, step: bool = True) -> Runs:
    """The badge on one line, with the step: the whole screen where there is no room for more.

    Without the step, which stands in the header, it says how sure the badge is.
    """
    badge = run.diagnosis.badge
    style = f"badge-{badge}"
    long, short = f" {SYMBOLS[badge]} {badge.label.upper()} ", f" {SYMBOLS[badge]} {str(badge).upper()} "
    right = f"{words.step(run)} "
    if not step:
        right = f"confidence {run.diagnosis.confidence:.0%} " if run.diagnosis.confidence else ""
    elif len(short) + len(right) > width:
        right = "" if run.last_step is None else f"{run.last_step:,} "
    word = long if len(long) + len(right) <= width else short
    if len(word) + len(right) > width:
        right = ""
    since = run.diagnosis.since_step
    middle = f" since {since:,}" if since is not None and len(word) + len(right) + 16 <= width else ""
    return words.spread([(word, style), (middle, style)], [(right, style)], width, style)


def _facts(run: RunState, width: int) -> Runs:
    """Since when, how sure, and what else holds, as far as it fits."""
    diagnosis = run.diagnosis
    parts: Runs = []
    if diagnosis.since_step is not None:
        parts.append((f"since {words.axis(run)} {diagnosis.since_step:,}", "strong"))
    if diagnosis.confidence:
        parts.append((f"confidence {diagnosis.confidence:.0%}", "soft"))
    if diagnosis.also:
        parts.append(("also " + ", ".join(b.label for b in diagnosis.also), f"state-{diagnosis.also[0]}"))
    parts.append((objective_words(run), "soft"))
    runs: Runs = []
    for number, part in enumerate(parts):
        item: Runs = [(" · ", "faint"), part] if number else [part]
        if words.width_of(runs) + words.width_of(item) <= width:
            runs += item
    return runs


def objective_words(run: RunState) -> str:
    """The loss that is taken to be trained with: "BCE loss, summed (inferred)"."""
    kind, scale = str(run.objective.kind), str(run.objective.scale)
    if kind == "unknown":
        return "objective unknown"
    name = {"bce": "BCE", "wasserstein": "Wasserstein"}.get(kind, kind)
    words_of_scale = {"sum": ", halves summed", "mean": ", halves averaged"}.get(scale, "")
    return f"{name} loss{words_of_scale}" + (" (inferred)" if run.objective.inferred else "")


def sentences(run: RunState) -> list[tuple[str, Badge | None]]:
    """What the findings say, gravest first, each with the badge it speaks for; something calm without."""
    said: list[tuple[str, Badge | None]] = [(clean(f.sentence, 600), f.badge) for f in run.diagnosis.findings]
    if not said:
        said = [(CALM.get(run.diagnosis.badge, "No finding."), None)]
    if run.note:
        said.append((clean(run.note, 600), None))
    return said


def _reasons(run: RunState, width: int, height: int) -> list[Runs]:
    """The findings' sentences, wrapped, each after the sign of the badge it speaks for."""
    lines: list[Runs] = []
    said = sentences(run)
    for number, (sentence, badge) in enumerate(said):
        left = height - len(lines)
        if left <= 0:
            break
        hold_back = 1 if number + 1 < len(said) and left > 2 else 0
        style = "plot" if badge is run.diagnosis.badge else "soft"
        sign = ("• ", "soft") if badge is None else (f"{SYMBOLS[badge]} ", f"state-{badge}")
        for i, text in enumerate(words.wrapped(sentence, width - 2, max(1, left - hold_back))):
            lines.append([sign if i == 0 else ("  ", style), (text, style)])
    return lines[: max(0, height)]
