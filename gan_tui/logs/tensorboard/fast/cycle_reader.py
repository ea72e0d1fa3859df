"""Compares, verifies and reads a repeating sequence of records many repetitions at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Floats, Ints
from gan_tui.logs.parsing.crc32c import crc32c
from gan_tui.logs.tensorboard.fast.record_templates import LOW_BITS, MAX_TEMPLATE_SIZE, Template
from gan_tui.logs.tensorboard.framing import FOOTER, FRAME, UInts, length_checksum, unmasked
from gan_tui.logs.tensorboard.tensor import NumberField, column, table

Bytes: TypeAlias = NDArray[np.uint8]
CycleRanges: TypeAlias = list[tuple[int, int]]
"""Ranges of a cycle: the offset of each, and how many cycles follow each other there."""
Allocate: TypeAlias = Callable[[str, int], tuple[Ints, Floats, Floats]]
"""Allocates points of a series: name and count to steps, values and wall times to fill in."""
SharedColumns: TypeAlias = tuple[Ints, list[tuple[Floats, Floats]]]
"""Points of several series at the same steps: the steps, and values and wall times of each series."""

BLOCK = 1 << 20
"""Bytes that are compared, verified and read at a time; measured best of 256 KB to 4 MB."""

_TILE = 4096
_MIN_BLOCK_CYCLES = 64
_FEW_CYCLES = 256
_FIRST_TYPICAL = 8
_MAX_INTEGER_BYTES = 8192
"""Largest cycle that is compared as one integer."""
SHORT_STEP = 4
"""Varints of up to this many bytes are read as one word, which the footer makes safe."""


class Workspace:
    """Temporary buffers shared by the cycle readers of one log."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Release the memory: thousands of logs may be open, and few of them growing."""
        self._buffer: Bytes = np.empty(0, np.uint8)
        self._zeros: Bytes = np.empty(0, np.uint8)
        self._zeros_user: CycleReader | None = None
        self._zeros_used = 0
        self.tiles: dict[CycleReader, tuple[Bytes, Bytes]] = {}

    def buffer(self, size: int) -> Bytes:
        """Return an uninitialised buffer of shape (size,), valid until the next call."""
        if len(self._buffer) < size:
            self._buffer = np.empty(max(size, BLOCK), np.uint8)
        return self._buffer[:size]

    def zeros(self, size: int, user: CycleReader) -> Bytes:
        """Return a buffer of zeros, shape (size,), except where `user` itself has written before."""
        if len(self._zeros) < size:
            # Not larger than needed: in a short log, clearing it would take longer than all the rest.
            self._zeros = np.zeros(size, np.uint8)
            self._zeros_used = 0
        elif self._zeros_user is not user:
            self._zeros[: self._zeros_used] = 0
            self._zeros_used = 0
        self._zeros_user, self._zeros_used = user, max(self._zeros_used, size)
        return self._zeros[:size]


class CycleReader:
    """Reads records that match a repeating sequence of templates.

    Args:
        templates: One for each record of the cycle.
        workspace: Temporary buffers.
    """

    def __init__(self, templates: Sequence[Template], workspace: Workspace) -> None:
        self._workspace = workspace
        self.templates = tuple(templates)
        self.offsets: list[int]
        """Offset of each record in the cycle."""
        self.size: int
        """Bytes of one cycle."""
        *self.offsets, self.size = accumulate((t.size for t in templates), initial=0)
        self.series = frozenset().union(*(t.series for t in templates))
        # Whole words can be compared if a tile is a multiple of eight cycles.
        self._tile_cycles = 8 * max(1, -(-_TILE // (8 * self.size)))
        block_cycles = max(BLOCK // self.size, _MIN_BLOCK_CYCLES)
        self.block_cycles = max(1, block_cycles // self._tile_cycles) * self._tile_cycles
        """Cycles in one block."""
        self.typical_cycles = _FIRST_TYPICAL
        """How many cycles followed each other the last time."""
        self._footers = np.array(self.offsets) + [t.size - FOOTER for t in templates]
        self._crc_effects = np.array([record_crc_effect(t.size - FRAME) for t in templates], np.uint32)
        self._integers: tuple[int, int] | None = None
        self._slots = _slots_by_series(self.templates)
        self._records = sorted({record for slots in self._slots.values() for record, _ in slots})
        self._number_table = _number_table(self.templates, self.offsets, self._slots.values())

    def count_matches(self, data: memoryview, offset: int, cycles: int) -> int:
        """Return how many whole cycles, at most `cycles` and at most a block, match from `offset`.

        The checksums of the payloads are not verified.
        """
        mask, fixed = self._workspace.tiles.get(self) or self._make_tile()
        tiles, rest = divmod(cycles, self._tile_cycles)
        tile_size = self._tile_cycles * self.size
        if rest and tiles and tile_size <= 2 * _TILE and offset + (tiles + 1) * tile_size <= len(data):
            tiles, rest = tiles + 1, 0  # comparing too much costs less than comparing part of a tile
        if tiles:
            masked = self._workspace.buffer(tiles * tile_size)
            block = np.ndarray((tiles, tile_size), np.uint8, data, offset)
            np.bitwise_and(block, mask, out=masked.reshape(tiles, tile_size))
            same = masked.view(np.uint64).reshape(tiles, -1) == fixed.view(np.uint64)
            if not same.all():
                word = int(same.argmin()) * 8
                different = masked[word : word + 8] != fixed[word % tile_size : word % tile_size + 8]
                return min(cycles, (word + int(different.argmax())) // self.size)
        if rest:
            size = rest * self.size
            block = np.ndarray((size,), np.uint8, data, offset + tiles * tile_size)
            same = (block & mask[:size]) == fixed[:size]
            if not same.all():
                return tiles * self._tile_cycles + int(same.argmin()) // self.size
        return cycles

    def matches(self, data: memoryview, offset: int) -> bool:
        """Return whether one cycle matches at `offset`; much faster than `count_matches`."""
        if self.size > len(data) - offset:
            return False
        if self.size > _MAX_INTEGER_BYTES:
            return self.count_matches(data, offset, 1) == 1
        if self._integers is None:
            mask, fixed = self._mask_and_fixed()
            self._integers = int.from_bytes(mask, "little"), int.from_bytes(fixed, "little")
        mask_bits, fixed_bits = self._integers
        return int.from_bytes(data[offset : offset + self.size], "little") & mask_bits == fixed_bits

    def _make_tile(self) -> tuple[Bytes, Bytes]:
        """Return mask and fixed bits of as many cycles as are compared at once."""
        mask, fixed = (np.frombuffer(bits * self._tile_cycles, np.uint8) for bits in self._mask_and_fixed())
        self._workspace.tiles[self] = mask, fixed
        return mask, fixed

    def _mask_and_fixed(self) -> tuple[bytes, bytes]:
        """Return mask and fixed bits of a cycle."""
        mask = b"".join([t.mask.to_bytes(t.size, "little") for t in self.templates])
        return mask, b"".join([t.fixed.to_bytes(t.size, "little") for t in self.templates])

    def verify(self, data: memoryview, offset: int, cycles: int) -> bool:
        """Return whether every payload of the cycles at `offset`, at most a block, matches its checksum.

        The cycles must have matched. A CRC is linear: if every payload is right, its stored checksum
        says what the record does to the state of a CRC over all of them. So a CRC over the bytes, and
        one over zeros with those effects in place of the footers, must be equal. Damage is missed as
        rarely as with one CRC-32 over all of it.
        """
        size = cycles * self.size
        implied = self._workspace.zeros(size, self)
        if self._is_wide(cycles):
            footers = self._begins(cycles) + self._footers
            stored = table(data, footers + offset, "<u4")
            stored ^= unmasked(stored)
            stored ^= self._crc_effects
            np.ndarray((size - 3,), "V4", implied, 0, (1,))[footers] = stored.view("V4")
        else:
            stored = np.empty((len(self.templates), cycles), np.uint32)
            footers = self._footers.tolist()
            for row, footer in zip(stored, footers, strict=True):
                row[:] = np.ndarray((cycles,), "<u4", data, offset + footer, (self.size,))
            stored ^= unmasked(stored)
            stored ^= self._crc_effects[:, None]
            for row, footer in zip(stored, footers, strict=True):
                np.ndarray((cycles,), "<u4", implied, footer, (self.size,))[:] = row
        # The data last: it is in the cache then for the columns that are read from it.
        return bool(crc32c(implied.data) == crc32c(data[offset : offset + size]))

    def find_damaged(self, data: memoryview, offset: int, cycles: int) -> list[int]:
        """Return which of the cycles at `offset`, at most a block, have a payload with a wrong checksum."""
        if self.verify(data, offset, cycles):
            return []
        if cycles == 1:
            return [0]
        half = cycles // 2
        second = self.find_damaged(data, offset + half * self.size, cycles - half)
        return self.find_damaged(data, offset, half) + [half + index for index in second]

    def read(
        self,
        data: memoryview,
        offset: int,
        cycles: int,
        allocate: Allocate,
        allocate_shared: Callable[[Sequence[str]], SharedColumns | None] = lambda _: None,
    ) -> None:
        """Read the points of cycles that have matched and been verified.

        Args:
            data: Bytes of the log.
            offset: Where the first cycle begins in `data`.
            cycles: How many cycles.
            allocate: Allocates the points of a series.
            allocate_shared: Allocates one point per cycle for each of several series, or returns None
                if they do not share their steps.
        """
        if not self._records:
            return
        if self._is_wide(cycles) and self._number_table is not None:
            self._read_table(data, offset, cycles, allocate, self._number_table)
            return
        steps, equal = self._read_steps(data, offset, cycles)
        equal = equal and all(len(slots) == 1 for slots in self._slots.values())
        shared = allocate_shared(list(self._slots)) if equal else None
        if shared is not None:
            shared_steps, columns = shared
            shared_steps[:] = steps[self._records[0]]
            for (values, walls), ((record, field),) in zip(columns, self._slots.values(), strict=True):
                self._read_numbers(data, offset, record, field, values, walls)
            return
        for name, slots in self._slots.items():
            out_steps, values, walls = allocate(name, cycles * len(slots))
            for index, (record, field) in enumerate(slots):
                every = slice(index, None, len(slots))
                out_steps[every] = steps[record]
                self._read_numbers(data, offset, record, field, values[every], walls[every])

    def _read_numbers(
        self, data: memoryview, offset: int, record: int, field: NumberField, values: Floats, walls: Floats
    ) -> None:
        """Read one number and the wall time of a record of each cycle, each of shape (cycles,)."""
        begin, cycles, wall = offset + self.offsets[record], len(values), self.templates[record].wall_offset
        values[:] = column(data, begin + field.offset, self.size, cycles, field.layout)
        walls[:] = np.ndarray((cycles,), "<f8", data, begin + wall, (self.size,)) if wall >= 0 else 0.0

    def _is_wide(self, cycles: int) -> bool:
        """Return whether few cycles have many records, so that a loop over records would be slow."""
        return cycles < _FEW_CYCLES and len(self.templates) > cycles

    def _begins(self, cycles: int) -> Ints:
        return np.arange(0, cycles * self.size, self.size)[:, None]

    def _read_table(
        self, data: memoryview, offset: int, cycles: int, allocate: Allocate, numbers: _NumberTable
    ) -> None:
        """Read all numbers with one numpy call per kind of number."""
        begins = self._begins(cycles) + offset
        steps = _decode_varints(table(data, begins + numbers.steps, "<u4"), numbers.step_size)
        values = table(data, begins + numbers.values, numbers.layout)
        walls = table(data, begins + numbers.walls, "<f8")
        first = 0
        for name, slots in self._slots.items():
            after = first + len(slots)
            columns = allocate(name, cycles * len(slots))
            for out, read in zip(columns, (steps, values, walls), strict=True):
                out.reshape(cycles, len(slots))[:] = read[:, first:after]
            first = after

    def _read_steps(self, data: memoryview, offset: int, cycles: int) -> tuple[dict[int, np.ndarray], bool]:
        """Return the steps of each record with numbers, shape (cycles,), and whether all are equal."""
        sizes = {self.templates[record].step_size for record in self._records}
        size = sizes.pop()
        if sizes or not 0 < size <= SHORT_STEP:
            return {
                record: self._read_long_steps(data, offset, cycles, record) for record in self._records
            }, False
        raw = np.empty((len(self._records), cycles), np.uint32)
        for row, record in zip(raw, self._records, strict=True):
            begin = offset + self.offsets[record] + self.templates[record].step_offset
            row[:] = np.ndarray((cycles,), "<u4", data, begin, (self.size,))
        raw &= np.uint32((1 << (8 * size)) - 1)
        if (raw == raw[0]).all():  # most training loops write all their series at a step
            return dict.fromkeys(self._records, _decode_varints(raw[0], size)), True
        return dict(zip(self._records, _decode_varints(raw, size), strict=True)), False

    def _read_long_steps(self, data: memoryview, offset: int, cycles: int, record: int) -> Ints:
        """Read the steps, of any size, of one record of the cycle, shape (cycles,)."""
        template = self.templates[record]
        begin = offset + self.offsets[record] + template.step_offset
        steps = np.zeros(cycles, np.int64)
        for index in range(template.step_size):
            byte = np.ndarray((cycles,), np.uint8, data, begin + index, (self.size,))
            steps |= (byte & np.uint8(LOW_BITS)).astype(np.int64) << (7 * index)
        return steps


class _NumberTable(NamedTuple):
    """Offsets of the numbers of a cycle whose slots all have the same types, series by series."""

    steps: Ints
    values: Ints
    walls: Ints
    step_size: int
    layout: str


def _number_table(
    templates: Sequence[Template], offsets: Sequence[int], slots: Iterable[list[tuple[int, NumberField]]]
) -> _NumberTable | None:
    """Return the offsets of the numbers of a cycle, or None if their types differ."""
    flat = [slot for some in slots for slot in some]
    if not flat:
        return None
    (step_size, layout), *others = {(templates[at].step_size, field.layout) for at, field in flat}
    if others or not 0 < step_size <= SHORT_STEP or any(templates[at].wall_offset < 0 for at, _ in flat):
        return None
    return _NumberTable(
        np.array([offsets[at] + templates[at].step_offset for at, _ in flat]),
        np.array([offsets[at] + field.offset for at, field in flat]),
        np.array([offsets[at] + templates[at].wall_offset for at, _ in flat]),
        step_size,
        layout,
    )


def _decode_varints(raw: UInts, size: int) -> UInts:
    """Return the numbers whose varints of `size` bytes, 1 to 4, are the low bytes of `raw`; changes `raw`."""
    numbers = raw & np.uint32(LOW_BITS)
    for index in range(1, size):
        raw >>= np.uint32(1)
        numbers |= raw & np.uint32(LOW_BITS << (7 * index))
    return numbers


def _slots_by_series(templates: Sequence[Template]) -> dict[str, list[tuple[int, NumberField]]]:
    """Return, by series, the record and field of each number of a cycle, in order."""
    slots: dict[str, list[tuple[int, NumberField]]] = {}
    for record, template in enumerate(templates):
        for series, field in template.slots:
            slots.setdefault(series, []).append((record, field))
    return slots


@functools.lru_cache(MAX_TEMPLATE_SIZE)
def record_crc_effect(length: int) -> int:
    """Return what a record does to a CRC-32C, apart from the checksum of its payload.

    Args:
        length: Bytes of the payload.

    Returns:
        Combined with the payload's checksum by exclusive or: the state of a CRC that begins at zero,
        between payload and footer.
    """
    size = length.to_bytes(8, "little")
    header = size + length_checksum(length).to_bytes(4, "little")
    zeros = bytes(length)
    # The library inverts the state before and after; beginning with all ones it begins at zero.
    after_payload = crc32c(zeros, crc32c(header, 0xFFFFFFFF)) ^ 0xFFFFFFFF
    return int(after_payload ^ crc32c(zeros))
