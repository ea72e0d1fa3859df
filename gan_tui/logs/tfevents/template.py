"""Records that differ in their numbers only: one of a kind is read with care, the rest by comparing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from gan_tui.logs.points import Buffer
from gan_tui.logs.tfevents import wire
from gan_tui.logs.tfevents.event import Event
from gan_tui.logs.tfevents.framing import FOOTER, HEADER
from gan_tui.logs.tfevents.tensor import Place, number_at

Bytes: TypeAlias = NDArray[np.uint8]
Add: TypeAlias = Callable[[str, int, float, float], None]
"""Takes one point: series name, step, value, wall time."""

LARGEST = 4096
"""Longer records, in bytes, are read one by one."""
MOST = 4096
"""So many templates are kept."""

LOW_BITS = 0x7F
"""Of each byte of a varint, those that count."""


class Slot(NamedTuple):
    """One number of a template."""

    series: str
    place: Place
    """In bytes from the record's beginning."""


class Template(Struct, frozen=True, eq=False):
    """A record with its numbers left open: wall time, values, checksum, and the step within its size."""

    size: int
    """Bytes of the whole record, frame included."""
    mask: Bytes
    """Bits of a record that are fixed, shape (size,)."""
    fixed: Bytes
    """What they are; the open bits are 0. Shape (size,)."""
    wall: int
    """Offset of the wall time's 8 bytes; -1 where the record has none."""
    step: int
    """Offset of the step's varint."""
    step_size: int
    """Bytes of the step's varint; 0 where the record has none, which means step 0."""
    slots: tuple[Slot, ...]
    series: frozenset[str] = field(default_factory=frozenset)

    def step_in(self, data: Buffer, offset: int) -> int:
        """The step of the record of this kind that stands at `offset` of `data`."""
        begin = offset + self.step
        return wire.signed(wire.varint(data, begin, begin + self.step_size)[0]) if self.step_size else 0

    def points(self, record: bytes, add: Add) -> None:
        """Hand every point of a record of this kind to `add`."""
        step = self.step_in(record, 0)
        wall = number_at(record, Place(self.wall, "<f8")) if self.wall >= 0 else 0.0
        for series, place in self.slots:
            add(series, step, number_at(record, place), wall)


def template_of(record: bytes, event: Event, name: Callable[[bytes], str]) -> Template | None:
    """The template of a record, or None where another with the same fixed bytes may read otherwise.

    Args:
        record: The whole record, with a right header.
        event: What its payload says.
        name: Makes a series' name from a tag.
    """
    if not event.regular or not event.scalars or len(record) > LARGEST:
        return None
    mask = np.full(len(record), 255, np.uint8)
    mask[-FOOTER:] = 0
    wall = event.wall_place + HEADER if event.wall_place >= 0 else -1
    if wall >= 0:
        mask[wall : wall + 8] = 0
    begin, end = event.step_place
    if end > begin:
        # The upper bit of each byte fixes the varint's size.
        mask[begin + HEADER : end + HEADER] = 0x80
    slots = []
    for scalar in event.scalars:
        assert scalar.place is not None
        place = Place(scalar.place.offset + HEADER, scalar.place.layout)
        mask[place.offset : place.offset + place.size] = 0
        slots.append(Slot(name(scalar.tag), place))
    fixed = np.frombuffer(record, np.uint8) & mask
    series = frozenset(slot.series for slot in slots)
    return Template(len(record), mask, fixed, wall, begin + HEADER, end - begin, tuple(slots), series)


class _Layout(NamedTuple):
    """Templates of one size that leave the same bits open."""

    mask: int
    by_fixed: dict[int, Template]


class Templates:
    """The templates met so far, found by a record's bytes."""

    def __init__(self) -> None:
        self._layouts: dict[int, dict[int, _Layout]] = {}
        self.count = 0

    def find(self, record: bytes) -> Template | None:
        """The template that `record` is of."""
        layouts = self._layouts.get(len(record))
        if layouts is not None:
            bits = int.from_bytes(record, "little")
            for mask, by_fixed in layouts.values():
                template = by_fixed.get(bits & mask)
                if template is not None:
                    return template
        return None

    def keep(self, template: Template) -> None:
        """Remember a template that `find` did not find."""
        if self.count >= MOST:  # a log that never repeats itself
            self.forget()
        mask = int.from_bytes(template.mask.tobytes(), "little")
        layouts = self._layouts.setdefault(template.size, {})
        layout = layouts.setdefault(mask, _Layout(mask, {}))
        layout.by_fixed[int.from_bytes(template.fixed.tobytes(), "little")] = template
        self.count += 1

    def forget(self) -> None:
        """Begin anew."""
        self._layouts.clear()
        self.count = 0

    def of_size(self, size: int) -> list[list[Template]]:
        """The templates of records of `size` bytes, those that leave the same bits open together."""
        return [list(layout.by_fixed.values()) for layout in self._layouts.get(size, {}).values()]
