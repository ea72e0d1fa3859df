"""Suggestions for what a rule has found. None is a claim that it will help."""

from __future__ import annotations

from msgspec import Struct

from gan_tui.diagnosis.result import Badge, Finding

MAX_SUGGESTIONS = 3
"""Suggestions given for one finding, and for a whole run."""


class Suggestion(Struct, frozen=True):
    """One thing to try, with its source."""

    text: str
    """One line that begins with a verb."""
    source: str
    """The paper or issue that reports when it helped."""


LOOK = Suggestion(
    "Look at the samples: curves hint, only samples show",
    "Theis et al. 2016, arXiv:1511.01844; Arora & Zhang 2017, arXiv:1706.08224",
)
"""Applies to every run."""

CHECKPOINT = Suggestion(
    "Go back to a checkpoint from before the onset, and keep more of them",
    "Brock et al. 2019 (BigGAN stops and takes the one before the collapse), arXiv:1809.11096",
)
TTUR = Suggestion(
    "Split the learning rates: a slower G, or a faster D (TTUR)", "Heusel et al. 2017, arXiv:1706.08500"
)
LOWER_RATES = Suggestion(
    "Lower both learning rates, and Adam's beta1 to 0.5 or 0", "Radford et al. 2016 (DCGAN), arXiv:1511.06434"
)
SLOWER_D = Suggestion(
    "Give D less: a lower learning rate than G's, or fewer of its steps",
    "soumith/ganhacks; Heusel et al. 2017",
)
SMOOTHING = Suggestion(
    "Smooth D's labels one-sidedly: 0.9 for real", "Salimans et al. 2016, arXiv:1606.03498"
)
NOISE = Suggestion(
    "Add noise to D's inputs and let it fade",
    "Arjovsky & Bottou 2017, arXiv:1701.04862; Sønderby et al. 2017",
)
R1 = Suggestion("Penalise D's gradient on real data (R1)", "Mescheder et al. 2018, arXiv:1801.04406")
GRADIENT_PENALTY = Suggestion(
    "Use a gradient penalty instead of clipping weights", "Gulrajani et al. 2017, arXiv:1704.00028"
)
SPECTRAL = Suggestion("Normalise D's layers spectrally", "Miyato et al. 2018, arXiv:1802.05957")
CRITIC_STEPS = Suggestion(
    "Take more critic steps for each of G's (5 is usual)", "Arjovsky et al. 2017, arXiv:1701.07875"
)
PACKING = Suggestion(
    "Let D see several samples at once: packing, or minibatch discrimination",
    "Lin et al. 2018 (PacGAN), arXiv:1712.04086; Salimans et al. 2016, arXiv:1606.03498",
)
DATA = Suggestion(
    "Train on more varied data, or augment what D sees",
    "Karras et al. 2020 (ADA), arXiv:2006.06676; Zhao et al. 2020, arXiv:2006.10738",
)
AVERAGE = Suggestion(
    "Sample from a moving average of G's weights: it rests where G circles",
    "Yazıcı et al. 2019, arXiv:1806.04498",
)
LOGITS = Suggestion(
    "Take the loss from logits (BCEWithLogitsLoss) and clip the gradients",
    "PyTorch's documentation of BCEWithLogitsLoss; Pascanu et al. 2013, arXiv:1211.5063",
)

_BY_FINDING: dict[tuple[str, Badge], tuple[Suggestion, ...]] = {
    ("not_finite", Badge.DIVERGED): (CHECKPOINT, LOGITS, LOWER_RATES),
    ("blown_up", Badge.DIVERGED): (LOWER_RATES, GRADIENT_PENALTY, CHECKPOINT),
    ("growth", Badge.DIVERGED): (LOWER_RATES, GRADIENT_PENALTY, CHECKPOINT),
    ("levels", Badge.DIVERGED): (SLOWER_D, NOISE, SMOOTHING),
    ("scores", Badge.DIVERGED): (SLOWER_D, NOISE, R1),
    ("standstill", Badge.COLLAPSE): (CHECKPOINT, SLOWER_D, LOGITS),
    ("standstill", Badge.DIVERGED): (CHECKPOINT, SLOWER_D, LOGITS),
    ("samples_stuck", Badge.DIVERGED): (CHECKPOINT, SPECTRAL, TTUR),
    ("samples_blank", Badge.DIVERGED): (CHECKPOINT, LOWER_RATES, SPECTRAL),
    ("samples_travelling", Badge.OSCILLATING): (PACKING, R1, AVERAGE),
}
"""Suggestions for rules that point to a narrower cause than their badge."""

_BY_BADGE: dict[Badge, tuple[Suggestion, ...]] = {
    Badge.COLLAPSE: (PACKING, CHECKPOINT, DATA),
    Badge.OSCILLATING: (TTUR, R1, AVERAGE),
    Badge.DIVERGED: (CHECKPOINT, R1, SLOWER_D),
}
_WASSERSTEIN = {Badge.OSCILLATING: (CRITIC_STEPS, GRADIENT_PENALTY, LOWER_RATES)}


def suggestions_for(finding: Finding, objective: str = "unknown") -> tuple[Suggestion, ...]:
    """Return at most `MAX_SUGGESTIONS` suggestions for a finding, the most specific first.

    Args:
        finding: What a rule found.
        objective: The training loss, a value of `ObjectiveKind`. A Wasserstein critic gets other ones.

    Returns:
        An empty tuple for a run in balance. `LOOK` applies to every run and is not included.
    """
    if finding.badge in {Badge.CONVERGING, Badge.WARMING_UP}:
        return ()
    if objective == "wasserstein" and finding.badge in _WASSERSTEIN:
        return _WASSERSTEIN[finding.badge]
    return _BY_FINDING.get((finding.rule, finding.badge), _BY_BADGE[finding.badge])[:MAX_SUGGESTIONS]
