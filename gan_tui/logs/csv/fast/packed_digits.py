"""Packed digits: eight characters in a 64-bit word, summed up together (SWAR)."""

from __future__ import annotations

import numpy as np

from gan_tui.logs.csv.fast.buffer import Words

ASCII_ZEROS = np.uint64(0x3030303030303030)
"""Turns the characters of digits into 0 to 9, by exclusive or."""
HIGH_BITS = 0x8080808080808080
"""The highest bit of each byte of a word."""
_OVER_NINE, _HIGHS = np.uint64(0x7676767676767676), np.uint64(HIGH_BITS)
_OVER_NINE_OF_FOUR = np.uint32(0x76767676)
_PAIR, _FOUR, _EIGHT = np.uint16(10 << 8 | 1), np.uint32(100 << 16 | 1), np.uint64(10000 << 32 | 1)


def non_digits(word: Words) -> Words:
    """Return words that are not 0 where one of the eight bytes is above 9."""
    over = bytes_over_nine(word)
    over &= _HIGHS
    return over


def bytes_over_nine(word: np.ndarray) -> np.ndarray:
    """Return words, of eight or four bytes, with the highest bit of each byte above 9 set."""
    over: np.ndarray = word + (_OVER_NINE if word.itemsize == 8 else _OVER_NINE_OF_FOUR)
    over |= word
    return over


def sum_digits(word: Words) -> Words:
    """Return the numbers that eight digits form, the first in the lowest byte. Overwrites `word`."""
    sum_four_digits(word.view(np.uint32))
    word *= _EIGHT
    word >>= np.uint64(32)
    return word


def sum_four_digits(fours: np.ndarray) -> np.ndarray:
    """Return the numbers that four digits form, the first in the lowest byte. Overwrites `fours`, uint32."""
    # left * ten + right lands in the upper half of each pair; each step doubles the width.
    pairs = fours.view(np.uint16)
    pairs *= _PAIR
    pairs >>= np.uint16(8)
    fours *= _FOUR
    fours >>= np.uint32(16)
    return fours
