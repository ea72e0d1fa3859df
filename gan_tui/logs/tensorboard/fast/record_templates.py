"""Templates of records that differ only in their numbers: one is decoded, the rest are compared with it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from gan_tui.logs.tensorboard import protobuf
from gan_tui.logs.tensorboard.event import Event
from gan_tui.logs.tensorboard.framing import FOOTER, FRAME, HEADER, header
from gan_tui.logs.tensorboard.protobuf import LONGEST_VARINT
from gan_tui.logs.tensorboard.tensor import NumberField, read_number

AddPoint: TypeAlias = Callable[[str, int, float, float], None]
"""Takes one point: series name, step, value, wall time."""

MAX_TEMPLATE_SIZE = 4096
"""Longer records, in bytes, are read one by one."""
MAX_TEMPLATES = 4096
"""Maximum number of templates kept per log."""

_STEP_KEY = b"\x10"
LOW_BITS = 0x7F
"""The bits of a varint's byte that belong to the number."""


class Slot(NamedTuple):
    """One number of a template."""

    series: str
    field: NumberField
    """Offset from the beginning of the record."""


class Template(Struct, frozen=True, eq=False):
    """A record with open numbers: wall time, values, checksum, and a step of fixed size."""

    size: int
    """Bytes of the whole record, frame included."""
    mask: int
    """The fixed bits of a record, first byte lowest."""
    fixed: int
    """Their values; the open bits are 0."""
    wall_offset: int
    """Offset of the wall time's 8 bytes; -1 if the record has none."""
    step_offset: int
    """Offset of the step's varint."""
    step_size: int
    """Bytes of the step's varint; 0 if the record has none, which means step 0."""
    slots: tuple[Slot, ...]
    series: frozenset[str]

    def matches(self, data: memoryview, offset: int) -> bool:
        """Return whether the record at `offset` matches. The payload's checksum is not verified."""
        return int.from_bytes(data[offset : offset + self.size], "little") & self.mask == self.fixed

    def read(self, record: bytes, add: AddPoint) -> None:
        """Pass every point of a matching record to `add`."""
        begin, step, wall_time = self.step_offset, 0, 0.0
        if self.step_size:
            step = protobuf.signed(protobuf.varint(record, begin, begin + self.step_size)[0])
        if self.wall_offset >= 0:
            wall_time = read_number(record, NumberField(self.wall_offset, "<f8"))
        for series, field in self.slots:
            add(series, step, read_number(record, field), wall_time)


def make_template(record: bytes, event: Event, name: Callable[[bytes], str]) -> Template | None:
    """Return the template of a record, or None if its numbers have no fixed offsets.

    Args:
        record: The whole record, with a valid header.
        event: Its decoded payload.
        name: Returns the series name of a tag.
    """
    if not event.has_fixed_layout or not event.scalars or len(record) > MAX_TEMPLATE_SIZE:
        return None
    mask = bytearray(b"\xff" * (len(record) - FOOTER) + bytes(FOOTER))
    wall = event.wall_offset + HEADER if event.wall_offset >= 0 else -1
    if wall >= 0:
        mask[wall : wall + 8] = bytes(8)
    begin, end = event.step_range
    if end > begin:
        # The upper bit of each byte fixes the varint's size.
        mask[begin + HEADER : end + HEADER] = b"\x80" * (end - begin)
    slots = []
    for scalar in event.scalars:
        assert scalar.field is not None
        field = NumberField(scalar.field.offset + HEADER, scalar.field.layout)
        mask[field.offset : field.offset + field.size] = bytes(field.size)
        slots.append(Slot(name(scalar.tag), field))
    bits = int.from_bytes(mask, "little")
    fixed = int.from_bytes(record, "little") & bits
    series = frozenset(slot.series for slot in slots)
    return Template(len(record), bits, fixed, wall, begin + HEADER, end - begin, tuple(slots), series)


@functools.lru_cache(256)
def resize_step(template: Template, size: int) -> Template | None:
    """Return the template of the same records with a longer or shorter step.

    Args:
        template: Any template.
        size: Size of the records in bytes.

    Returns:
        The template, or None if the step cannot make that difference.
    """
    if size == template.size:
        return template
    before, after, key = template.step_offset, template.step_offset + template.step_size, b""
    if not template.step_size:
        if template.wall_offset != HEADER + 1:
            return None
        # Step 0 is left out; all writers put other steps after the wall time.
        before = after = template.wall_offset + 8
        key = _STEP_KEY
    longer = size - template.size
    begin = before + len(key)
    step_size = after + longer - begin
    if not 0 < step_size <= LONGEST_VARINT or size > MAX_TEMPLATE_SIZE:
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
        moved(template.wall_offset),
        begin,
        step_size,
        tuple(Slot(name, NumberField(moved(field.offset), field.layout)) for name, field in template.slots),
        template.series,
    )


class Templates:
    """The templates of one log, found by size and fixed bytes."""

    def __init__(self) -> None:
        self._by_mask: dict[int, dict[int, dict[int, Template]]] = {}
        """By size, mask and fixed bits."""
        self.count = 0

    def find(self, record: bytes) -> Template | None:
        """Return the template that matches `record`."""
        by_mask = self._by_mask.get(len(record))
        if by_mask is not None:
            bits = int.from_bytes(record, "little")
            for mask, by_fixed in by_mask.items():
                template = by_fixed.get(bits & mask)
                if template is not None:
                    return template
        return None

    def add(self, template: Template) -> None:
        """Add a template that `find` did not find."""
        if self.count >= MAX_TEMPLATES:  # a log that never repeats itself
            self.clear()
        by_fixed = self._by_mask.setdefault(template.size, {}).setdefault(template.mask, {})
        by_fixed[template.fixed] = template
        self.count += 1

    def intern(self, template: Template) -> Template:
        """Return the stored template equal to `template`, which is added if there is none."""
        stored = self._by_mask.get(template.size, {}).get(template.mask, {}).get(template.fixed)
        if stored is None:
            self.add(template)
        return stored or template

    def clear(self) -> None:
        """Remove all templates."""
        self._by_mask.clear()
        self.count = 0

    def by_mask(self, size: int) -> list[list[Template]]:
        """Return the templates of records of `size` bytes, grouped by mask."""
        return [list(by_fixed.values()) for by_fixed in self._by_mask.get(size, {}).values()]
