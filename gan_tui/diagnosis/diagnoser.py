"""Curves to a badge: measures signals at checkpoints, weighs them, and keeps the badge from flickering."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.diagnosis.badge_model import MODEL_BADGES, BadgeModel, fitted_model
from gan_tui.diagnosis.result import Badge, BadgeChange, Diagnosis, Finding
from gan_tui.diagnosis.rules import apply_rules, certain_findings, may_be_certain
from gan_tui.diagnosis.sample_rules import SampleDiagnoser
from gan_tui.diagnosis.schedule import checkpoints, next_checkpoint, steps_of_counts
from gan_tui.diagnosis.signals import MIN_STEPWISE_POINTS, SignalRequest, Signals, measure_all
from gan_tui.diagnosis.windows import LOSSES, History
from gan_tui.logs.model import Floats, Ints
from gan_tui.numeric import distinct
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.objective import UNKNOWN, Objective, infer
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.piecewise import PiecewiseArray

MIN_POINTS = 24
"""Points needed to separate the movement of a loss from its noise."""
DECAY = 0.5
"""Weight of the evidence of earlier checkpoints at the next one."""
CONVERGING_PENALTY = 0.5
"""Prior penalty of "converging": how much more evidence it needs than another badge, because a false
all-clear costs a training."""
MIN_SEVERE_EVIDENCE = 0.35
"""Minimum evidence for collapsed or diverged, even if there is less for every other badge."""
HYSTERESIS = 0.02
"""Evidence by which another badge must exceed the current one."""
ALSO_EVIDENCE = 0.6
"""Minimum evidence for naming a further state."""
_PENALTIES = tuple(CONVERGING_PENALTY * (b is Badge.CONVERGING) for b in MODEL_BADGES)
_MIN_EVIDENCE = tuple(
    -math.inf if b in (Badge.CONVERGING, Badge.OSCILLATING) else MIN_SEVERE_EVIDENCE for b in MODEL_BADGES
)
_DOWN_WEIGHTED = [MODEL_BADGES.index(b) for b in MODEL_BADGES if b is not Badge.DIVERGED]
"""Columns whose evidence from curves is halved if there are samples."""
REINFER_GROWTH, REINFER_GROWTH_CONFIDENT = 3.0, 10.0
"""The objective is inferred again when the number of points has grown by this factor; by the second if the
confidence was at least `CONFIDENT`, since inferring costs as much as the rest of a diagnosis."""
CONFIDENT = 0.9


class _State(Struct, frozen=True):
    """The diagnosis after a checkpoint."""

    count: int = 0
    """Points of all losses evaluated so far."""
    step: int = -1
    objective: Objective = UNKNOWN
    inferred_at: int = 0
    """The number of points from which the objective was inferred."""
    evidence: tuple[float, ...] = (0.0,) * len(MODEL_BADGES)
    timeline: tuple[BadgeChange, ...] = ()

    @property
    def badge(self) -> Badge:
        return self.timeline[-1].badge if self.timeline else Badge.WARMING_UP

    def evidence_for(self, badge: Badge) -> float:
        """Return the evidence for a badge."""
        return self.evidence[MODEL_BADGES.index(badge)] if badge in MODEL_BADGES else 0.0


class _Plan(Struct, frozen=True):
    """The k checkpoints to evaluate next."""

    steps: Ints
    """Ascending, shape (k,)."""
    counts: Ints
    """Points of all losses at each, shape (k,)."""
    objectives: Sequence[tuple[Objective, int]]
    """The objective as known at each, and the number of points from which it was inferred."""
    newest: int
    """The newest step of a loss: more points may still be logged at it."""


class Diagnoser:
    """Diagnoses a pair as it grows: only new checkpoints are evaluated.

    Args:
        objective: The loss, if the user set it; inferred if None.
        model: The weights of the signals; those in the package if None.
    """

    def __init__(self, objective: Objective | None = None, model: BadgeModel | None = None) -> None:
        self._given_objective = objective
        self._given_model = model
        self._reset()

    def _reset(self) -> None:
        self._history = History()
        self._settled = self._current = _State(objective=self._given_objective or UNKNOWN)
        self._states: list[_State] = []
        """The state after each checkpoint whose step is complete; the last one is `_settled`."""
        self._curves: dict[str, Curve] = {}
        """The curves at the last update."""
        self._has_pending = False
        self._points = 0
        self._samples = SampleDiagnoser()
        self._findings: tuple[Finding, ...] = ()

    @property
    def objective(self) -> Objective:
        """The objective at the last checkpoint."""
        return self._current.objective

    @property
    def has_pending(self) -> bool:
        """Whether the last update left checkpoints for the next one."""
        return self._has_pending

    @property
    def points_to_checkpoint(self) -> int:
        """The number of points that may be appended to the losses before the next checkpoint."""
        return next_checkpoint(self._settled.count) - self._points

    @property
    def _model(self) -> BadgeModel:
        # Not an attribute: a diagnoser is pickled for the worker process, the model is not.
        return self._given_model or fitted_model()

    def update(self, pair: PlayerPair, max_checkpoints: int | None = None) -> Diagnosis:
        """Evaluate the new points of the pair.

        Args:
            pair: All curves so far. If one continues from an earlier step, as in a resumed run, so does the
                diagnosis; if one was rewritten, the diagnosis starts again.
            max_checkpoints: Maximum checkpoints to evaluate, the earliest first; None for all. The result
                is that at the last of them.
        """
        return update_all([(self, pair)], max_checkpoints)[0]

    def _plan(self, pair: PlayerPair, max_checkpoints: int | None) -> _Plan | None:
        """Take the pair and return the checkpoints to evaluate."""
        changed_from = self._changed_from(pair)
        if changed_from is not None:
            self._rewind(changed_from)
        self._curves = {role: curve for role, curve in pair.curves.items() if len(curve)}
        self._history.extend(pair)
        self._samples.extend(pair)
        steps = [pair.curves[role].steps for role in LOSSES if role in self._curves]
        self._has_pending = False
        self._points = sum(map(len, steps))
        return self._plan_checkpoints(pair, steps, max_checkpoints) if steps else None

    def _changed_from(self, pair: PlayerPair) -> float | None:
        """Return the step from which the pair differs from what was evaluated; None if it only grew."""
        changed_from = math.inf
        for role, old in self._curves.items():
            new = pair.curves.get(role)
            same = 0 if new is None else new.continues(old)
            if not same:
                return -math.inf
            if same < len(old):
                changed_from = min(changed_from, int(old.steps[same]))
        # Sample grids are measured after the curves are read, and may belong to earlier steps.
        new_measures = [r for r in pair.curves.keys() - self._curves.keys() if r.startswith("sample_")]
        if any(len(pair.curves[r]) and pair.curves[r].steps[0] <= self._settled.step for r in new_measures):
            return -math.inf
        return changed_from if changed_from < math.inf else None

    def _rewind(self, step: float) -> None:
        """Return to the state before `step`, and one checkpoint further: that one is evaluated again.

        In a resumed run everything diagnosed from points before `step` is still right, because no point
        counts before its own step.
        """
        while self._states and self._states[-1].step >= step:
            self._states.pop()
        if len(self._states) < 2:
            self._reset()
            return
        self._states.pop()
        self._settled = self._current = self._states[-1]

    def _plan_checkpoints(
        self, pair: PlayerPair, steps: list[Ints | PiecewiseArray], max_checkpoints: int | None
    ) -> _Plan | None:
        due = list(checkpoints(self._settled.count, self._points))
        if not due:
            return None
        newest = max(int(s[-1]) for s in steps)
        all_due, due = len(due), due[:max_checkpoints]
        at = steps_of_counts(steps, due)
        self._has_pending = len(due) < all_due and int(at[-1]) < newest
        # More may still be logged at the newest step (the other player's loss): it is evaluated again.
        due = due[: int(np.searchsorted(at, newest, side="left")) + 1]
        at = at[: len(due)]
        new_steps = distinct(at[at > self._settled.step])
        if not len(new_steps):
            if int(at[-1]) < newest:
                self._settled = replace(self._settled, count=due[-1])
            return None
        reached = np.array(due)[np.searchsorted(at, new_steps, side="right") - 1]
        return _Plan(new_steps, reached, self._objectives(pair, new_steps), newest)

    def _objectives(self, pair: PlayerPair, steps: Ints) -> list[tuple[Objective, int]]:
        """Return the objective as known at each step, and from how many points it was inferred."""
        objective, inferred_at = self._settled.objective, self._settled.inferred_at
        due = math.inf if self._given_objective is not None else next_inference(objective, inferred_at)
        objectives = []
        for step, points in zip(steps.tolist(), self._history.points(steps).tolist(), strict=True):
            if points >= due:
                objective, inferred_at = infer(pair.until(step)), points
                due = next_inference(objective, inferred_at)
            objectives.append((objective, inferred_at))
        return objectives

    def _conclude(self, plan: _Plan, signals: Signals) -> None:
        """Update the state with the signals measured at the planned checkpoints."""
        evidence, ready = self._evidence(signals)
        state = self._settled
        for step, count, new_evidence, is_ready, (objective, inferred_at) in zip(
            plan.steps.tolist(),
            plan.counts.tolist(),
            evidence.tolist(),
            ready.tolist(),
            plan.objectives,
            strict=True,
        ):
            state = _State(
                count, step, objective, inferred_at, *_advance(state, step, new_evidence, ready=is_ready)
            )
            if step < plan.newest:
                self._settled = state
                self._states.append(state)
        self._current = state
        self._findings = self._findings_at(signals, len(plan.steps) - 1, state)

    def _evidence(self, signals: Signals) -> tuple[Floats, np.ndarray]:
        """Return the evidence for each badge at each checkpoint, shape (k, 4), and whether it suffices."""
        count = len(signals.steps)
        if "points" not in signals.values:
            return np.zeros((count, len(MODEL_BADGES))), np.zeros(count, dtype=bool)
        log_odds = self._model.log_odds(signals.values, count)
        evidence = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
        points = signals.values["points"]
        # The noise of single steps separates a collapse from other instability. Few points, or one row per
        # epoch, do not contain it.
        evidence[points < MIN_STEPWISE_POINTS, MODEL_BADGES.index(Badge.COLLAPSE)] *= 0.5
        ready = points >= MIN_POINTS
        candidates = set(np.flatnonzero(may_be_certain(signals)).tolist())
        if not candidates and not self._samples.has_samples:
            return evidence, ready
        for index, step in enumerate(signals.steps.tolist()):
            sample_findings = self._samples.findings(step)
            if sample_findings:
                # Samples are better evidence than curves, which count half. But a loss that has left all
                # bounds has diverged, whatever the samples still show.
                evidence[index, _DOWN_WEIGHTED] *= 0.5
            curve_findings = certain_findings(signals.at(index)) if index in candidates else ()
            for finding in (*curve_findings, *sample_findings):
                column = MODEL_BADGES.index(finding.badge)
                evidence[index, column] = max(evidence[index, column], finding.severity)
        return evidence, ready

    def _findings_at(self, signals: Signals, index: int, state: _State) -> tuple[Finding, ...]:
        """Return the findings at one checkpoint, in the order of `Diagnosis.findings`."""
        badges = (state.badge, *_further_badges(state))
        sample_findings = self._samples.findings(int(signals.steps[index]))
        curve_findings = apply_rules(signals.at(index), self._model, badges)
        if sample_findings:
            curve_findings = tuple(
                f if f.rule == "not_finite" else replace(f, severity=f.severity / 2) for f in curve_findings
            )
        findings = (*sample_findings, *curve_findings)
        return tuple(
            sorted(findings, key=lambda f: (f.badge is not state.badge, f.badge not in badges, -f.severity))
        )

    def _diagnosis(self) -> Diagnosis:
        state = self._current
        diagnosed = state.badge in MODEL_BADGES
        return Diagnosis(
            state.badge,
            state.timeline[-1].step if state.timeline else None,
            round(self._model.confidence(state.evidence_for(state.badge)), 3) if diagnosed else 0.0,
            _further_badges(state),
            self._findings if diagnosed else (),
            state.timeline,
        )


def update_all(
    requests: Sequence[tuple[Diagnoser, PlayerPair]], max_checkpoints: int | None = None
) -> list[Diagnosis]:
    """Return what `Diagnoser.update` returns for each pair; faster for many pairs."""
    plans = [(each, each._plan(pair, max_checkpoints)) for each, pair in requests]  # noqa: SLF001 - same module
    due = [(each, plan) for each, plan in plans if plan is not None]
    signals = measure_all(
        [SignalRequest(d._history, plan.steps, [o for o, _ in plan.objectives]) for d, plan in due]  # noqa: SLF001
    )
    for (each, plan), measured in zip(due, signals, strict=True):
        each._conclude(plan, measured)  # noqa: SLF001
    return [each._diagnosis() for each, _ in requests]  # noqa: SLF001


def next_inference(objective: Objective, inferred_at: int) -> float:
    """Return the number of points at which the objective is inferred again."""
    complete = objective.scale is not LossScale.UNKNOWN or objective.kind is ObjectiveKind.WASSERSTEIN
    confident = complete and objective.confidence >= CONFIDENT
    return max(MIN_POINTS, inferred_at * (REINFER_GROWTH_CONFIDENT if confident else REINFER_GROWTH))


def _further_badges(state: _State) -> tuple[Badge, ...]:
    """Return further states that hold, in ascending order of severity."""
    excluded = (state.badge, Badge.CONVERGING, Badge.WARMING_UP)
    return tuple(b for b in Badge if b not in excluded and state.evidence_for(b) > ALSO_EVIDENCE)


def _advance(
    state: _State, step: int, new_evidence: Sequence[float], *, ready: bool
) -> tuple[tuple[float, ...], tuple[BadgeChange, ...]]:
    """Return evidence and timeline after one more checkpoint; the old evidence decays."""
    weight = DECAY if state.timeline else 0.0
    evidence = tuple(
        [weight * old + (1 - weight) * new for old, new in zip(state.evidence, new_evidence, strict=True)]
    )
    badge = _next_badge(state.badge, evidence) if ready else Badge.WARMING_UP
    timeline = state.timeline
    if not timeline or badge is not state.badge:
        timeline = (*timeline, BadgeChange(step, badge))
    return evidence, timeline


def _next_badge(current: Badge, evidence: Sequence[float]) -> Badge:
    """Return the badge with the most evidence, or the current one unless another exceeds it clearly."""
    best, best_score, current_score = current, -math.inf, -math.inf
    for badge, penalty, minimum, value in zip(MODEL_BADGES, _PENALTIES, _MIN_EVIDENCE, evidence, strict=True):
        if value < minimum:
            continue
        if value - penalty > best_score:
            best, best_score = badge, value - penalty
        if badge is current:
            current_score = value - penalty
    return current if best_score < current_score + HYSTERESIS else best
