"""Reads single records, and keeps what was learnt from them: the kinds of records a log has."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gan_tui.logs.model import Buffer, LoggedImage
from gan_tui.logs.tensorboard.event import Event, read_event, read_picture, read_scalar
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Workspace
from gan_tui.logs.tensorboard.fast.record_templates import LARGEST, Add, Template, Templates, template_of
from gan_tui.logs.tensorboard.framing import FOOTER, HEADER
from gan_tui.logs.tensorboard.protobuf import MalformedError

MAX_SERIES = 20_000
"""More names than this are no metrics: records with further ones are passed over, each with a fault."""
MAX_NAME = 1_000
"""Longest name of a series, in bytes; a record with a longer one is passed over with a fault."""

_MOST_ALONE = 1024
_LONG = f"name longer than {MAX_NAME:,} bytes"


class TemplateCache:
    """What is known of a log's records.

    Args:
        on_image: Called with every picture that a record holds.
        learn: Whether to keep templates; without them every record is decoded with the same care.
    """

    def __init__(self, on_image: Callable[[LoggedImage], None] | None, *, learn: bool) -> None:
        self.templates = Templates()
        self.workspace = Workspace()
        self._on_image = on_image
        self._copy = True
        self._learn = learn
        self._alone: dict[Template, CycleReader] = {}
        self._names: dict[bytes, str] = {}
        self.refused = 0
        """How many records had new names when there were `MAX_SERIES` of them."""

    def show_images(self, take: Callable[[LoggedImage], None], *, copy: bool) -> None:
        """Have every picture given to `take`, with a copy of its bytes or with their place only."""
        self._on_image, self._copy = take, copy

    def read(self, record: memoryview, offset: int, add: Add) -> tuple[Template | None, str]:
        """Hand the points of a record, whose checksums are right, to `add`.

        Args:
            record: The whole record.
            offset: Where it begins in the log.
            add: Takes the points.

        Returns:
            The record's template, if it is like others, and why it cannot be read, "" if it can.
        """
        # Long records are not worth copying: they hold pictures and the like.
        whole = bytes(record) if len(record) <= LARGEST else b""
        template = self.templates.find(whole) if whole else None
        if template is not None:
            template.points(whole, add)
            return template, ""
        payload = record[HEADER:-FOOTER]
        try:
            event = (read_scalar(whole[HEADER:-FOOTER]) if whole else read_picture(payload)) or read_event(
                payload
            )
            names = self._named({scalar.tag for scalar in event.scalars})
        except MalformedError as error:
            return None, str(error)
        for scalar in event.scalars:
            add(names[scalar.tag], event.step, scalar.value, event.wall_time)
        if not self._show(event, payload, offset):
            return None, _LONG
        if self._learn and whole:
            template = template_of(whole, event, self._names.__getitem__)
            if template is not None:
                self.templates.keep(template)
        return template, ""

    def pass_long(self, record: memoryview, offset: int) -> bool:
        """Read a long record, whose checksums are right, if it has no points and no fault; says whether."""
        payload = record[HEADER:-FOOTER]
        try:
            event = read_picture(payload) or read_event(payload)
        except MalformedError:
            return False
        if event.scalars or any(len(tag) > MAX_NAME for tag, _, _ in event.images):
            return False
        return self._show(event, payload, offset)

    def _show(self, event: Event, payload: Buffer, offset: int) -> bool:
        """Hand the pictures of a record to whoever wants them; False where one has too long a name."""
        if self._on_image is None:
            return True
        for tag, begin, end in event.images:
            if len(tag) > MAX_NAME:
                return False
            encoded = bytes(payload[begin:end]) if self._copy else b""
            place = offset + HEADER + begin
            self._on_image(
                LoggedImage(series_name(tag), event.step, event.wall_time, encoded, place, end - begin)
            )
        return True

    def _named(self, tags: set[bytes]) -> dict[bytes, str]:
        """The names by tag, among them those of `tags`; raises where there is no room for them."""
        if new := {tag for tag in tags if tag not in self._names}:
            if any(len(tag) > MAX_NAME for tag in new):
                raise MalformedError(_LONG)
            if len(self._names) + len(new) > MAX_SERIES:
                self.refused += 1
                raise MalformedError(f"more than {MAX_SERIES:,} names: further ones are left aside")
            self._names.update((tag, series_name(tag)) for tag in sorted(new))
        return self._names

    @property
    def known(self) -> tuple[bytes, ...]:
        """The tags of all series met so far, in the order in which they were met."""
        return tuple(self._names)

    def know(self, tags: Iterable[bytes]) -> None:
        """Take it that the series of these tags, and no others, have been met."""
        self._names = {tag: series_name(tag) for tag in tags}
        self.templates.forget()
        self._alone.clear()

    def alone(self, template: Template) -> CycleReader:
        """The period of nothing but `template`."""
        period = self._alone.get(template)
        if period is None:
            if len(self._alone) >= _MOST_ALONE:
                self._alone.clear()
            period = self._alone[template] = CycleReader([template], self.workspace)
        return period


def series_name(tag: bytes) -> str:
    """A tag as text; bytes that are no UTF-8 are spelled out."""
    return tag.decode("utf-8", "backslashreplace")
