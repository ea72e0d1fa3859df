"""A period: records that follow each other again and again. Compared, checked and read many at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gan_tui.logs.model import Floats, Ints
from gan_tui.logs.parsing.crc32c import crc32c
from gan_tui.logs.tensorboard.fast.record_templates import LARGEST, LOW_BITS, Template
from gan_tui.logs.tensorboard.framing import FOOTER, FRAME, UInts, length_checksum, unmasked
from gan_tui.logs.tensorboard.tensor import Place, column, table

Bytes: TypeAlias = NDArray[np.uint8]
Room: TypeAlias = Callable[[str, int], tuple[Ints, Floats, Floats]]
"""Makes room for points of a series: name and count to steps, values and wall times to fill in."""
Together: TypeAlias = tuple[Ints, list[tuple[Floats, Floats]]]
"""Room for points of series at the same steps: those, and for each series values and wall times."""

BLOCK = 1 << 20
"""Bytes that are compared, checked and read at a time; measured best of 256 KB to 4 MB."""

_TILE = 4096
_LEAST_ROWS = 64
_MANY_ROWS = 256
_FIRST_ROWS = 8
_MOST_BITS = 8192
"""Periods of up to so many bytes are compared as one integer where there is one."""
SHORT = 4
"""Varints of up to so many bytes are read as one word; a footer always follows them."""


class Workspace:
    """Memory that comparing and checking need for a moment, shared by the periods of one log."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Give the memory back: thousands of logs may be open, and few of them growing."""
        self._masked: Bytes = np.empty(0, np.uint8)
        self._zeros: Bytes = np.empty(0, np.uint8)
        self._written_by: CycleReader | None = None
        self._written = 0
        self.tiles: dict[CycleReader, tuple[Bytes, Bytes]] = {}

    def take(self, size: int) -> Bytes:
        """A buffer of shape (size,): holds anything, good until the next call."""
        if len(self._masked) < size:
            self._masked = np.empty(max(size, BLOCK), np.uint8)
        return self._masked[:size]

    def zeros(self, size: int, period: CycleReader) -> Bytes:
        """Another one, all 0 but for the places in which `period`, and it alone, has written before."""
        if len(self._zeros) < size:
            # As much as is needed: in a short log, zeros that are not would take longer than all else here.
            self._zeros = np.zeros(size, np.uint8)
            self._written = 0
        elif self._written_by is not period:
            self._zeros[: self._written] = 0
            self._written = 0
        self._written_by, self._written = period, max(self._written, size)
        return self._zeros[:size]


class CycleReader:
    """Templates whose records follow each other.

    Args:
        templates: One for each record of the period.
        workspace: Memory for the moment.
    """

    def __init__(self, templates: Sequence[Template], workspace: Workspace) -> None:
        self._workspace = workspace
        self.templates = tuple(templates)
        self.offsets: list[int]
        self.size: int
        """Bytes of one period."""
        *self.offsets, self.size = accumulate((t.size for t in templates), initial=0)
        self.series = frozenset().union(*(t.series for t in templates))
        # Whole words can be compared when a tile is a multiple of eight periods.
        self._tile_rows = 8 * max(1, -(-_TILE // (8 * self.size)))
        most_rows = max(BLOCK // self.size, _LEAST_ROWS)
        self.block_rows = max(1, most_rows // self._tile_rows) * self._tile_rows
        """Periods of one block."""
        self.typical_rows = _FIRST_ROWS
        """As many periods there were when it was last met."""
        self._feet = np.array(self.offsets) + [t.size - FOOTER for t in templates]
        self._effects = np.array([record_effect(t.size - FRAME) for t in templates], np.uint32)
        self._bits: tuple[int, int] | None = None
        self.slots = _slots_by_series(self.templates)
        """Where each series' numbers stand: which record, and the place in it, in order."""
        self._needed = sorted({record for slots in self.slots.values() for record, _ in slots})
        self._uniform = _uniform(self.templates, self.offsets, self.slots.values())

    def matches(self, data: memoryview, offset: int, rows: int) -> int:
        """How many whole periods, at most `rows` and at most a block, stand in `data` from `offset` on.

        Nothing is said of the payloads' checksums.
        """
        mask, fixed = self._workspace.tiles.get(self) or self._tile()
        tiles, rest = divmod(rows, self._tile_rows)
        span = self._tile_rows * self.size
        if rest and tiles and span <= 2 * _TILE and offset + (tiles + 1) * span <= len(data):
            tiles, rest = tiles + 1, 0  # to look too far costs less than a part of a tile
        if tiles:
            masked = self._workspace.take(tiles * span)
            block = np.ndarray((tiles, span), np.uint8, data, offset)
            np.bitwise_and(block, mask, out=masked.reshape(tiles, span))
            same = masked.view(np.uint64).reshape(tiles, -1) == fixed.view(np.uint64)
            if not same.all():
                byte = int(same.argmin()) * 8
                wrong = masked[byte : byte + 8] != fixed[byte % span : byte % span + 8]
                return min(rows, (byte + int(wrong.argmax())) // self.size)
        if rest:
            size = rest * self.size
            block = np.ndarray((size,), np.uint8, data, offset + tiles * span)
            same = (block & mask[:size]) == fixed[:size]
            if not same.all():
                return tiles * self._tile_rows + int(same.argmin()) // self.size
        return rows

    def stands(self, data: memoryview, offset: int) -> bool:
        """Whether a whole period stands in `data` at `offset`; as `matches`, and much faster for one."""
        if self.size > len(data) - offset:
            return False
        if self.size > _MOST_BITS:
            return self.matches(data, offset, 1) == 1
        if self._bits is None:
            mask, fixed = self._bytes()
            self._bits = int.from_bytes(mask, "little"), int.from_bytes(fixed, "little")
        mask_bits, fixed_bits = self._bits
        found = int.from_bytes(data[offset : offset + self.size], "little")
        return found & mask_bits == fixed_bits

    def _tile(self) -> tuple[Bytes, Bytes]:
        """Mask and fixed bits of as many periods as are compared at once."""
        mask, fixed = (np.frombuffer(bits * self._tile_rows, np.uint8) for bits in self._bytes())
        self._workspace.tiles[self] = mask, fixed
        return mask, fixed

    def _bytes(self) -> tuple[bytes, bytes]:
        """Mask and fixed bits of a period."""
        mask = b"".join([t.mask.to_bytes(t.size, "little") for t in self.templates])
        return mask, b"".join([t.fixed.to_bytes(t.size, "little") for t in self.templates])

    def checks(self, data: memoryview, offset: int, rows: int) -> bool:
        """Whether every payload of the `rows` periods at `offset`, at most a block, has its checksum.

        The periods must have matched. A CRC is linear: were every payload right, then its stored
        checksum tells what the record does to the state of a CRC that runs over all of them. So one
        pass over the bytes, and one over zeros with those effects in the footers' places, must end
        alike. Damage goes unseen as rarely as with one CRC-32 over all.
        """
        span = rows * self.size
        implied = self._workspace.zeros(span, self)
        if self._is_wide(rows):
            feet = self._begins(rows) + self._feet
            stored = table(data, feet + offset, "<u4")
            stored ^= unmasked(stored)
            stored ^= self._effects
            np.ndarray((span - 3,), "V4", implied, 0, (1,))[feet] = stored.view("V4")
        else:
            stored = np.empty((len(self.templates), rows), np.uint32)
            feet = self._feet.tolist()
            for row, foot in zip(stored, feet, strict=True):
                row[:] = np.ndarray((rows,), "<u4", data, offset + foot, (self.size,))
            stored ^= unmasked(stored)
            stored ^= self._effects[:, None]
            for row, foot in zip(stored, feet, strict=True):
                np.ndarray((rows,), "<u4", implied, foot, (self.size,))[:] = row
        # The data last: they are in the cache then, for the columns that are read of them.
        return bool(crc32c(implied.data) == crc32c(data[offset : offset + span]))

    def damaged(self, data: memoryview, offset: int, rows: int) -> list[int]:
        """Which of the `rows` periods at `offset`, at most a block, hold a payload without its checksum."""
        if self.checks(data, offset, rows):
            return []
        if rows == 1:
            return [0]
        half = rows // 2
        behind = self.damaged(data, offset + half * self.size, rows - half)
        return self.damaged(data, offset, half) + [half + row for row in behind]

    def read(
        self,
        data: memoryview,
        offset: int,
        rows: int,
        room: Room,
        together: Callable[[Sequence[str]], Together | None] = lambda _: None,
    ) -> None:
        """Read the points of periods that must have matched and been checked.

        Args:
            data: They stand in it, ...
            offset: ... from this offset on.
            rows: How many periods.
            room: Makes room for a series' points.
            together: Makes room for one point a period of each of several series, if it can.
        """
        if not self._needed:
            return
        if self._is_wide(rows) and self._uniform is not None:
            self._read_wide(data, offset, rows, room, self._uniform)
            return
        steps, alike = self._steps(data, offset, rows)
        alike = alike and all(len(slots) == 1 for slots in self.slots.values())
        beside = together(list(self.slots)) if alike else None
        if beside is not None:
            common, columns = beside
            common[:] = steps[self._needed[0]]
            for (out_values, out_walls), ((record, place),) in zip(columns, self.slots.values(), strict=True):
                self._measure(data, offset, record, place, out_values, out_walls)
            return
        for name, slots in self.slots.items():
            out_steps, out_values, out_walls = room(name, rows * len(slots))
            for turn, (record, place) in enumerate(slots):
                every = slice(turn, None, len(slots))
                out_steps[every] = steps[record]
                self._measure(data, offset, record, place, out_values[every], out_walls[every])

    def _measure(
        self, data: memoryview, offset: int, record: int, place: Place, values: Floats, walls: Floats
    ) -> None:
        """Read one number and the clock of a record of each period at `offset`, each of shape (rows,)."""
        begin, rows, wall = offset + self.offsets[record], len(values), self.templates[record].wall
        values[:] = column(data, begin + place.offset, self.size, rows, place.layout)
        walls[:] = np.ndarray((rows,), "<f8", data, begin + wall, (self.size,)) if wall >= 0 else 0.0

    def _is_wide(self, rows: int) -> bool:
        """Whether there are so many records in so few periods that they are not taken one by one."""
        return rows < _MANY_ROWS and len(self.templates) > rows

    def _begins(self, rows: int) -> Ints:
        return np.arange(0, rows * self.size, self.size)[:, None]

    def _read_wide(self, data: memoryview, offset: int, rows: int, room: Room, uniform: _Uniform) -> None:
        begins = self._begins(rows) + offset
        steps = _decoded(table(data, begins + uniform.steps, "<u4"), uniform.step_size)
        values = table(data, begins + uniform.values, uniform.layout)
        walls = table(data, begins + uniform.walls, "<f8")
        first = 0
        for name, slots in self.slots.items():
            after = first + len(slots)
            for out, found in zip(room(name, rows * len(slots)), (steps, values, walls), strict=True):
                out.reshape(rows, len(slots))[:] = found[:, first:after]
            first = after

    def _steps(self, data: memoryview, offset: int, rows: int) -> tuple[dict[int, np.ndarray], bool]:
        """The steps of each record that is needed, each of shape (rows,), and whether all are the same."""
        sizes = {self.templates[record].step_size for record in self._needed}
        size = sizes.pop()
        if sizes or not 0 < size <= SHORT:
            return {record: self._long_steps(data, offset, rows, record) for record in self._needed}, False
        raw = np.empty((len(self._needed), rows), np.uint32)
        for row, record in zip(raw, self._needed, strict=True):
            begin = offset + self.offsets[record] + self.templates[record].step
            row[:] = np.ndarray((rows,), "<u4", data, begin, (self.size,))
        raw &= np.uint32((1 << (8 * size)) - 1)
        if (raw == raw[0]).all():  # most loops write all their curves at a step
            return dict.fromkeys(self._needed, _decoded(raw[0], size)), True
        return dict(zip(self._needed, _decoded(raw, size), strict=True)), False

    def _long_steps(self, data: memoryview, offset: int, rows: int, record: int) -> Ints:
        """The steps of one record of the period, of any size, shape (rows,)."""
        template = self.templates[record]
        begin = offset + self.offsets[record] + template.step
        steps = np.zeros(rows, np.int64)
        for place in range(template.step_size):
            byte = np.ndarray((rows,), np.uint8, data, begin + place, (self.size,))
            steps |= (byte & np.uint8(LOW_BITS)).astype(np.int64) << (7 * place)
        return steps


class _Uniform(NamedTuple):
    """Where the numbers of a period stand whose slots are all alike, series after series."""

    steps: Ints
    values: Ints
    walls: Ints
    step_size: int
    layout: str


def _uniform(
    templates: Sequence[Template], offsets: Sequence[int], slots: Iterable[list[tuple[int, Place]]]
) -> _Uniform | None:
    """Where the numbers of a period stand, or None where its slots differ."""
    flat = [slot for some in slots for slot in some]
    if not flat:
        return None
    (step_size, layout), *others = {(templates[at].step_size, place.layout) for at, place in flat}
    if others or not 0 < step_size <= SHORT or any(templates[at].wall < 0 for at, _ in flat):
        return None
    return _Uniform(
        np.array([offsets[at] + templates[at].step for at, _ in flat]),
        np.array([offsets[at] + place.offset for at, place in flat]),
        np.array([offsets[at] + templates[at].wall for at, _ in flat]),
        step_size,
        layout,
    )


def _decoded(raw: UInts, size: int) -> UInts:
    """The numbers whose varints of `size` bytes, 1 to 4, are the low bytes of `raw`; uses it up."""
    numbers = raw & np.uint32(LOW_BITS)
    for place in range(1, size):
        raw >>= np.uint32(1)
        numbers |= raw & np.uint32(LOW_BITS << (7 * place))
    return numbers


def _slots_by_series(templates: Sequence[Template]) -> dict[str, list[tuple[int, Place]]]:
    """Where each series' numbers stand in a period, in order: which record, and the place in it."""
    out: dict[str, list[tuple[int, Place]]] = {}
    for record, template in enumerate(templates):
        for name, place in template.slots:
            out.setdefault(name, []).append((record, place))
    return out


@functools.lru_cache(LARGEST)
def record_effect(length: int) -> int:
    """What a record does to a CRC-32C, its payload's own checksum aside.

    Args:
        length: Bytes of the payload.

    Returns:
        Together with the payload's checksum (exclusive or), the state that a CRC beginning at zero
        has between payload and footer.
    """
    size = length.to_bytes(8, "little")
    header = size + length_checksum(length).to_bytes(4, "little")
    zeros = bytes(length)
    # The library inverts the state before and after; beginning with all ones it begins at zero.
    behind_header = crc32c(zeros, crc32c(header, 0xFFFFFFFF)) ^ 0xFFFFFFFF
    return int(behind_header ^ crc32c(zeros))
