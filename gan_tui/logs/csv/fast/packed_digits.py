"""Digits by the word: eight characters in one machine word, weighed together."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import Words

ZEROS = np.uint64(0x3030303030303030)
"""What turns the characters of digits into 0 to 9, by exclusive or."""
HIGHS = 0x8080808080808080
"""The highest bit of each byte of a word."""
_OVER_NINE, _HIGHS = np.uint64(0x7676767676767676), np.uint64(HIGHS)
_OVER_NINE_OF_FOUR = np.uint32(0x76767676)
_PAIR, _FOUR, _EIGHT = np.uint16(10 << 8 | 1), np.uint32(100 << 16 | 1), np.uint64(10000 << 32 | 1)


def no_digits(word: Words) -> Words:
    """Not 0 where one of the eight bytes is above 9."""
    over = over_nine(word)
    over &= _HIGHS
    return over


def over_nine(word: np.ndarray) -> np.ndarray:
    """Words, of eight digits or of four, whose bytes have their highest bit set where they are above 9."""
    over: np.ndarray = word + (_OVER_NINE if word.itemsize == 8 else _OVER_NINE_OF_FOUR)
    over |= word
    return over


def weigh(word: Words) -> Words:
    """The number that eight digits make, the first one in the lowest byte. `word` is used up."""
    weigh_fours(word.view(np.uint32))
    word *= _EIGHT
    word >>= np.uint64(32)
    return word


def weigh_fours(fours: np.ndarray) -> np.ndarray:
    """The number that four digits make, the first one in the lowest byte. `fours`, uint32, is used up."""
    # left * ten + right, in the upper half of each pair: twice as much of it in a word the next time.
    pairs = fours.view(np.uint16)
    pairs *= _PAIR
    pairs >>= np.uint16(8)
    fours *= _FOUR
    fours >>= np.uint32(16)
    return fours
