"""Reads records that come in no order: those of one kind are brought together and read at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Fault, Ints
from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.columns import ColumnBuilder, UnorderedPoints
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader
from gan_tui.logs.tensorboard.fast.record_chain import find_records
from gan_tui.logs.tensorboard.fast.record_templates import MAX_TEMPLATE_SIZE, Template
from gan_tui.logs.tensorboard.fast.template_cache import TemplateCache
from gan_tui.logs.tensorboard.framing import FRAME

Bools: TypeAlias = NDArray[np.bool_]

_FIRST_SINGLES = 16


class UnorderedBatch:
    """Reads one region of a chunk, with its records in any order.

    Args:
        data: The chunk.
        base: Offset of the chunk in the log.
        cache: Names and templates of the log.
        builder: Takes points and faults.
    """

    def __init__(self, data: memoryview, base: int, cache: TemplateCache, builder: ColumnBuilder) -> None:
        self._data = data
        self._base = base
        self._cache = cache
        self._faults = builder.faults
        self._points = UnorderedPoints(builder)

    def read(self, begin: int, end: int) -> int:
        """Read the records that begin in data[begin:end], the first one at `begin`.

        Returns:
            Where to go on: `end` or shortly after it, or where the chain of records breaks; `begin` if
            the log has more names than are allowed.
        """
        offsets, sizes = find_records(self._data, begin, end)
        if len(offsets) and not self._is_valid(int(offsets[-1]), int(sizes[-1])):
            # What its damage means depends on what follows.
            offsets, sizes = offsets[:-1], sizes[:-1]
        if not len(offsets):
            return begin
        tags, refused, faults = self._cache.known_tags, self._cache.refused, len(self._faults)
        for size, at in _by_size(offsets, sizes):
            if size > MAX_TEMPLATE_SIZE:
                self._read_singly(at, sizes[np.searchsorted(offsets, at)])
            else:
                self._read_size(size, at)
        if self._cache.refused > refused:
            # Which names are refused depends on the order of the log: read this region in order.
            self._cache.restore_tags(tags)
            del self._faults[faults:]
            return begin
        after = int(offsets[-1] + sizes[-1])
        self._points.flush((len(self._data) - after) / (after - begin))
        return after

    def _read_size(self, size: int, at: Ints) -> None:
        """Read the records of `size` bytes at the offsets `at`."""
        remaining = self._read_known(size, at)
        count = _FIRST_SINGLES
        while len(remaining):
            known = self._cache.templates.count
            singles, remaining = remaining[:count], remaining[count:]
            self._read_singly(singles, np.full(len(singles), size))
            if len(remaining) and self._cache.templates.count != known:
                remaining = self._read_known(size, remaining)
            count *= 2

    def _read_singly(self, at: Ints, sizes: Ints) -> None:
        """Read records one by one; each is followed by a valid header."""
        for offset, size in zip(at.tolist(), sizes.tolist(), strict=True):
            if not self._is_valid(offset, size):
                self._faults.append(Fault(self._base + offset, size, framing.BAD_PAYLOAD))
                continue
            in_log = self._base + offset
            add = partial(self._points.add, in_log)
            reason = self._cache.read_record(self._data[offset : offset + size], in_log, add)[1]
            if reason:
                self._faults.append(Fault(in_log, size, reason))

    def _read_known(self, size: int, at: Ints) -> Ints:
        """Read the records of `size` bytes at `at` that have a template; returns the others."""
        windows = np.ndarray((len(self._data) - size + 1,), f"V{size}", self._data, 0, (1,))
        for templates in self._cache.templates.by_mask(size):
            others = []
            for template, offsets in _split(self._data, at, templates):
                if template is None:
                    others.append(offsets)
                    continue
                reader = self._cache.single_reader(template)
                dense = windows[offsets].view(np.uint8)
                same = _matching(reader, dense.data, len(offsets))
                if same.all():
                    self._read_dense(reader, dense.data, offsets)
                else:
                    others.append(offsets[~same])
                    self._read_dense(reader, windows[offsets[same]].view(np.uint8).data, offsets[same])
            at = np.sort(np.concatenate(others)) if others else at[:0]
            if not len(at):
                break
        return at

    def _read_dense(self, reader: CycleReader, dense: memoryview, at: Ints) -> None:
        """Read records of one kind, copied one after the other into `dense` from the offsets `at`."""
        for begin in range(0, len(at), reader.block_cycles):
            end = min(len(at), begin + reader.block_cycles)
            done = begin
            for bad in reader.find_damaged(dense, begin * reader.size, end - begin):
                self._add(reader, dense, done, at[done : begin + bad])
                done = begin + bad + 1
                self._faults.append(Fault(self._base + int(at[done - 1]), reader.size, framing.BAD_PAYLOAD))
            self._add(reader, dense, done, at[done:end])

    def _add(self, reader: CycleReader, dense: memoryview, begin: int, at: Ints) -> None:
        if len(at):
            self._points.add_records(reader, dense, begin, at + self._base)

    def _is_valid(self, offset: int, size: int) -> bool:
        return framing.payload_is_valid(self._data, offset, size - FRAME)


def _by_size(offsets: Ints, sizes: Ints) -> Iterator[tuple[int, Ints]]:
    """Iterate over sizes and the ascending offsets of their records; all long records count as one size."""
    # Short integers are sorted by radix.
    clipped = np.minimum(sizes, MAX_TEMPLATE_SIZE + 1).astype(np.uint16)
    order = np.argsort(clipped, kind="stable")
    unique, begins = np.unique(clipped[order], return_index=True)
    yield from zip(unique.tolist(), np.split(offsets[order], begins[1:]), strict=True)


def _matching(reader: CycleReader, dense: memoryview, count: int) -> Bools:
    """Return which of the records in `dense` match the only template of `reader`, shape (count,)."""
    done = 0
    while done < count:
        tried = min(reader.block_cycles, count - done)
        if reader.count_matches(dense, done * reader.size, tried) < tried:
            template = reader.templates[0]
            table = np.ndarray((count, reader.size), np.uint8, dense)
            matching: Bools = (
                (table & _bytes(template.mask, reader.size)) == _bytes(template.fixed, reader.size)
            ).all(axis=1)
            return matching
        done += tried
    return np.ones(count, bool)


def _split(data: memoryview, at: Ints, templates: list[Template]) -> Iterator[tuple[Template | None, Ints]]:
    """Guess the template of each record; the templates all have one size and one mask.

    Compares the eight bytes in which most templates differ, and further ones until one is left.

    Yields:
        A template and the offsets of the records that may match it; None and the offsets of those
        that match none.
    """
    if len(templates) == 1 or not len(at):
        yield templates[0], at
        return
    place, keys = _distinguishing_word(templates)
    words = np.ndarray((len(data) - 7,), "V8", data, 0, (1,))[at + place].view(np.uint64)
    words &= _bytes(templates[0].mask, templates[0].size)[place : place + 8].view(np.uint64)
    known, which = np.unique(keys, return_inverse=True)
    index = np.minimum(np.searchsorted(known, words), len(known) - 1)
    index[known[index] != words] = len(known)
    order = np.argsort(index.astype(np.uint16), kind="stable")
    edges = np.searchsorted(index[order], np.arange(len(known) + 2))
    for key in range(len(known)):
        offsets = at[order[edges[key] : edges[key + 1]]]
        if len(offsets):
            yield from _split(data, offsets, [t for t, k in zip(templates, which, strict=True) if k == key])
    if edges[-1] > edges[-2]:
        yield None, at[order[edges[-2] : edges[-1]]]


def _bytes(bits: int, size: int) -> NDArray[np.uint8]:
    return np.frombuffer(bits.to_bytes(size, "little"), np.uint8)


def _distinguishing_word(templates: list[Template]) -> tuple[int, np.ndarray]:
    """Return the offset of the eight bytes in which most templates differ, and those bytes of each."""
    size = templates[0].size
    fixed = np.stack([_bytes(t.fixed, size) for t in templates])
    words = np.ndarray((len(templates), size - 7), "<u8", fixed, 0, (size, 1))
    distinct = (np.diff(np.sort(words, axis=0), axis=0) != 0).sum(axis=0)
    place = int(distinct.argmax())
    return place, words[:, place]
