"""Reading records that come in no order: those of one kind are brought together and read at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Fault, Ints
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader
from gan_tui.logs.tensorboard.fast.record_chain import chain
from gan_tui.logs.tensorboard.fast.record_templates import LARGEST, Template
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.framing import FRAME
from gan_tui.logs.tensorboard.sink import Sink

Bools: TypeAlias = NDArray[np.bool_]

_FIRST = 16


class UnorderedBatch:
    """Reads one region of a piece, whatever order its records come in.

    Args:
        data: The piece.
        base: Offset of the piece in the log.
        kinds: Reads single records, and knows the kinds of records met so far.
        sink: Where points and faults go.
    """

    def __init__(self, data: memoryview, base: int, kinds: TemplateCache, sink: Sink) -> None:
        self._data = data
        self._base = base
        self._kinds = kinds
        self._faults = sink.faults
        self._scatter = sink.scatter()

    def read(self, begin: int, end: int) -> int:
        """Read the records that begin in data[begin:end], where one may begin at `begin`.

        Returns:
            Where to go on: `end` or a little further, or where the chain of records breaks; `begin`
            where the log has more names than there is room for.
        """
        offsets, sizes = chain(self._data, begin, end)
        if len(offsets) and not self._is_right(int(offsets[-1]), int(sizes[-1])):
            # What its damage means depends on what follows.
            offsets, sizes = offsets[:-1], sizes[:-1]
        if not len(offsets):
            return begin
        known, refused, faults = self._kinds.known, self._kinds.refused, len(self._faults)
        for size, at in _by_size(offsets, sizes):
            if size > LARGEST:
                self._read_singles(at, sizes[np.searchsorted(offsets, at)])
            else:
                self._read_size(size, at)
        if self._kinds.refused > refused:
            # Which names still have room depends on the order of the log: this region is read in it.
            self._kinds.know(known)
            del self._faults[faults:]
            return begin
        after = int(offsets[-1] + sizes[-1])
        self._scatter.close((len(self._data) - after) / (after - begin))
        return after

    def _read_size(self, size: int, at: Ints) -> None:
        """Read the records of `size` bytes at the offsets `at`."""
        rest = self._read_known(size, at)
        batch = _FIRST
        while len(rest):
            known = self._kinds.templates.count
            some, rest = rest[:batch], rest[batch:]
            self._read_singles(some, np.full(len(some), size))
            if len(rest) and self._kinds.templates.count != known:
                rest = self._read_known(size, rest)
            batch *= 2

    def _read_singles(self, at: Ints, sizes: Ints) -> None:
        """Read records one by one; right headers stand behind them."""
        for offset, size in zip(at.tolist(), sizes.tolist(), strict=True):
            if not self._is_right(offset, size):
                self._faults.append(Fault(self._base + offset, size, framing.BAD_PAYLOAD))
                continue

            place = self._base + offset
            add = partial(self._scatter.add, place)
            reason = self._kinds.read(self._data[offset : offset + size], place, add)[1]
            if reason:
                self._faults.append(Fault(self._base + offset, size, reason))

    def _read_known(self, size: int, at: Ints) -> Ints:
        """Read those records of `size` bytes at `at` that are of a known kind; returns the others."""
        rows = np.ndarray((len(self._data) - size + 1,), f"V{size}", self._data, 0, (1,))
        for templates in self._kinds.templates.of_size(size):
            left = []
            for template, those in _split(self._data, at, templates):
                if template is None:
                    left.append(those)
                    continue
                period = self._kinds.alone(template)
                dense = rows[those].view(np.uint8)
                same = _matching(period, dense.data, len(those))
                if same.all():
                    self._read_dense(period, dense.data, those)
                else:
                    left.append(those[~same])
                    self._read_dense(period, rows[those[same]].view(np.uint8).data, those[same])
            at = np.sort(np.concatenate(left)) if left else at[:0]
            if not len(at):
                break
        return at

    def _read_dense(self, period: CycleReader, dense: memoryview, at: Ints) -> None:
        """Read records of one kind that stand densely in `dense`, and at the offsets `at` in the piece."""
        for begin in range(0, len(at), period.block_rows):
            end = min(len(at), begin + period.block_rows)
            done = begin
            for bad in period.damaged(dense, begin * period.size, end - begin):
                self._take(period, dense, done, at[done : begin + bad])
                done = begin + bad + 1
                self._faults.append(Fault(self._base + int(at[done - 1]), period.size, framing.BAD_PAYLOAD))
            self._take(period, dense, done, at[done:end])

    def _take(self, period: CycleReader, dense: memoryview, begin: int, at: Ints) -> None:
        if len(at):
            self._scatter.rows(period, dense, begin, at + self._base)

    def _is_right(self, offset: int, size: int) -> bool:
        return framing.payload_is_right(self._data, offset, size - FRAME)


def _by_size(offsets: Ints, sizes: Ints) -> Iterator[tuple[int, Ints]]:
    """The offsets of the records of each size, ascending; the long ones together under the size of one."""
    # Short integers are sorted by radix.
    clipped = np.minimum(sizes, LARGEST + 1).astype(np.uint16)
    order = np.argsort(clipped, kind="stable")
    kinds, begins = np.unique(clipped[order], return_index=True)
    yield from zip(kinds.tolist(), np.split(offsets[order], begins[1:]), strict=True)


def _matching(period: CycleReader, dense: memoryview, rows: int) -> Bools:
    """Which of the records in `dense` are of the kind of `period`, shape (rows,)."""
    found = 0
    while found < rows:
        count = min(period.block_rows, rows - found)
        if period.matches(dense, found * period.size, count) < count:
            template = period.templates[0]
            table = np.ndarray((rows, period.size), np.uint8, dense)
            matching: Bools = (
                (table & _bytes(template.mask, period.size)) == _bytes(template.fixed, period.size)
            ).all(axis=1)
            return matching
        found += count
    return np.ones(rows, bool)


def _split(data: memoryview, at: Ints, templates: list[Template]) -> Iterator[tuple[Template | None, Ints]]:
    """Guess which record is of which template, all of one size with the same open bits.

    Looks at the eight bytes in which the templates differ most, and at further ones where those do
    not decide.

    Yields:
        A template and the offsets of the records that it may be the template of; None and the
        offsets of those that are of no template here.
    """
    if len(templates) == 1 or not len(at):
        yield templates[0], at
        return
    place, keys = _telling_word(templates)
    words = np.ndarray((len(data) - 7,), "V8", data, 0, (1,))[at + place].view(np.uint64)
    words &= _bytes(templates[0].mask, templates[0].size)[place : place + 8].view(np.uint64)
    known, which = np.unique(keys, return_inverse=True)
    found = np.minimum(np.searchsorted(known, words), len(known) - 1)
    found[known[found] != words] = len(known)
    order = np.argsort(found.astype(np.uint16), kind="stable")
    edges = np.searchsorted(found[order], np.arange(len(known) + 2))
    for key in range(len(known)):
        those = at[order[edges[key] : edges[key + 1]]]
        if len(those):
            yield from _split(data, those, [t for t, k in zip(templates, which, strict=True) if k == key])
    if edges[-1] > edges[-2]:
        yield None, at[order[edges[-2] : edges[-1]]]


def _bytes(bits: int, size: int) -> NDArray[np.uint8]:
    return np.frombuffer(bits.to_bytes(size, "little"), np.uint8)


def _telling_word(templates: list[Template]) -> tuple[int, np.ndarray]:
    """Where the eight bytes stand in which most of the templates differ, and what they are in each."""
    size = templates[0].size
    fixed = np.stack([_bytes(t.fixed, size) for t in templates])
    words = np.ndarray((len(templates), size - 7), "<u8", fixed, 0, (size, 1))
    kinds = (np.diff(np.sort(words, axis=0), axis=0) != 0).sum(axis=0)
    place = int(kinds.argmax())
    return place, words[:, place]
