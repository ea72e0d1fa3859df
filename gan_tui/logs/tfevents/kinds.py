"""Reads single records, and keeps what was learnt from them: the kinds of records a log has."""

from __future__ import annotations

from collections.abc import Callable

from gan_tui.logs.points import LoggedImage
from gan_tui.logs.tfevents.event import read_event
from gan_tui.logs.tfevents.framing import FOOTER, HEADER
from gan_tui.logs.tfevents.period import Period, Workspace
from gan_tui.logs.tfevents.template import LARGEST, Add, Template, Templates, template_of
from gan_tui.logs.tfevents.wire import MalformedError

_MOST_ALONE = 1024


class Kinds:
    """What is known of a log's records.

    Args:
        on_image: Called with every picture that a record holds.
        learn: Whether to keep templates; without them every record is decoded with the same care.
    """

    def __init__(self, on_image: Callable[[LoggedImage], None] | None, *, learn: bool) -> None:
        self.templates = Templates()
        self.workspace = Workspace()
        self._on_image = on_image
        self._learn = learn
        self._alone: dict[Template, Period] = {}

    def show_images(self, take: Callable[[LoggedImage], None]) -> None:
        """Have every picture given to `take`."""
        self._on_image = take

    def read(self, record: memoryview, add: Add) -> tuple[Template | None, str]:
        """Hand the points of a record, whose checksums are right, to `add`.

        Returns:
            The record's template, if it is like others, and why it cannot be read, "" if it can.
        """
        # Long records are not worth copying: they hold pictures and the like.
        whole = bytes(record) if len(record) <= LARGEST else b""
        template = self.templates.find(whole) if whole else None
        if template is not None:
            template.points(whole, add)
            return template, ""
        payload = whole[HEADER:-FOOTER] if whole else record[HEADER:-FOOTER]
        try:
            event = read_event(payload)
        except MalformedError as error:
            return None, str(error)
        for scalar in event.scalars:
            add(series_name(scalar.tag), event.step, scalar.value, event.wall_time)
        if self._on_image is not None:
            for tag, begin, end in event.images:
                image = LoggedImage(series_name(tag), event.step, event.wall_time, bytes(payload[begin:end]))
                self._on_image(image)
        if self._learn and whole:
            template = template_of(whole, event, series_name)
            if template is not None:
                self.templates.keep(template)
        return template, ""

    def alone(self, template: Template) -> Period:
        """The period of nothing but `template`."""
        period = self._alone.get(template)
        if period is None:
            if len(self._alone) >= _MOST_ALONE:
                self._alone.clear()
            period = self._alone[template] = Period([template], self.workspace)
        return period


def series_name(tag: bytes) -> str:
    """A tag as text; bytes that are no UTF-8 are spelled out."""
    return tag.decode("utf-8", "backslashreplace")
