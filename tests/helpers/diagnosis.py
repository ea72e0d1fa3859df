"""A diagnosis of a complete pair at once."""

from __future__ import annotations

from gan_tui.diagnosis.diagnoser import Diagnoser
from gan_tui.diagnosis.result import Diagnosis
from gan_tui.run.pair import PlayerPair


def diagnose_pair(pair: PlayerPair) -> Diagnosis:
    return Diagnoser().update(pair)
