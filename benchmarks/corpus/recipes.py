"""What each run of the corpus is: everything that is drawn from its seed.

A seed gives the kind of data (`SMALL_SEEDS`, `IMAGE_SEEDS`). Data sets and recipes are dealt like cards, a
deck at a time, so that any range of seeds holds them in about the shares of `DECKS`. The rest is random.
"""

from __future__ import annotations

import numpy as np

from benchmarks.corpus import image_recipes, small_recipes
from benchmarks.corpus.settings import IMAGE_SEEDS, SMALL_SEEDS, Dice, Settings

DECKS: dict[str, dict[str, int]] = {
    "small data": {"ring": 3, "grid": 2, "digits": 4},
    "image data": {"fashion": 2, "fashion16": 4, "letters": 4, "emoji": 3},
    "small recipes": {
        "sound": 4, "calm": 4, "long": 1, "drift": 1, "random": 4, "collapse": 3, "hop": 3, "orbit": 3,
        "diverge": 2, "d-wins": 1, "g-wins": 1, "late": 3,
    },
    "image recipes": {
        "sound": 6, "calm": 3, "long": 1, "drift": 3, "random": 3, "collapse": 4, "hop": 3, "orbit": 2,
        "diverge": 2, "d-wins": 2, "g-wins": 1, "late": 4,
    },
}  # fmt: skip
"""How many of each are dealt from one deck."""


def deal(deck: str, seed: int) -> str:
    """Return a seed's card: every whole deck of seeds gets all cards, in an order of its own."""
    cards = [name for name, count in DECKS[deck].items() for _ in range(count)]
    round_number, place = divmod(seed, len(cards))
    order = np.random.default_rng([round_number, len(cards), len(deck)]).permutation(len(cards))
    return cards[order[place]]


def draw(seed: int) -> Settings:
    """Return what a seed stands for.

    Raises:
        ValueError: The seed is in neither range.
    """
    if seed in SMALL_SEEDS:
        return small_recipes.draw(seed, deal("small data", seed), deal("small recipes", seed), Dice(seed))
    if seed in IMAGE_SEEDS:
        return image_recipes.draw(seed, deal("image data", seed), deal("image recipes", seed), Dice(seed))
    message = (
        f"seed {seed}: take {SMALL_SEEDS.start} and up for small runs, {IMAGE_SEEDS.start} and up for images"
    )
    raise ValueError(message)
