"""Detects the repeating sequences of records that a training loop writes."""

from __future__ import annotations

from array import array

import numpy as np

from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Workspace
from gan_tui.logs.tensorboard.fast.record_templates import Template, Templates, resize_step
from gan_tui.logs.tensorboard.framing import FRAME

_FIRST_SEARCH = 16
_HISTORY = 4096
_MAX_CANDIDATES = 128
_MAX_CYCLES = 16
_MAX_CYCLE_SIZE = 64 << 10
_ROTATE_EVERY = 3
_MIN_REPETITIONS = 2
_LIKELY_REPETITIONS = 64
_MIN_RECORDS = 8
_MAX_RECENT = 1024


class CycleDetector:
    """Watches the records of a log and detects the cycles in which they come.

    A cycle stays known for the rest of the log.

    Args:
        templates: The templates so far.
        workspace: Temporary buffers for the cycle readers.
    """

    def __init__(self, templates: Templates, workspace: Workspace) -> None:
        self._templates = templates
        self._workspace = workspace
        self._history = array("q")
        """The latest records, by the identity of their templates."""
        self._by_id: dict[int, Template] = {}
        self._cycle_ids: dict[CycleReader, array[int]] = {}
        self._noted = 0
        self._search_at = _FIRST_SEARCH
        self._cycles: list[CycleReader] = []
        """Most recently used last."""
        self._begins: dict[Template, int] = {}
        self._interrupted = False
        """A cycle or an unusual record has just ended, and no record of the last cycle followed yet."""
        self._by_size: dict[int, list[CycleReader]] = {}
        self._recent: list[Template] = []
        """The last cycle and the single records after it."""
        self._next = 0
        """Index in `_recent` of the record that comes next if they repeat."""

    def note(self, template: Template | None) -> None:
        """Take note of a single record; None if it has no template."""
        if template is None:
            self._forget()
            return
        self._note_recent(template)
        self._history.append(id(template))
        self._by_id[id(template)] = template
        self._noted += 1
        if self._interrupted:
            self._rotate(template)
        if self._noted >= self._search_at:
            self._search_at = min(self._search_at * 3 // 2, self._noted + _HISTORY // 2)
            self._search_history()

    def note_cycles(self, cycle: CycleReader, count: int) -> None:
        """Take note of `count` repetitions of a cycle."""
        del self._history[:-_HISTORY]
        if cycle not in self._cycle_ids:
            self._cycle_ids[cycle] = array("q", map(id, cycle.templates))
            self._by_id.update(zip(self._cycle_ids[cycle], cycle.templates, strict=True))
        self._history.extend(self._cycle_ids[cycle] * min(count, _HISTORY // len(cycle.templates)))
        self._noted += 1
        self._interrupted = True
        self._recent, self._next = list(cycle.templates), 0

    def find(self, data: memoryview, offset: int) -> CycleReader | None:
        """Return a cycle that matches at `offset`, the longest if there are several."""
        if len(data) - offset < FRAME:
            return None
        size = FRAME + framing.stated_length(data, offset)
        for cycle in self._by_size.get(size, ()):
            if cycle.matches(data, offset):
                if cycle is not self._cycles[-1]:
                    self._cycles.remove(cycle)
                    self._cycles.append(cycle)
                return cycle
        return self._find_repetition(data, offset)

    def _note_recent(self, template: Template) -> None:
        if len(self._recent) > _MAX_RECENT:
            self._recent, self._next = [], 0
        if self._next < len(self._recent) and self._recent[self._next] is template:
            self._next += 1
        self._recent.append(template)

    def _find_repetition(self, data: memoryview, offset: int) -> CycleReader | None:
        """Return the recent records as a new cycle if they repeat at `offset`, with steps of any size.

        So a log is learnt from its first step, and steps that take one more byte (from 128, 16,384
        and so on) are recognised at once.
        """
        templates: list[Template] = []
        begin = offset
        for template in self._recent[self._next :]:
            here = _template_at(template, data, begin)
            if here is None:
                if templates:  # only the beginning repeats: start over from here
                    self._next = len(self._recent)
                return None
            templates.append(here)
            begin += here.size
        size = begin - offset
        if not 0 < size <= _MAX_CYCLE_SIZE:
            return None
        for _ in range(max(_MIN_REPETITIONS, -(-_MIN_RECORDS // len(templates))) - 1):
            for template in templates:
                if begin + template.size > len(data):
                    return None
                if not template.matches(data, begin):
                    self._next = len(self._recent)
                    return None
                begin += template.size
        cycle_templates = tuple(map(self._templates.intern, templates))
        if any(_is_rotation(cycle.templates, cycle_templates) for cycle in self._cycles):
            return None  # in the middle of a known cycle: read on to its beginning, so that steps stay whole
        self._add(cycle_templates)
        self._forget()
        cycle = self._cycles[-1]
        cycle.typical_cycles = _LIKELY_REPETITIONS
        return cycle

    def _rotate(self, template: Template) -> None:
        """Add the last cycle beginning with `template`, for logs in which it is often interrupted there."""
        templates = self._cycles[-1].templates if self._cycles else ()
        if templates.count(template) != 1:
            return
        self._interrupted = False
        if len(self._begins) >= _HISTORY:
            self._begins.clear()
        self._begins[template] = self._begins.get(template, 0) + 1
        every = 1 if len(templates) <= _MAX_CYCLES // 2 else _ROTATE_EVERY
        if self._begins[template] % every == 0:
            first = templates.index(template)
            self._add(templates[first:] + templates[:first])

    def _forget(self) -> None:
        self._interrupted = True
        self._history = array("q")
        self._by_id.clear()
        self._cycle_ids.clear()
        self._noted = 0
        self._search_at = _FIRST_SEARCH

    def _search_history(self) -> None:
        """Add a cycle if the latest records repeat those before them."""
        del self._history[:-_HISTORY]
        if len(self._by_id) > 2 * _HISTORY:
            self._by_id = {key: self._by_id[key] for key in set(self._history)}
            self._cycle_ids.clear()
        ids = np.frombuffer(self._history, np.int64)
        count = len(ids)
        lengths = count - 1 - np.flatnonzero(ids[:-1] == ids[-1])[::-1]
        for length in lengths[lengths <= count // 2][:_MAX_CANDIDATES].tolist():
            if (ids[-length:] == ids[-2 * length : -length]).all():
                templates = tuple(self._by_id[key] for key in ids[-length:].tolist())
                if not any(_is_rotation(cycle.templates, templates) for cycle in self._cycles):
                    self._add(templates)
                    self._forget()
                return

    def _add(self, templates: tuple[Template, ...]) -> None:
        """Add a cycle unless it is known or too large."""
        if sum(t.size for t in templates) > _MAX_CYCLE_SIZE:
            return
        if any(cycle.templates == templates for cycle in self._cycles):
            return
        self._cycles.append(CycleReader(templates, self._workspace))
        del self._cycles[:-_MAX_CYCLES]
        self._by_size.clear()
        for cycle in sorted(self._cycles, key=lambda cycle: -len(cycle.templates)):
            self._by_size.setdefault(cycle.templates[0].size, []).append(cycle)


def _template_at(template: Template, data: memoryview, offset: int) -> Template | None:
    """Return the template of the record at `offset` if it is `template` with a step of any size."""
    if len(data) - offset < FRAME:
        return None
    here = resize_step(template, FRAME + framing.stated_length(data, offset))
    return here if here is not None and here.matches(data, offset) else None


def _is_rotation(known: tuple[Template, ...], templates: tuple[Template, ...]) -> bool:
    """Return whether `templates` are those of `known`, beginning anywhere."""
    if len(known) != len(templates):
        return False
    return any(known[at:] + known[:at] == templates for at, t in enumerate(known) if t is templates[0])
