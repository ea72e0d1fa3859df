"""Splits series names into words, with any case, separators and joined spellings."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.run.roles.vocabulary import AVERAGED, HELD_OUT, IGNORED, REPLACES, TAGS, TYPOS, WORDS

MAX_NAME = 240
"""Longer names get no role, so that the work stays bounded."""
MAX_WORDS = 16

UNKNOWN = "?"
"""Replaces any word that is not in the vocabulary."""

_ALPHANUMERIC = re.compile(r"[^\W_]+")
_CAMEL_CASE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_NUMBERED = re.compile(r"([A-Za-z]+?)(\d{1,3})")
_FID = re.compile(r"(?:fid|kid)\d+k?")
# G_A2B generates samples of domain B, which D_B scores.
_TRANSLATES = re.compile(
    r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))([ABXYabxy])(?:2|to|To)([ABXYabxy])(?![A-Za-z])"
)
# D(real) is always an output of D; D_real may be a term of its loss.
_OUTPUT_OF_D = re.compile(
    r"(?:^|[^A-Za-z])(?:d|dis|disc|discriminator|critic)\s*\(\s*(?:x|real|fake|g)\b", re.IGNORECASE
)
# BasicSR's out_d_real is an output of D, but SAGAN's d_out_real is a loss.
_OUT_OF_D = re.compile(r"(?:^|[/ ])outputs?_|(?:^|[/ ])out_", re.IGNORECASE)
# W&B's downloads name a column "swift-sun-12 - d_loss".
_RUN_PREFIX = re.compile(r"(.+?) - (?=\S)")
_METHOD = re.compile(r"wgan[-_ ]?gp", re.IGNORECASE)
_MIN_JOINED = 4
_JOINABLE = frozenset({"d", "g", "loss", "real", "fake", "acc", "lr", "adv", "score", "x"})


class Tokens(Struct, frozen=True):
    """The words of one name."""

    words: frozenset[str]
    """Words of the rules, without tags; `UNKNOWN` if there are others."""
    tags: tuple[str, ...] = ()
    """Words that may distinguish player pairs, in order, in lower case."""
    held_out: bool = False
    averaged: bool = False
    misspelled: bool = False
    """Or joined: `discloss`."""
    nested: bool = False
    """An unknown folder was dropped."""
    has_run: bool = False
    """The first tag is the name of a run in a table with several runs."""

    def key(self, *tags: str) -> str:
        """Return the key of the words together with `tags`."""
        return canonical(self.words.union(tags))


def canonical(words: frozenset[str] | set[str]) -> str:
    """Return the lookup key of a set of words."""
    return " ".join(sorted(words))


NO_TOKENS = Tokens(frozenset({UNKNOWN}))


@lru_cache(maxsize=4096)
def _tokenize_cached(name: str) -> Tokens:
    tokens = _split_name(name)
    run = _RUN_PREFIX.match(name) if UNKNOWN in tokens.words or tokens.tags else None
    if run is not None:
        metric = _split_name(name[run.end() :])
        if metric.words and UNKNOWN not in metric.words:
            return replace(metric, tags=(run[1].lower(), *metric.tags), has_run=True)
    return tokens


def _split_name(name: str) -> Tokens:
    name = _METHOD.sub(" ", name)
    name = _TRANSLATES.sub(r" \2 ", name)
    parts = [_split_words(part) for part in name.split("/")]
    joined = any(part_joined for _, part_joined in parts)
    folders = [words for words, _ in parts]
    nested = False
    # tmp/mnist/train disc cost: a folder without a known word is a place, not a metric.
    while len(folders) > 1 and all(w == UNKNOWN or _is_tag(w) or w in IGNORED for w in folders[0]):
        nested = nested or any(w not in IGNORED for w in folders[0])
        del folders[0]
    spelled = [w for folder in folders for w in folder]
    if len(spelled) > MAX_WORDS:
        return NO_TOKENS
    words = {m for w in spelled for m in WORDS.get(w, ()) if not _is_tag(w)}
    words |= {UNKNOWN for w in spelled if w == UNKNOWN}
    if ("loss" not in words and _OUTPUT_OF_D.search(name)) or ("d" in words and _OUT_OF_D.search(name)):
        words.add("score")
    for word, replaced in REPLACES.items():
        if word in words or word in spelled:
            words -= replaced
    return Tokens(
        frozenset(words),
        tuple(w for w in spelled if _is_tag(w)),
        held_out=not HELD_OUT.isdisjoint(spelled),
        averaged=not AVERAGED.isdisjoint(spelled),
        misspelled=joined or not TYPOS.isdisjoint(spelled),
        nested=nested,
    )


def tokenize(name: str) -> Tokens:
    """Split a name into words, in bounded time."""
    return NO_TOKENS if len(name) > MAX_NAME else _tokenize_cached(name)


def _is_tag(word: str) -> bool:
    return word in TAGS or word.isdigit()


def _known(word: str) -> bool:
    return word in WORDS or word in IGNORED or word in AVERAGED or word in HELD_OUT or _is_tag(word)


def _split_words(text: str) -> tuple[list[str], bool]:
    """Return the words of `text` as spelled, in lower case, and whether some were joined.

    A word that is not in the vocabulary is `UNKNOWN`.
    """
    words: list[str] = []
    joined = False
    for chunk in _ALPHANUMERIC.findall(text):
        low = chunk.lower()
        if _known(low):
            words.append(_target(low))
        elif _FID.fullmatch(low):
            words.append(low[:3])
        elif not chunk.isascii():
            words.append(UNKNOWN)
        else:
            for part in _split_camel_case(chunk):
                split = [_target(part)] if _known(part) else _split_joined(part)
                joined = joined or len(split) > 1
                words.extend(split)
    return words, joined


def _target(word: str) -> str:
    """Return the target domain of a direction such as `ab` or `xy`; other words unchanged."""
    return word[1] if word in {"ab", "ba", "xy", "yx"} else word


def _split_camel_case(chunk: str) -> list[str]:
    """Split `errD` and `z1`."""
    numbered = _NUMBERED.fullmatch(chunk)
    if numbered and _known(numbered[1].lower()):
        return [numbered[1].lower(), numbered[2]]
    return [p.lower() for p in _CAMEL_CASE.findall(chunk)]


def _split_joined(text: str) -> list[str]:
    """Split `dloss`, `lossg` and `discloss` into two words."""
    if len(text) >= _MIN_JOINED:
        for at in range(1, len(text)):
            head, tail = text[:at], text[at:]
            if _JOINABLE.issuperset(WORDS.get(head, "?")) and _JOINABLE.issuperset(WORDS.get(tail, "?")):
                return [head, tail]
    return [UNKNOWN]
