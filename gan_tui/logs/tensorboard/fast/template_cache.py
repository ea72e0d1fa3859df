"""Reads single records, and caches a template for each kind of record in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gan_tui.logs.model import Buffer, LoggedImage
from gan_tui.logs.tensorboard.event import Event, read_event, read_image, read_scalar
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Workspace
from gan_tui.logs.tensorboard.fast.record_templates import (
    MAX_TEMPLATE_SIZE,
    AddPoint,
    Template,
    Templates,
    make_template,
)
from gan_tui.logs.tensorboard.framing import FOOTER, HEADER
from gan_tui.logs.tensorboard.protobuf import MalformedError

MAX_SERIES = 20_000
"""Maximum number of series; records with further names are skipped, each with a fault."""
MAX_NAME = 1_000
"""Longest series name in bytes; a record with a longer one is skipped with a fault."""

_MAX_SINGLE_READERS = 1024
_LONG_NAME = f"name longer than {MAX_NAME:,} bytes"


class TemplateCache:
    """The series names and record templates of one log.

    Args:
        on_image: Called with every image of a record.
        learn: Whether to store templates; without them every record is decoded in full.
    """

    def __init__(self, on_image: Callable[[LoggedImage], None] | None, *, learn: bool) -> None:
        self.templates = Templates()
        self.workspace = Workspace()
        self._on_image = on_image
        self._copy = True
        self._learn = learn
        self._single_readers: dict[Template, CycleReader] = {}
        self._names: dict[bytes, str] = {}
        self.refused = 0
        """Number of records skipped because they would exceed `MAX_SERIES`."""

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool) -> None:
        """Pass every image to `take`, with a copy of its bytes or only their position."""
        self._on_image, self._copy = take, copy

    def read_record(self, record: memoryview, offset: int, add: AddPoint) -> tuple[Template | None, str]:
        """Pass the points of a record with valid checksums to `add`.

        Args:
            record: The whole record.
            offset: Its offset in the log.
            add: Takes the points.

        Returns:
            The record's template (None if it cannot have one), and the reason why it cannot be read
            ("" if it can).
        """
        # Long records hold images and the like; they are not copied.
        short = bytes(record) if len(record) <= MAX_TEMPLATE_SIZE else b""
        template = self.templates.find(short) if short else None
        if template is not None:
            template.read(short, add)
            return template, ""
        payload = record[HEADER:-FOOTER]
        try:
            event = (read_scalar(short[HEADER:-FOOTER]) if short else read_image(payload)) or read_event(
                payload
            )
            names = self._names_of({scalar.tag for scalar in event.scalars})
        except MalformedError as error:
            return None, str(error)
        for scalar in event.scalars:
            add(names[scalar.tag], event.step, scalar.value, event.wall_time)
        if not self._pass_images(event, payload, offset):
            return None, _LONG_NAME
        if self._learn and short:
            template = make_template(short, event, self._names.__getitem__)
            if template is not None:
                self.templates.add(template)
        return template, ""

    def read_long(self, record: memoryview, offset: int) -> bool:
        """Read a long record with valid checksums; False, and nothing read, if it has points or a fault."""
        payload = record[HEADER:-FOOTER]
        try:
            event = read_image(payload) or read_event(payload)
        except MalformedError:
            return False
        if event.scalars or any(len(tag) > MAX_NAME for tag, _, _ in event.images):
            return False
        return self._pass_images(event, payload, offset)

    def _pass_images(self, event: Event, payload: Buffer, offset: int) -> bool:
        """Pass the images of a record to `on_image`; False if one has too long a name."""
        if self._on_image is None:
            return True
        for tag, begin, end in event.images:
            if len(tag) > MAX_NAME:
                return False
            encoded = bytes(payload[begin:end]) if self._copy else b""
            at = offset + HEADER + begin
            self._on_image(
                LoggedImage(decode_tag(tag), event.step, event.wall_time, encoded, at, end - begin)
            )
        return True

    def _names_of(self, tags: set[bytes]) -> dict[bytes, str]:
        """Return the series names by tag, `tags` included.

        Raises:
            MalformedError: A new tag is too long, or there are too many.
        """
        if new := {tag for tag in tags if tag not in self._names}:
            if any(len(tag) > MAX_NAME for tag in new):
                raise MalformedError(_LONG_NAME)
            if len(self._names) + len(new) > MAX_SERIES:
                self.refused += 1
                raise MalformedError(f"more than {MAX_SERIES:,} names: further ones are ignored")
            self._names.update((tag, decode_tag(tag)) for tag in sorted(new))
        return self._names

    @property
    def known_tags(self) -> tuple[bytes, ...]:
        """The tags of all series so far, in the order of the log."""
        return tuple(self._names)

    def restore_tags(self, tags: Iterable[bytes]) -> None:
        """Set the known series to those of `tags`, and remove all templates."""
        self._names = {tag: decode_tag(tag) for tag in tags}
        self.templates.clear()
        self._single_readers.clear()

    def single_reader(self, template: Template) -> CycleReader:
        """Return the reader of a cycle that consists of `template` alone."""
        reader = self._single_readers.get(template)
        if reader is None:
            if len(self._single_readers) >= _MAX_SINGLE_READERS:
                self._single_readers.clear()
            reader = self._single_readers[template] = CycleReader([template], self.workspace)
        return reader


def decode_tag(tag: bytes) -> str:
    """Return a tag as text; bytes that are not UTF-8 become escapes."""
    return tag.decode("utf-8", "backslashreplace")
