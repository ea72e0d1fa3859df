"""The diagnosis of a whole run: one badge from those of its player pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gan_tui.diagnosis import diagnoser
from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.diagnosis.result import UNKNOWN, Badge, BadgeChange, Diagnosis
from gan_tui.run.objective.objective import UNKNOWN as UNKNOWN_OBJECTIVE
from gan_tui.run.objective.objective import Objective
from gan_tui.run.pair import PlayerPair

SEVERITY = {badge: rank for rank, badge in enumerate(Badge)}


class RunDiagnoser:
    """Diagnoses every pair of a run as it grows; only new points are evaluated.

    Args:
        objective: The loss, if the user set it; inferred for each pair if None.
    """

    def __init__(self, objective: Objective | None = None) -> None:
        self._objective = objective
        self._diagnosers: dict[str | None, Diagnoser] = {}

    def update(self, pairs: Sequence[PlayerPair]) -> tuple[Diagnosis, Objective]:
        """Return the run's diagnosis, and the objective of the pair that decides it."""
        return update_all([(self, pairs)])[0]

    @property
    def has_pending(self) -> bool:
        """Whether the last update left checkpoints for the next one."""
        return any(each.has_pending for each in self._diagnosers.values())

    @property
    def points_to_checkpoint(self) -> int:
        """The number of points that may be appended before the next checkpoint; 0 if unknown."""
        return min((each.points_to_checkpoint for each in self._diagnosers.values()), default=0)

    def diagnoser_of(self, pair: PlayerPair) -> Diagnoser:
        """Return the diagnoser of a pair."""
        return self._diagnosers.setdefault(pair.name, Diagnoser(self._objective))

    def result(self, diagnoses: Mapping[str | None, Diagnosis]) -> tuple[Diagnosis, Objective]:
        """Return the run's diagnosis from those of its pairs, by the pair's name."""
        if not diagnoses:
            return UNKNOWN, UNKNOWN_OBJECTIVE
        worst = max(diagnoses, key=lambda name: SEVERITY[diagnoses[name].badge])
        return combine(diagnoses), self._diagnosers[worst].objective


def update_all(
    requests: Sequence[tuple[RunDiagnoser, Sequence[PlayerPair]]],
    max_checkpoints: int | None = None,
) -> list[tuple[Diagnosis, Objective]]:
    """Return what `RunDiagnoser.update` returns for each run; faster for many runs.

    Args:
        requests: Each run's diagnoser with all its pairs, and all their curves so far.
        max_checkpoints: Maximum checkpoints evaluated for a pair; None for all.
    """
    pairs = [(run.diagnoser_of(pair), pair) for run, run_pairs in requests for pair in run_pairs]
    diagnoses = iter(diagnoser.update_all(pairs, max_checkpoints))
    return [run.result({pair.name: next(diagnoses) for pair in run_pairs}) for run, run_pairs in requests]


def combine(diagnoses: Mapping[str | None, Diagnosis]) -> Diagnosis:
    """Return one diagnosis for several pairs: the most severe badge; each sentence names its pair."""
    if len(diagnoses) == 1:
        return next(iter(diagnoses.values()))
    timeline = _merge([d.timeline for d in diagnoses.values()])
    worst = max(diagnoses.values(), key=lambda d: (SEVERITY[d.badge], d.confidence))
    findings = [
        replace(f, sentence=f"pair {name}: {f.sentence}") for name, d in diagnoses.items() for f in d.findings
    ]
    findings.sort(key=lambda f: (f.badge is not worst.badge, -f.severity))
    others = {badge for d in diagnoses.values() for badge in (d.badge, *d.also)}
    others -= {worst.badge, Badge.WARMING_UP, Badge.CONVERGING}
    return replace(
        worst,
        since_step=timeline[-1].step if timeline else worst.since_step,
        also=tuple(sorted(others, key=SEVERITY.__getitem__, reverse=True)),
        findings=tuple(findings),
        timeline=timeline,
    )


def _merge(timelines: Sequence[tuple[BadgeChange, ...]]) -> tuple[BadgeChange, ...]:
    """Return the timeline of the most severe badge at each step."""
    changes = sorted((c.step, number, c.badge) for number, line in enumerate(timelines) for c in line)
    current: dict[int, Badge] = {}
    merged: list[BadgeChange] = []
    for step, number, badge in changes:
        current[number] = badge
        worst = max(current.values(), key=SEVERITY.__getitem__)
        if merged and merged[-1].step == step:
            merged.pop()
        if not merged or merged[-1].badge is not worst:
            merged.append(BadgeChange(step, worst))
    return tuple(merged)
