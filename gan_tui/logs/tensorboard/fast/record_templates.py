"""Records that differ in their numbers only: one of a kind is read with care, the rest by comparing."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from gan_tui.logs.model import Buffer
from gan_tui.logs.tensorboard import protobuf
from gan_tui.logs.tensorboard.event import Event
from gan_tui.logs.tensorboard.framing import FOOTER, FRAME, HEADER, header
from gan_tui.logs.tensorboard.protobuf import LONGEST_VARINT
from gan_tui.logs.tensorboard.tensor import Place, number_at

Add: TypeAlias = Callable[[str, int, float, float], None]
"""Takes one point: series name, step, value, wall time."""

LARGEST = 4096
"""Longer records, in bytes, are read one by one."""
MOST = 4096
"""So many templates are kept."""

_STEP_KEY = b"\x10"
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
    mask: int
    """Bits of a record that are fixed, the first byte lowest."""
    fixed: int
    """What they are; the open bits are 0."""
    wall: int
    """Offset of the wall time's 8 bytes; -1 where the record has none."""
    step: int
    """Offset of the step's varint."""
    step_size: int
    """Bytes of the step's varint; 0 where the record has none, which means step 0."""
    slots: tuple[Slot, ...]
    series: frozenset[str]

    def step_in(self, data: Buffer, offset: int) -> int:
        """The step of the record of this kind that stands at `offset` of `data`."""
        begin = offset + self.step
        return (
            protobuf.signed(protobuf.varint(data, begin, begin + self.step_size)[0]) if self.step_size else 0
        )

    def stands(self, data: memoryview, offset: int) -> bool:
        """Whether a record of this kind stands at `offset`. Nothing is said of its payload's checksum."""
        return int.from_bytes(data[offset : offset + self.size], "little") & self.mask == self.fixed

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
    mask = bytearray(b"\xff" * (len(record) - FOOTER) + bytes(FOOTER))
    wall = event.wall_place + HEADER if event.wall_place >= 0 else -1
    if wall >= 0:
        mask[wall : wall + 8] = bytes(8)
    begin, end = event.step_place
    if end > begin:
        # The upper bit of each byte fixes the varint's size.
        mask[begin + HEADER : end + HEADER] = b"\x80" * (end - begin)
    slots = []
    for scalar in event.scalars:
        assert scalar.place is not None
        place = Place(scalar.place.offset + HEADER, scalar.place.layout)
        mask[place.offset : place.offset + place.size] = bytes(place.size)
        slots.append(Slot(name(scalar.tag), place))
    bits = int.from_bytes(mask, "little")
    fixed = int.from_bytes(record, "little") & bits
    series = frozenset(slot.series for slot in slots)
    return Template(len(record), bits, fixed, wall, begin + HEADER, end - begin, tuple(slots), series)


@functools.lru_cache(256)
def resized(template: Template, size: int) -> Template | None:
    """The template of records like those of `template`, longer or shorter by their step alone.

    Args:
        template: Any one.
        size: Bytes of the records.

    Returns:
        The template, or None where their step cannot make that difference.
    """
    if size == template.size:
        return template
    before, after, key = template.step, template.step + template.step_size, b""
    if not template.step_size:
        if template.wall != HEADER + 1:
            return None
        # Step 0 is left out; all writers put others behind the wall time.
        before = after = template.wall + 8
        key = _STEP_KEY
    longer = size - template.size
    begin = before + len(key)
    step_size = after + longer - begin
    if not 0 < step_size <= LONGEST_VARINT or size > LARGEST:
        return None
    mask, fixed = (bits.to_bytes(template.size, "little") for bits in (template.mask, template.fixed))
    mask = mask[:before] + b"\xff" * len(key) + b"\x80" * step_size + mask[after:]
    varint = b"\x80" * (step_size - 1) + b"\0"
    fixed = header(size - FRAME) + fixed[HEADER:before] + key + varint + fixed[after:]

    def moved(offset: int) -> int:
        return offset + longer if offset >= after else offset

    return Template(
        size,
        int.from_bytes(mask, "little"),
        int.from_bytes(fixed, "little"),
        moved(template.wall),
        begin,
        step_size,
        tuple(Slot(name, Place(moved(place.offset), place.layout)) for name, place in template.slots),
        template.series,
    )


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
        layouts = self._layouts.setdefault(template.size, {})
        layout = layouts.setdefault(template.mask, _Layout(template.mask, {}))
        layout.by_fixed[template.fixed] = template
        self.count += 1

    def kept(self, template: Template) -> Template:
        """The template that is kept and says what `template` says; that itself where there was none."""
        layout = self._layouts.get(template.size, {}).get(template.mask)
        known = None if layout is None else layout.by_fixed.get(template.fixed)
        if known is None:
            self.keep(template)
        return known or template

    def forget(self) -> None:
        """Begin anew."""
        self._layouts.clear()
        self.count = 0

    def of_size(self, size: int) -> list[list[Template]]:
        """The templates of records of `size` bytes, those that leave the same bits open together."""
        return [list(layout.by_fixed.values()) for layout in self._layouts.get(size, {}).values()]
