"""Words in names that denote a loss, a score or a player."""

from __future__ import annotations

import re

_LOSS_WORDS = re.compile(
    r"""loss|cost|err|(?:^|[\s_/.-])(?:
        [gd]\d?|gen|dis|disc|discrim|critic|generator|discriminator|adv|adversarial|real|fake|gan
        |gp|penalty|reg|r1|r2|pl|lr|fid\d*k?|kid\d*k?|is\d*k?|acc|acc\.|accuracy|psnr|ssim|lpips|mse|mae|l1|l2|kl|kld|score|scores|prob|measure|kt
        |precision|recall|iou|dice|augment|wd|w_dist|wdist|wasserstein|distance|grad|norm|sign|logit|logits
    )(?:$|[\s_/.([-])""",
    re.VERBOSE,
)


def sounds_like_metric(name: str) -> bool:
    """Return whether `name` denotes a loss, a score or a player."""
    return _LOSS_WORDS.search(name.lower()) is not None
