"""The diagnosis of a whole run: one badge out of those of its player pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gan_tui.diagnosis import diagnoser
from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.diagnosis.result import UNKNOWN, Badge, Diagnosis, Moment
from gan_tui.run.objective.objective import UNKNOWN as UNKNOWN_OBJECTIVE
from gan_tui.run.objective.objective import Objective
from gan_tui.run.pair import PlayerPair

GRAVITY = {badge: rank for rank, badge in enumerate(Badge)}


class RunDiagnoser:
    """Judges every pair of a run as it grows; only what is new is looked at again.

    Args:
        objective: The loss, where a person said so; inferred for each pair where it is None.
    """

    def __init__(self, objective: Objective | None = None) -> None:
        self._said = objective
        self._judges: dict[str | None, Diagnoser] = {}

    def update(self, pairs: Sequence[PlayerPair]) -> tuple[Diagnosis, Objective]:
        """The run's diagnosis, and the objective of the pair that decides it."""
        return update_all([(self, pairs)])[0]

    @property
    def behind(self) -> bool:
        """Whether the last update has left checkpoints to the next one."""
        return any(judge.behind for judge in self._judges.values())

    @property
    def room(self) -> int:
        """So many points may still come before anything is judged, if they only go on; 0 where unknown."""
        return min((judge.room for judge in self._judges.values()), default=0)

    def judge_of(self, pair: PlayerPair) -> Diagnoser:
        """Who judges a pair."""
        return self._judges.setdefault(pair.name, Diagnoser(self._said))

    def verdict(self, found: Mapping[str | None, Diagnosis]) -> tuple[Diagnosis, Objective]:
        """The run's diagnosis out of those of its pairs."""
        if not found:
            return UNKNOWN, UNKNOWN_OBJECTIVE
        gravest = max(found, key=lambda name: GRAVITY[found[name].badge])
        return combine(found), self._judges[gravest].objective


def update_all(
    asked: Sequence[tuple[RunDiagnoser, Sequence[PlayerPair]]],
    most: int | None = None,
) -> list[tuple[Diagnosis, Objective]]:
    """What `RunDiagnoser.update` gives for each run, in less time where there are many.

    Args:
        asked: Each run's judge with all its pairs, and all their curves so far.
        most: So many checkpoints of a pair are looked at, at most; all of them where it is None.
    """
    judges = [(run.judge_of(pair), pair) for run, pairs in asked for pair in pairs]
    every = diagnoser.update_all(judges, most)
    found = iter(every)
    return [run.verdict({pair.name: next(found) for pair in pairs}) for run, pairs in asked]


def combine(found: Mapping[str | None, Diagnosis]) -> Diagnosis:
    """One diagnosis for several pairs: the gravest badge holds, each sentence says its pair."""
    if len(found) == 1:
        return next(iter(found.values()))
    timeline = _merge([d.timeline for d in found.values()])
    gravest = max(found.values(), key=lambda d: (GRAVITY[d.badge], d.confidence))
    findings = [
        replace(f, sentence=f"pair {name}: {f.sentence}") for name, d in found.items() for f in d.findings
    ]
    findings.sort(key=lambda f: (f.badge is not gravest.badge, -f.gravity))
    others = {b for d in found.values() for b in (d.badge, *d.also)}
    others -= {gravest.badge, Badge.WARMING_UP, Badge.CONVERGING}
    return replace(
        gravest,
        since_step=timeline[-1].step if timeline else gravest.since_step,
        also=tuple(sorted(others, key=GRAVITY.__getitem__, reverse=True)),
        findings=tuple(findings),
        timeline=timeline,
    )


def _merge(timelines: Sequence[tuple[Moment, ...]]) -> tuple[Moment, ...]:
    """At each step the gravest of the badges then in force."""
    changes = sorted((m.step, i, m.badge) for i, line in enumerate(timelines) for m in line)
    now: dict[int, Badge] = {}
    merged: list[Moment] = []
    for step, which, badge in changes:
        now[which] = badge
        worst = max(now.values(), key=GRAVITY.__getitem__)
        if merged and merged[-1].step == step:
            merged.pop()
        if not merged or merged[-1].badge is not worst:
            merged.append(Moment(step, worst))
    return tuple(merged)
