"""From curves to a badge: looks at checkpoints, applies the rules, keeps the badge from flickering."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gan_tui.diagnosis.checkpoints import counts, step_of_count
from gan_tui.diagnosis.result import Badge, Diagnosis, Finding, Moment
from gan_tui.diagnosis.rules import apply
from gan_tui.diagnosis.sample_rules import sample_findings
from gan_tui.diagnosis.signals import look
from gan_tui.diagnosis.windows import LOSSES, History
from gan_tui.logs.points import Ints
from gan_tui.run.objective import UNKNOWN, Objective, infer
from gan_tui.run.pair import PlayerPair

ENOUGH = 24
"""Points from which the movement of a loss can be told from its noise."""
INERTIA = 0.6
"""Share of the evidence of the checkpoints before that still counts at the next."""
ALSO = 0.5
"""Evidence from which a further state is named."""
REINFER = 2.0
"""The objective is inferred anew when the points have grown by this factor."""


@dataclass(frozen=True, slots=True)
class _State:
    """Where the judgement stands after a checkpoint."""

    count: int = 0
    """Points of all losses judged so far."""
    step: int = -1
    objective: Objective = UNKNOWN
    inferred_at: int = 0
    evidence: tuple[float, ...] = (0.0,) * len(Badge)
    findings: tuple[Finding, ...] = ()
    timeline: tuple[Moment, ...] = ()

    @property
    def badge(self) -> Badge:
        return self.timeline[-1].badge if self.timeline else Badge.WARMING_UP


class Diagnoser:
    """Judges a pair as it grows: only checkpoints not seen yet are looked at.

    Args:
        objective: The loss, where a person said so; inferred where it is None.
    """

    def __init__(self, objective: Objective | None = None) -> None:
        self._said = objective
        self._forget()

    def _forget(self) -> None:
        self._history = History()
        self._settled = self._shown = _State(objective=self._said or UNKNOWN)
        self._tail: dict[str, tuple[int, int]] = {}

    @property
    def objective(self) -> Objective:
        """What the pair is taken to train with, as far as judged."""
        return self._shown.objective

    def update(self, pair: PlayerPair) -> Diagnosis:
        """Take the pair with its new points.

        Args:
            pair: All curves so far. Where one was rewritten rather than continued, the judgement
                begins anew.
        """
        if not self._continues(pair):
            self._forget()
        self._tail = {r: (len(c), int(c.steps[-1])) for r, c in pair.curves.items() if len(c)}
        self._history.extend(pair)
        steps = [pair.curves[role].steps for role in LOSSES if role in self._tail]
        if steps:
            self._advance(pair, steps)
        return self._diagnosis()

    def _continues(self, pair: PlayerPair) -> bool:
        for role, (count, last) in self._tail.items():
            curve = pair.curves.get(role)
            if curve is None or len(curve) < count or int(curve.steps[count - 1]) != last:
                return False
        # Sample grids are measured after the curves were read: what they show of earlier steps counts too.
        late = [r for r in pair.curves.keys() - self._tail.keys() if r.startswith("sample_")]
        return not any(len(pair.curves[r]) and pair.curves[r].steps[0] <= self._settled.step for r in late)

    def _advance(self, pair: PlayerPair, steps: list[Ints]) -> None:
        newest = max(int(s[-1]) for s in steps)
        state = self._settled
        for count in counts(state.count, sum(map(len, steps))):
            step = step_of_count(steps, count)
            if step > state.step:
                state = self._judge(state, pair, step)
            state = replace(state, count=count)
            if step == newest:
                # More may still be logged at this step (the other player's loss): look again then.
                break
            self._settled = state
        self._shown = state

    def _judge(self, state: _State, pair: PlayerPair, step: int) -> _State:
        window = self._history.window(step)
        if window is None:
            return replace(state, step=step)
        objective, inferred_at = state.objective, state.inferred_at
        if self._said is None and window.points >= inferred_at * REINFER:
            objective, inferred_at = infer(pair.until(step)), window.points
        findings = weighed(apply(look(window, objective)), sample_findings(pair, step))
        fresh = dict.fromkeys(Badge, 0.0)
        for finding in findings:
            fresh[finding.badge] = max(fresh[finding.badge], finding.gravity)
        kept = INERTIA if state.timeline else 0.0
        evidence = tuple(
            kept * old + (1 - kept) * fresh[badge] for old, badge in zip(state.evidence, Badge, strict=True)
        )
        return _State(
            state.count, step, objective, inferred_at, evidence, findings,
            _continued(state, step, window.points, evidence),
        )  # fmt: skip

    def _diagnosis(self) -> Diagnosis:
        state = self._shown
        badge = state.badge
        also = tuple(
            b for b, e in zip(Badge, state.evidence, strict=True)
            if e > ALSO and b not in (badge, Badge.CONVERGING, Badge.WARMING_UP)
        )  # fmt: skip
        ordered = sorted(state.findings, key=lambda f: (f.badge is not badge, -f.gravity))
        return Diagnosis(
            badge,
            state.timeline[-1].step if state.timeline else None,
            round(dict(zip(Badge, state.evidence, strict=True))[badge], 3),
            also,
            tuple(ordered),
            state.timeline,
        )


def weighed(of_curves: tuple[Finding, ...], of_samples: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """All findings, gravest first. Where samples speak, what curves say counts half.

    A loss that has left its bounds is as bad as it looks, whatever the samples still show.
    """
    if of_samples:
        of_curves = tuple(
            f if f.badge is Badge.DIVERGED else replace(f, gravity=f.gravity / 2) for f in of_curves
        )
    return tuple(sorted((*of_samples, *of_curves), key=lambda f: -f.gravity))


def _continued(state: _State, step: int, points: int, evidence: tuple[float, ...]) -> tuple[Moment, ...]:
    """The timeline with the badge that the evidence asks for at `step`."""
    if points < ENOUGH or not any(evidence):
        badge = Badge.WARMING_UP
    else:
        badge = list(Badge)[max(range(len(Badge)), key=evidence.__getitem__)]
    if state.timeline and state.badge is badge:
        return state.timeline
    return (*state.timeline, Moment(step, badge))


def diagnose_pair(pair: PlayerPair, objective: Objective | None = None) -> Diagnosis:
    """Judge a whole pair at once.

    Args:
        pair: The curves of one discriminator and its generator.
        objective: The loss, where a person said so; inferred where it is None.

    Returns:
        The badge with its reasons, since which step it holds, and the timeline.
    """
    return Diagnoser(objective).update(pair)
