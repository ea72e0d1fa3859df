"""From curves to a badge: measures at checkpoints, weighs the signals, keeps the badge from flickering."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from gan_tui.diagnosis.badge_model import JUDGED, BadgeModel, fitted
from gan_tui.diagnosis.result import Badge, Diagnosis, Finding, Moment
from gan_tui.diagnosis.rules import apply, certain, suspicious
from gan_tui.diagnosis.sample_rules import SampleDiagnoser
from gan_tui.diagnosis.schedule import counts, next_count, steps_of_counts
from gan_tui.diagnosis.signals import PER_STEP, SignalRequest, Signals, measure_all
from gan_tui.diagnosis.windows import LOSSES, History
from gan_tui.logs.model import Floats, Ints
from gan_tui.numeric import distinct
from gan_tui.run.objective.kinds import LossScale, ObjectiveKind
from gan_tui.run.objective.objective import UNKNOWN, Objective, infer
from gan_tui.run.pair import Curve, PlayerPair
from gan_tui.run.piecewise import PiecewiseArray

ENOUGH = 24
"""Points from which the movement of a loss can be told from its noise."""
INERTIA = 0.5
"""Share of the evidence of the checkpoints before that still counts at the next."""
CAUTION = 0.5
"""How much more evidence "converging" needs than another badge: a false all-clear costs a training."""
GRAVE = 0.35
"""Evidence below which no run is called collapsed or diverged, however little speaks for the rest."""
STAY = 0.02
"""Evidence by which another badge must exceed the one in force."""
ALSO = 0.6
"""Evidence from which a further state is named."""
_CAUTION = tuple(CAUTION * (b is Badge.CONVERGING) for b in JUDGED)
_LEAST = tuple(-math.inf if b in (Badge.CONVERGING, Badge.OSCILLATING) else GRAVE for b in JUDGED)
HALVED = [JUDGED.index(b) for b in JUDGED if b is not Badge.DIVERGED]
REINFER, REINFER_SURE = 3.0, 10.0
"""The objective is inferred anew when the points have grown by this factor; by the second where it was
SURE already, since inferring costs as much as all the rest of a judgement."""
SURE = 0.9


class _State(Struct, frozen=True):
    """Where the judgement stands after a checkpoint."""

    count: int = 0
    """Points of all losses judged so far."""
    step: int = -1
    objective: Objective = UNKNOWN
    inferred_at: int = 0
    evidence: tuple[float, ...] = (0.0,) * len(JUDGED)
    timeline: tuple[Moment, ...] = ()

    @property
    def badge(self) -> Badge:
        return self.timeline[-1].badge if self.timeline else Badge.WARMING_UP

    def of(self, badge: Badge) -> float:
        """The evidence for a badge."""
        return self.evidence[JUDGED.index(badge)] if badge in JUDGED else 0.0


class _Due(Struct, frozen=True):
    """The checkpoints that are to be judged next, k of them."""

    steps: Ints
    """Ascending, shape (k,)."""
    counts: Ints
    """Points of all losses at each, shape (k,)."""
    objectives: Sequence[tuple[Objective, int]]
    """The objective as known at each, and after how many points it was inferred."""
    newest: int
    """The newest step of a loss: more may still come at it."""


class Diagnoser:
    """Judges a pair as it grows: only checkpoints not seen yet are looked at.

    Args:
        objective: The loss, where a person said so; inferred where it is None.
        weights: What each signal adds; those that come with the program where it is None.
    """

    def __init__(self, objective: Objective | None = None, weights: BadgeModel | None = None) -> None:
        self._said = objective
        self._weights = weights
        self._forget()

    def _forget(self) -> None:
        self._history = History()
        self._settled = self._shown = _State(objective=self._said or UNKNOWN)
        self._states: list[_State] = []
        """Where the judgement stood after each checkpoint, the last of them `_settled`."""
        self._seen: dict[str, Curve] = {}
        self._behind = False
        self._points = 0
        self._samples = SampleDiagnoser()
        self._findings: tuple[Finding, ...] = ()

    @property
    def objective(self) -> Objective:
        """What the pair is taken to train with, as far as judged."""
        return self._shown.objective

    @property
    def behind(self) -> bool:
        """Whether the last update has left checkpoints to the next one."""
        return self._behind

    @property
    def room(self) -> int:
        """So many points of the losses may still come before anything is judged, if they only go on."""
        return next_count(self._settled.count) - self._points

    def update(self, pair: PlayerPair, most: int | None = None) -> Diagnosis:
        """Take the pair with its new points.

        Args:
            pair: All curves so far. Where one goes on from an earlier step, as a resumed run does, so does
                the judgement; where one was rewritten, it begins anew.
            most: So many checkpoints at most are looked at, the earliest first; the answer is that at the
                last of them. All of them where it is None.
        """
        return update_all([(self, pair)], most)[0]

    def _look(self, pair: PlayerPair, most: int | None) -> _Due | None:
        """Take the pair, and say what has to be measured now."""
        parts = self._parts_from(pair)
        if parts is not None:
            self._go_back(parts)
        self._seen = {role: curve for role, curve in pair.curves.items() if len(curve)}
        self._history.extend(pair)
        self._samples.extend(pair)
        steps = [pair.curves[role].steps for role in LOSSES if role in self._seen]
        self._behind = False
        self._points = sum(map(len, steps))
        return self._due(pair, steps, most) if steps else None

    def _parts_from(self, pair: PlayerPair) -> float | None:
        """The step from which on the pair is not what was judged; None where it only goes on."""
        parts = math.inf
        for role, old in self._seen.items():
            new = pair.curves.get(role)
            same = 0 if new is None else new.continues(old)
            if not same:
                return -math.inf
            if same < len(old):
                parts = min(parts, int(old.steps[same]))
        # Sample grids are measured after the curves were read: what they show of earlier steps counts too.
        late = [r for r in pair.curves.keys() - self._seen.keys() if r.startswith("sample_")]
        if any(len(pair.curves[r]) and pair.curves[r].steps[0] <= self._settled.step for r in late):
            return -math.inf
        return parts if parts < math.inf else None

    def _go_back(self, step: float) -> None:
        """Stand where the judgement stood before `step`, one checkpoint earlier: that one is looked at again.

        What was judged from points before the step at which a resumed run parts from what it had written
        holds as it did, for no point counts before its step.
        """
        while self._states and self._states[-1].step >= step:
            self._states.pop()
        if len(self._states) < 2:
            self._forget()
            return
        self._states.pop()
        self._settled = self._shown = self._states[-1]

    def _due(self, pair: PlayerPair, steps: list[Ints | PiecewiseArray], most: int | None) -> _Due | None:
        due = list(counts(self._settled.count, self._points))
        if not due:
            return None
        newest = max(int(s[-1]) for s in steps)
        all_due, due = len(due), due[:most]
        at = steps_of_counts(steps, due)
        self._behind = len(due) < all_due and int(at[-1]) < newest
        # More may still be logged at the newest step (the other player's loss): it is looked at again.
        due = due[: int(np.searchsorted(at, newest, side="left")) + 1]
        at = at[: len(due)]
        fresh = distinct(at[at > self._settled.step])
        if not len(fresh):
            if int(at[-1]) < newest:
                self._settled = replace(self._settled, count=due[-1])
            return None
        reached = np.array(due)[np.searchsorted(at, fresh, side="right") - 1]
        return _Due(fresh, reached, self._objectives(pair, fresh), newest)

    def _conclude(self, due: _Due, signals: Signals) -> None:
        """Take what was measured."""
        evidence, ready = self._verdicts(signals)
        state = self._settled
        for step, count, verdict, told, (objective, inferred_at) in zip(
            due.steps.tolist(),
            due.counts.tolist(),
            evidence.tolist(),
            ready.tolist(),
            due.objectives,
            strict=True,
        ):
            state = _State(count, step, objective, inferred_at, *_judged(state, step, verdict, ready=told))
            if step < due.newest:
                self._settled = state
                self._states.append(state)
        self._shown = state
        self._findings = self._said_of(signals, len(due.steps) - 1, state)

    def _objectives(self, pair: PlayerPair, steps: Ints) -> list[tuple[Objective, int]]:
        """The objective as known at each step, and after how many points it was inferred."""
        now, inferred_at = self._settled.objective, self._settled.inferred_at
        again = math.inf if self._said is not None else next_inference(now, inferred_at)
        found = []
        for step, points in zip(steps.tolist(), self._history.points(steps).tolist(), strict=True):
            if points >= again:
                now, inferred_at = infer(pair.until(step)), points
                again = next_inference(now, inferred_at)
            found.append((now, inferred_at))
        return found

    def _verdicts(self, signals: Signals) -> tuple[Floats, np.ndarray]:
        """Evidence for each badge at each checkpoint, shape (k, 4), and whether it can be told."""
        count = len(signals.steps)
        if "points" not in signals.values:
            return np.zeros((count, len(JUDGED))), np.zeros(count, dtype=bool)
        odds = (self._weights or fitted()).odds(signals.values, count)
        evidence = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
        points = signals.values["points"]
        # What tells a collapse from other restlessness is the noise of single steps: too few points, or a
        # row an epoch, do not hold it.
        evidence[points < PER_STEP, JUDGED.index(Badge.COLLAPSE)] *= 0.5
        ready = points >= ENOUGH
        suspects = set(np.flatnonzero(suspicious(signals)).tolist())
        if not suspects and not self._samples.speak:
            return evidence, ready
        for index, step in enumerate(signals.steps.tolist()):
            of_samples = self._samples.findings(step)
            if of_samples:
                # Where samples speak, what curves say counts half; but a loss that has left its bounds is
                # as bad as it looks, whatever the samples still show.
                evidence[index, HALVED] *= 0.5
            of_curves = certain(signals.at(index)) if index in suspects else ()
            for finding in (*of_curves, *of_samples):
                column = JUDGED.index(finding.badge)
                evidence[index, column] = max(evidence[index, column], finding.gravity)
        return evidence, ready

    def _said_of(self, signals: Signals, index: int, state: _State) -> tuple[Finding, ...]:
        said = (state.badge, *_also(state))
        of_samples = self._samples.findings(int(signals.steps[index]))
        of_curves = apply(signals.at(index), self._weights or fitted(), said)
        if of_samples:
            of_curves = tuple(
                f if f.rule == "not_finite" else replace(f, gravity=f.gravity / 2) for f in of_curves
            )
        found = (*of_samples, *of_curves)
        return tuple(
            sorted(found, key=lambda f: (f.badge is not state.badge, f.badge not in said, -f.gravity))
        )

    def _diagnosis(self) -> Diagnosis:
        state = self._shown
        weights = self._weights or fitted()
        return Diagnosis(
            state.badge,
            state.timeline[-1].step if state.timeline else None,
            round(weights.confidence(state.of(state.badge)), 3) if state.badge in JUDGED else 0.0,
            _also(state),
            self._findings if state.badge in JUDGED else (),
            state.timeline,
        )


def update_all(asked: Sequence[tuple[Diagnoser, PlayerPair]], most: int | None = None) -> list[Diagnosis]:
    """What `Diagnoser.update` gives for each, in less time where there are many."""
    looks = [(judge, judge._look(pair, most)) for judge, pair in asked]  # noqa: SLF001 - of this module
    due = [(judge, look) for judge, look in looks if look is not None]
    signals = measure_all(
        [SignalRequest(j._history, d.steps, [o for o, _ in d.objectives]) for j, d in due]  # noqa: SLF001
    )
    for (judge, look), of_judge in zip(due, signals, strict=True):
        judge._conclude(look, of_judge)  # noqa: SLF001
    return [judge._diagnosis() for judge, _ in asked]  # noqa: SLF001


def next_inference(known: Objective, inferred_at: int) -> float:
    """After how many points the objective is inferred again."""
    whole = known.scale is not LossScale.UNKNOWN or known.kind is ObjectiveKind.WASSERSTEIN
    sure = whole and known.confidence >= SURE
    return max(ENOUGH, inferred_at * (REINFER_SURE if sure else REINFER))


def _also(state: _State) -> tuple[Badge, ...]:
    """Further states that hold, gravest last."""
    return tuple(
        b for b in Badge
        if b not in (state.badge, Badge.CONVERGING, Badge.WARMING_UP) and state.of(b) > ALSO
    )  # fmt: skip


def _judged(
    state: _State, step: int, verdict: Sequence[float], *, ready: bool
) -> tuple[tuple[float, ...], tuple[Moment, ...]]:
    """Evidence and timeline after one more checkpoint: evidence decays into the new, the badge holds on."""
    kept = INERTIA if state.timeline else 0.0
    evidence = tuple(
        [kept * old + (1 - kept) * new for old, new in zip(state.evidence, verdict, strict=True)]
    )
    before = state.badge
    badge = _badge(before, evidence) if ready else Badge.WARMING_UP
    timeline = state.timeline
    if not timeline or badge is not before:
        timeline = (*timeline, Moment(step, badge))
    return evidence, timeline


def _badge(before: Badge, evidence: Sequence[float]) -> Badge:
    """The badge that the evidence calls for, with a little preference for the one in force."""
    badge, most, kept = before, -math.inf, -math.inf
    for other, caution, least, held in zip(JUDGED, _CAUTION, _LEAST, evidence, strict=True):
        if held < least:
            continue
        if held - caution > most:
            badge, most = other, held - caution
        if other is before:
            kept = held - caution
    return before if most < kept + STAY else badge


def diagnose_pair(pair: PlayerPair, objective: Objective | None = None) -> Diagnosis:
    """Judge a whole pair at once.

    Args:
        pair: The curves of one discriminator and its generator.
        objective: The loss, where a person said so; inferred where it is None.

    Returns:
        The badge with its reasons, since which step it holds, and the timeline.
    """
    return Diagnoser(objective).update(pair)
