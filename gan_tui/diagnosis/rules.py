"""The rules: each describes in words what its signals show at one step, or returns None.

A rule names its signals. Their contributions to the log-odds of each badge (`badge_model.py`) decide which
badge its finding is evidence for and how severe it is; the sentence gives the figures, so that the user can
check them on the chart. "The runs" in the docstrings are the trainings that the model is fitted on, whose
samples were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from gan_tui.diagnosis.badge_model import MODEL_BADGES, BadgeModel
from gan_tui.diagnosis.result import Badge, Finding
from gan_tui.diagnosis.signals import MAX_GAP, SignalRow, Signals
from gan_tui.logs.model import Floats

HEALTHY_HALVES = -0.45
"""Two batches of fakes score independently below this correlation."""
MIN_LOG_ODDS = 0.35
"""Log-odds that a rule's signals must contribute to a badge for a finding."""
MAX_GROWTH = 100
"""A loss of more than this many times its initial size has left all bounds, whatever else is found."""
MAX_SUPPORTING, MAX_OPPOSING = 6, 2
"""Maximum findings for the badge and against it."""
MIN_OPPOSING_SEVERITY = 0.3
"""Minimum severity of a finding against the badge."""
MAX_SHARE = 4.0
"""A discriminator's loss of more than this many times its equilibrium is worse than any single bad batch."""
MIN_NONFINITE = 3
"""Consecutive non-finite values at the end of a loss after which nothing is learned any more."""
PLAYERS = "dg"

Describe = Callable[[SignalRow, Badge], str | None]
"""Returns the sentence of a rule for signals that are evidence for a badge, or None."""


class Rule(Struct, frozen=True):
    """One kind of evidence."""

    name: str
    signals: tuple[str, ...]
    describe: Describe


def not_finite(row: SignalRow) -> Finding | None:
    """The newest losses are NaN or infinite: nothing is learned any more."""
    missing = row["missing"]
    if not missing >= MIN_NONFINITE:
        return None
    return _finding(
        row, "not_finite", Badge.DIVERGED, 1.0,
        f"the last {int(missing):,} values of a loss are not finite", {"missing": missing},
    )  # fmt: skip


def blown_up(row: SignalRow) -> Finding | None:
    """A loss has left all bounds (soumith/ganhacks, section 10: huge losses are a failure).

    A critic's loss has no bounds: only the growth of Wasserstein losses counts.
    """
    for player in PLAYERS:
        size, start = row[f"size_{player}"], row[f"start_{player}"]
        bounded = np.isfinite(row[f"balance_{player}"]) and row[f"balance_{player}"] != 0
        if size > MAX_GROWTH * max(start, 1.0) * (1 if bounded else 100):
            return _finding(
                row, "blown_up", Badge.DIVERGED, 0.95,
                f"since step {row.first_step:,} {player.upper()}'s loss is around {size:.3g}; it began "
                f"around {start:.3g}",
                {"size": size, "start": start},
            )  # fmt: skip
    return None


def fooled(row: SignalRow) -> Finding | None:
    """D does far worse than guessing, permanently.

    A D that guesses has the equilibrium loss (2 ln 2 for BCE). On the runs, 95 % of the steps at which D's
    loss is four times that have samples off the data.
    """
    share = row["share_d"]
    if not share > MAX_SHARE:
        return None
    level, balance = row["level_d"], row["balance_d"]
    return _finding(
        row, "fooled", Badge.DIVERGED, 1.0,
        f"since step {row.first_step:,} D's loss is around {level:.3g}, {level / balance:.1f} times what "
        f"guessing would cost it ({balance:.3g})",
        {"level": level, "balance": balance},
    )  # fmt: skip


CERTAIN_RULES = (not_finite, blown_up, fooled)
"""Rules without weights: no other evidence can outweigh them."""


def _batches(row: SignalRow, badge: Badge) -> str | None:
    """Two batches of fakes score alike: the samples of a step sit in one place.

    D's and G's loss of one step see two batches of fakes. In a healthy run their sampling noise is
    independent, so that the real and fake terms of D's loss, the fake one as implied by G's loss, change in
    opposite directions. 87 % of the collapsed runs are above -0.45, and 2 % of the converging ones.
    """
    halves = np.fmax(row["halves"], row["critic_halves"])
    if not np.isfinite(halves):
        return None
    alike = halves > HEALTHY_HALVES
    if alike == (badge is Badge.CONVERGING):
        return None
    return f"since step {row.fine_first_step:,} two batches of fakes score " + (
        f"alike (correlation of the changes {halves:.2f}, healthy runs are below {HEALTHY_HALVES}): the "
        "samples of a step sit in one place"
        if alike
        else f"independently (correlation of the changes {halves:.2f})"
    )


def _scores(row: SignalRow, _: Badge) -> str | None:
    """D's scores of reals and fakes, which rise and fall together in a healthy run, move apart.

    This also reports the gap between them, which should be near zero according to MathWorks' "Monitor GAN
    Training Progress".
    """
    together, gap = row["scores"], row["score_gap"]
    if not np.isfinite(together) or not np.isfinite(gap):
        return None
    far = f"{MAX_GAP:.0f} or more" if abs(gap) >= MAX_GAP else f"{abs(gap):.1f}"
    side = "above" if gap >= 0 else "below"
    return (
        f"since step {row.fine_first_step:,} D scores reals {far} of its own spreads {side} fakes, and the "
        f"two change with a correlation of {together:.2f}"
    )


def _wandering(row: SignalRow, badge: Badge) -> str | None:
    """The losses wander, though sampling noise is white: a cluster of samples moves, or the networks do."""
    slow = {p: 10 ** row[f"slow8_{p}"] for p in PLAYERS if np.isfinite(row[f"slow8_{p}"])}
    if not slow:
        return None
    player = max(slow, key=slow.__getitem__)
    if badge is Badge.CONVERGING:
        levels = " and ".join(f"{p.upper()}'s around {row[f'level_{p}']:.3g}" for p in PLAYERS if p in slow)
        return (
            f"since step {row.first_step:,} the losses bounce much as noise does ({levels}): means of "
            f"{8} points change at most {slow[player]:.1f} times as much as those of noise"
        )
    return (
        f"since step {row.fine_first_step:,} {player.upper()}'s loss "
        + ("wanders" if slow[player] > 1.5 else "moves")
        + f": means of 8 points change {slow[player]:.1f} times as much as those of noise would"
    )


def _swinging(row: SignalRow, badge: Badge) -> str | None:
    """A loss swings more widely than its own noise, or does not (Brownlee: oscillation of G's loss)."""
    wide = {p: row[f"swing_{p}"] for p in PLAYERS if np.isfinite(row[f"swing_{p}"])}
    if not wide:
        return None
    player = max(wide, key=wide.__getitem__)
    if (badge is Badge.CONVERGING) == (wide[player] > 1):
        return None
    how = "no wider than" if badge is Badge.CONVERGING else f"{wide[player]:.1f} times as wide as"
    return f"since step {row.first_step:,} {player.upper()}'s loss swings {how} its own noise"


def _levels(row: SignalRow, badge: Badge) -> str | None:
    """The losses relative to their equilibrium: a D that stays at zero is a failure.

    Sources: soumith/ganhacks, section 10; Brownlee, "How to identify and diagnose GAN failure modes". With
    BCE the optimal D has `D's loss = 2 ln 2 - 2 JSD`, so the level bounds what the samples can cover.
    """
    levels = []
    for player in PLAYERS:
        balance = row[f"balance_{player}"]
        if np.isfinite(balance):
            levels.append(
                f"{player.upper()}'s loss is around {row[f'level_{player}']:.3g} ({balance:.3g} at balance)"
            )
    if not levels:
        return None
    words = f"since step {row.first_step:,} " + " and ".join(levels)
    if badge is not Badge.CONVERGING and row["low_d"] > 0.7:
        words += ": D tells real from fake without effort"
    return words


def _growth(row: SignalRow, _: Badge) -> str | None:
    """A loss has grown or shrunk since the beginning (soumith/ganhacks, section 10)."""
    grown = {p: row[f"grown_{p}"] for p in PLAYERS if np.isfinite(row[f"grown_{p}"])}
    if not grown:
        return None
    player = max(grown, key=lambda p: abs(grown[p]))
    times = 10 ** grown[player]
    change = f"{times:.2g} times" if times >= 1 else f"{100 * times:.2g} % of"
    return (
        f"since step {row.first_step:,} {player.upper()}'s loss is around {row[f'level_{player}']:.3g}, "
        f"{change} what it was at the beginning"
    )


def _opposition(row: SignalRow, _: Badge) -> str | None:
    """One player wins what the other loses, or does not."""
    fast, slow = row["opposition"], row["slow_opposition"]
    value, what = (
        (fast, "from point to point")
        if not np.isfinite(slow) or abs(fast) > abs(slow)
        else (slow, "over 8 points")
    )
    if not np.isfinite(value):
        return None
    way = "against each other" if value > 0.25 else "together" if value < -0.25 else "independently"
    return (
        f"since step {row.fine_first_step:,} D's and G's loss change {way} {what} (correlation {-value:.2f})"
    )


def _spread(row: SignalRow, _: Badge) -> str | None:
    """The variance of the losses and the size of their spikes (ganhacks: variance and spikes)."""
    spreads = {p: 10 ** row[f"spread_{p}"] for p in PLAYERS if np.isfinite(row[f"spread_{p}"])}
    if not spreads:
        return None
    words = " and ".join(f"{p.upper()}'s by {100 * v:.3g} %" for p, v in spreads.items())
    return f"since step {row.fine_first_step:,} the losses scatter: {words} of their size"


def _widening(row: SignalRow, badge: Badge) -> str | None:
    """The variance or the level of the losses has just changed (trend; change point)."""
    player = max(PLAYERS, key=lambda p: abs(np.nan_to_num(row[f"widened_{p}"])))
    wider = 10 ** row[f"widened_{player}"]
    if not np.isfinite(wider) or (badge is Badge.CONVERGING and wider > 1):
        return None
    return (
        f"since step {row.fine_first_step:,} {player.upper()}'s loss scatters {wider:.2g} times as widely "
        "as in the stretch before"
    )


def _standstill(row: SignalRow, badge: Badge) -> str | None:
    """A loss is constant to the last digit: a dead or a clamped network (HyperGAN#177, BCELoss)."""
    player = max(PLAYERS, key=lambda p: np.nan_to_num(row[f"same_{p}"]))
    same = row[f"same_{player}"]
    if badge is Badge.CONVERGING or not same > 0.3:
        return None
    return (
        f"since step {row.fine_first_step:,} {player.upper()}'s loss stands still at "
        f"{row[f'level_{player}']:.4g} ({same:.0%} of its values repeat the one before)"
    )


def _both(*stems: str) -> tuple[str, ...]:
    return tuple(f"{stem}_{player}" for stem in stems for player in PLAYERS)


SLOW = _both("slow3", "slow8", "slow64", "short_slow3")
RULES: tuple[Rule, ...] = (
    Rule("fakes_alike", ("halves", "critic_halves", "real_noise"), _batches),
    Rule("standstill", _both("same"), _standstill),
    Rule("wandering", (*SLOW, "slow8_real", "slow8_fake"), _wandering),
    Rule("swinging", _both("swing", "short_swing"), _swinging),
    Rule("levels", _both("share", "low"), _levels),
    Rule("scores", ("scores", "score_gap", "same_fakes"), _scores),
    Rule("opposition", ("opposition", "slow_opposition"), _opposition),
    Rule("growth", _both("grown"), _growth),
    Rule("spread", _both("spread", "tail", "short_spread", "short_tail"), _spread),
    Rule("widening", _both("widened", "drift"), _widening),
)  # fmt: skip


def _finding(
    row: SignalRow, rule: str, badge: Badge, severity: float, sentence: str, numbers: dict[str, float]
) -> Finding:
    return Finding(rule, badge, sentence, row.first_step, row.step, severity, numbers)


def certain_findings(row: SignalRow) -> tuple[Finding, ...]:
    """Return the findings of the rules without weights."""
    return tuple(finding for rule in CERTAIN_RULES if (finding := rule(row)) is not None)


def may_be_certain(signals: Signals) -> np.ndarray:
    """Return whether any of the CERTAIN_RULES may apply at each checkpoint, shape (k,)."""
    unknown = np.full(len(signals.steps), np.nan)

    def of(name: str) -> Floats:
        return signals.values.get(name, unknown)

    with np.errstate(over="ignore"):
        huge = [of(f"size_{p}") > MAX_GROWTH * np.maximum(of(f"start_{p}"), 1.0) for p in PLAYERS]
    result: np.ndarray = np.logical_or.reduce(
        [of("missing") >= MIN_NONFINITE, of("share_d") > MAX_SHARE, *huge]
    )
    return result


def apply_rules(row: SignalRow, model: BadgeModel, badges: Sequence[Badge]) -> tuple[Finding, ...]:
    """Return the findings of all rules, those for `badges` first, then by descending severity.

    A finding is evidence for the one of `badges` that the rule's signals contribute to, if they do;
    otherwise for the badge that they contribute most to. Evidence against the badge is reported, too.

    Args:
        row: The signals at one step.
        model: What each signal contributes to each badge.
        badges: The current badge, then those that hold at the same time.
    """
    findings = list(certain_findings(row))
    weak: list[Finding] = []
    contributions = model.contributions_at(row.signals)
    for rule in RULES:
        names = [n for n in rule.signals if n in contributions and np.isfinite(row[n])]
        if not names:
            continue
        sums = np.sum([contributions[n] for n in names], axis=0).tolist()
        log_odds = dict(zip(MODEL_BADGES, sums, strict=True))
        first = min(
            MODEL_BADGES, key=lambda b: (not (b in badges and log_odds[b] >= MIN_LOG_ODDS), -log_odds[b])
        )
        for badge in dict.fromkeys((first, *badges[:1])):
            sentence = rule.describe(row, badge) if badge in log_odds else None
            if sentence is not None:
                severity = round(float(np.tanh(max(log_odds[badge], 0.0) / 2)), 3)
                finding = _finding(row, rule.name, badge, severity, sentence, {n: row[n] for n in names})
                if log_odds[badge] > 0:
                    (findings if log_odds[badge] >= MIN_LOG_ODDS else weak).append(finding)
                if log_odds[badge] >= MIN_LOG_ODDS:
                    break
    if badges and not any(f.badge is badges[0] for f in findings):
        # A badge may rest on many weak contributions: the strongest of them is reported.
        findings += sorted((f for f in weak if f.badge is badges[0]), key=lambda f: -f.severity)[:1]
    findings.sort(key=lambda f: -f.severity)
    supporting = [f for f in findings if f.badge in badges][:MAX_SUPPORTING]
    opposing = [f for f in findings if f.badge not in badges and f.severity >= MIN_OPPOSING_SEVERITY]
    return tuple(
        sorted(
            (*supporting, *opposing[:MAX_OPPOSING]),
            key=lambda f: (f.badge not in badges[:1], f.badge not in badges),
        )
    )
