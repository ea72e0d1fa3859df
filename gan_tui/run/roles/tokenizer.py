"""A series name cut into words, whatever case, separators and run-together spellings it uses."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.run.roles.vocabulary import ABSORBS, AVERAGED, HELD_OUT, NOISE, TAGS, TYPOS, WORDS

MAX_NAME = 240
"""Longer names are nobody's: they get no role, and no time."""
MAX_WORDS = 16

UNKNOWN = "?"
"""Stands for any word that is not in the table."""

_CHUNK = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_NUMBERED = re.compile(r"([A-Za-z]+?)(\d{1,3})")
_FID = re.compile(r"(?:fid|kid)\d+k?")
# G_A2B makes samples of domain B, which D_B judges.
_TRANSLATES = re.compile(
    r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))([ABXYabxy])(?:2|to|To)([ABXYabxy])(?![A-Za-z])"
)
# D(real) is always an output of D, where D_real may be a half of its loss.
_OUTPUT_OF_D = re.compile(
    r"(?:^|[^A-Za-z])(?:d|dis|disc|discriminator|critic)\s*\(\s*(?:x|real|fake|g)\b", re.IGNORECASE
)
# BasicSR's out_d_real is what D puts out; SAGAN's d_out_real, of all things, is a loss.
_OUT_OF_D = re.compile(r"(?:^|[/ ])outputs?_|(?:^|[/ ])out_", re.IGNORECASE)
# W&B's downloads name a column "swift-sun-12 - d_loss".
_OF_RUN = re.compile(r"(.+?) - (?=\S)")
_METHOD = re.compile(r"wgan[-_ ]?gp", re.IGNORECASE)
_SHORTEST_FUSED = 4
_FUSED = frozenset({"d", "g", "loss", "real", "fake", "acc", "lr", "adv", "score", "x"})


class Tokens(Struct, frozen=True):
    """What the words of one name say."""

    words: frozenset[str]
    """Words of the rows, `UNKNOWN` where there are others, without tags."""
    tags: tuple[str, ...] = ()
    """Words that may tell player pairs apart, in order, lower case."""
    held_out: bool = False
    averaged: bool = False
    misspelled: bool = False
    """Or run together: `discloss`."""
    nested: bool = False
    """A folder that means nothing here was left out."""
    of_run: bool = False
    """The first tag is the name of a run, in a table that several runs share."""

    def key(self, *tags: str) -> str:
        """The words in one canonical order, with `tags` among them."""
        return canonical(self.words.union(tags))


def canonical(words: frozenset[str] | set[str]) -> str:
    """The key under which a set of words is looked up."""
    return " ".join(sorted(words))


NOBODY = Tokens(frozenset({UNKNOWN}))


@lru_cache(maxsize=4096)
def _lex_short(name: str) -> Tokens:
    found = _lexed(name)
    run = _OF_RUN.match(name) if UNKNOWN in found.words or found.tags else None
    if run is not None:
        metric = _lexed(name[run.end() :])
        if metric.words and UNKNOWN not in metric.words:
            return replace(metric, tags=(run[1].lower(), *metric.tags), of_run=True)
    return found


def _lexed(name: str) -> Tokens:
    name = _METHOD.sub(" ", name)
    name = _TRANSLATES.sub(r" \2 ", name)
    cut = [_cut(part) for part in name.split("/")]
    fused = any(run_together for _, run_together in cut)
    folders = [words for words, _ in cut]
    nested = False
    # tmp/mnist/train disc cost: a folder of which no word is known says where, not what.
    while len(folders) > 1 and all(w == UNKNOWN or _is_tag(w) or w in NOISE for w in folders[0]):
        nested = nested or any(w not in NOISE for w in folders[0])
        del folders[0]
    spelled = [w for part in folders for w in part]
    if len(spelled) > MAX_WORDS:
        return NOBODY
    words = {m for w in spelled for m in WORDS.get(w, ()) if not _is_tag(w)}
    words |= {UNKNOWN for w in spelled if w == UNKNOWN}
    if ("loss" not in words and _OUTPUT_OF_D.search(name)) or ("d" in words and _OUT_OF_D.search(name)):
        words.add("score")
    for word, absorbed in ABSORBS.items():
        if word in words or word in spelled:
            words -= absorbed
    return Tokens(
        frozenset(words),
        tuple(w for w in spelled if _is_tag(w)),
        held_out=not HELD_OUT.isdisjoint(spelled),
        averaged=not AVERAGED.isdisjoint(spelled),
        misspelled=fused or not TYPOS.isdisjoint(spelled),
        nested=nested,
    )


def tokenize(name: str) -> Tokens:
    """The words of a name. Bounded work, whatever the name holds."""
    return NOBODY if len(name) > MAX_NAME else _lex_short(name)


def _is_tag(word: str) -> bool:
    return word in TAGS or word.isdigit()


def _known(word: str) -> bool:
    return word in WORDS or word in NOISE or word in AVERAGED or word in HELD_OUT or _is_tag(word)


def _cut(text: str) -> tuple[list[str], bool]:
    """The spelled words of `text`, lower case, and whether some ran together.

    A word that is in no table is `UNKNOWN`.
    """
    found: list[str] = []
    fused = False
    for chunk in _CHUNK.findall(text):
        low = chunk.lower()
        if _known(low):
            found.append(_target(low))
        elif _FID.fullmatch(low):
            found.append(low[:3])
        elif not chunk.isascii():
            found.append(UNKNOWN)
        else:
            for piece in _pieces(chunk):
                halves = [_target(piece)] if _known(piece) else _unfuse(piece)
                fused = fused or len(halves) > 1
                found.extend(halves)
    return found, fused


def _target(word: str) -> str:
    """`ab` and `xy` are directions: the tag is the domain that comes out."""
    return word[1] if word in {"ab", "ba", "xy", "yx"} else word


def _pieces(chunk: str) -> list[str]:
    """`errD` and `z1` at their seams."""
    numbered = _NUMBERED.fullmatch(chunk)
    if numbered and _known(numbered[1].lower()):
        return [numbered[1].lower(), numbered[2]]
    return [p.lower() for p in _HUMP.findall(chunk)]


def _unfuse(piece: str) -> list[str]:
    """`dloss`, `lossg`, `discloss` as two words."""
    if len(piece) >= _SHORTEST_FUSED:
        for at in range(1, len(piece)):
            head, tail = piece[:at], piece[at:]
            if _FUSED.issuperset(WORDS.get(head, "?")) and _FUSED.issuperset(WORDS.get(tail, "?")):
                return [head, tail]
    return [UNKNOWN]
