"""What a training loop writes again and again: the periods in a sequence of records."""

from __future__ import annotations

from array import array

import numpy as np

from gan_tui.logs.tensorboard import framing
from gan_tui.logs.tensorboard.fast.cycle_reader import CycleReader, Workspace
from gan_tui.logs.tensorboard.fast.record_templates import Template, Templates, resized
from gan_tui.logs.tensorboard.framing import FRAME

_FIRST_LOOK = 16
_HISTORY = 4096
_CANDIDATES = 128
_MOST = 16
_LARGEST = 64 << 10
_OFTEN = 3
_LEAST_ROWS = 2
_LIKELY_ROWS = 64
_LEAST_RECORDS = 8
_RECENT = 1024


class CycleDetector:
    """Watches the records go by and finds out in which periods they come.

    A period once found is known for the rest of the log.

    Args:
        templates: The kinds of records met so far.
        workspace: Memory for comparing and checking.
    """

    def __init__(self, templates: Templates, workspace: Workspace) -> None:
        self._templates = templates
        self._workspace = workspace
        self._history = array("q")
        """The latest records, by the identity of their templates."""
        self._met: dict[int, Template] = {}
        self._runs: dict[CycleReader, array[int]] = {}
        self._noted = 0
        self._look_at = _FIRST_LOOK
        self._periods: list[CycleReader] = []  # the one used last is the last
        self._begins: dict[Template, int] = {}
        self._broken = False
        """No record has gone by since a period, or a record like no other, that a period could begin with."""
        self._by_size: dict[int, list[CycleReader]] = {}
        self._recent: list[Template] = []
        """The period used last, and the single records behind it."""
        self._turn = 0
        """Which of those comes next, if they come again."""

    def note(self, template: Template | None) -> None:
        """A single record went by; None where it is like no other."""
        if template is None:
            self._forget()
            return
        self._pass(template)
        self._history.append(id(template))
        self._met[id(template)] = template
        self._noted += 1
        if self._broken:
            self._rotate(template)
        if self._noted >= self._look_at:
            self._look_at = min(self._look_at * 3 // 2, self._noted + _HISTORY // 2)
            self._look()

    def note_run(self, period: CycleReader, rows: int) -> None:
        """So many periods went by."""
        del self._history[:-_HISTORY]
        room = _HISTORY // len(period.templates)
        if period not in self._runs:
            self._runs[period] = array("q", map(id, period.templates))
            self._met.update(zip(self._runs[period], period.templates, strict=True))
        self._history.extend(self._runs[period] * min(rows, room))
        self._noted += 1
        self._broken = True
        self._recent, self._turn = list(period.templates), 0

    def find(self, data: memoryview, offset: int) -> CycleReader | None:
        """A known period that stands at `offset`, the longest if there are several."""
        if len(data) - offset < FRAME:
            return None
        size = FRAME + framing.stated_length(data, offset)
        for period in self._by_size.get(size, ()):
            if period.stands(data, offset):
                if period is not self._periods[-1]:
                    self._periods.remove(period)
                    self._periods.append(period)
                return period
        return self._again(data, offset)

    def _pass(self, template: Template) -> None:
        if len(self._recent) > _RECENT:
            self._recent, self._turn = [], 0
        if self._turn < len(self._recent) and self._recent[self._turn] is template:
            self._turn += 1
        self._recent.append(template)

    def _again(self, data: memoryview, offset: int) -> CycleReader | None:
        """What came last as a new period, if it comes again from here on, its steps of other sizes maybe.

        So a log's first steps are learnt from, and that a step takes more bytes from 128, from 16,384 on.
        """
        templates: list[Template] = []
        begin = offset
        for template in self._recent[self._turn :]:
            here = _as_here(template, data, begin)
            if here is None:
                if templates:  # it begins alike and goes on in another way: look for it from here on
                    self._turn = len(self._recent)
                return None
            templates.append(here)
            begin += here.size
        size = begin - offset
        if not 0 < size <= _LARGEST:
            return None
        for _ in range(max(_LEAST_ROWS, -(-_LEAST_RECORDS // len(templates))) - 1):
            for template in templates:
                if begin + template.size > len(data):
                    return None
                if not template.stands(data, begin):
                    self._turn = len(self._recent)
                    return None
                begin += template.size
        again = tuple(map(self._templates.kept, templates))
        if any(_turned(period.templates, again) for period in self._periods):
            return None  # begun in its midst: read on to where it begins, so that a step stays in one period
        self._keep(again)
        self._forget()
        period = self._periods[-1]
        period.typical_rows = _LIKELY_ROWS
        return period

    def _rotate(self, template: Template) -> None:
        """See to it that a period is met at once where a break in it makes it begin elsewhere."""
        templates = self._periods[-1].templates if self._periods else ()
        if templates.count(template) != 1:
            return
        self._broken = False
        if len(self._begins) >= _HISTORY:
            self._begins.clear()
        self._begins[template] = self._begins.get(template, 0) + 1
        often = 1 if len(templates) <= _MOST // 2 else _OFTEN
        if self._begins[template] % often == 0:
            first = templates.index(template)
            self._keep(templates[first:] + templates[:first])

    def _forget(self) -> None:
        self._broken = True
        self._history = array("q")
        self._met.clear()
        self._runs.clear()
        self._noted = 0
        self._look_at = _FIRST_LOOK

    def _look(self) -> None:
        """See whether the latest records are those before them once more."""
        del self._history[:-_HISTORY]
        if len(self._met) > 2 * _HISTORY:
            self._met = {kind: self._met[kind] for kind in set(self._history)}
            self._runs.clear()
        kinds = np.frombuffer(self._history, np.int64)
        count = len(kinds)
        lengths = count - 1 - np.flatnonzero(kinds[:-1] == kinds[-1])[::-1]
        for length in lengths[lengths <= count // 2][:_CANDIDATES].tolist():
            if (kinds[-length:] == kinds[-2 * length : -length]).all():
                templates = tuple(self._met[kind] for kind in kinds[-length:].tolist())
                if not any(_turned(period.templates, templates) for period in self._periods):
                    self._keep(templates)
                    self._forget()
                return

    def _keep(self, templates: tuple[Template, ...]) -> None:
        """Remember a period, unless it is known, or too large to be worth it."""
        if sum(t.size for t in templates) > _LARGEST or any(p.templates == templates for p in self._periods):
            return
        self._periods.append(CycleReader(templates, self._workspace))
        del self._periods[:-_MOST]
        self._by_size.clear()
        for period in sorted(self._periods, key=lambda p: -len(p.templates)):
            self._by_size.setdefault(period.templates[0].size, []).append(period)


def _as_here(template: Template, data: memoryview, offset: int) -> Template | None:
    """The template of the record at `offset`, if that is like those of `template` but for its step's size."""
    if len(data) - offset < FRAME:
        return None
    here = resized(template, FRAME + framing.stated_length(data, offset))
    return here if here is not None and here.stands(data, offset) else None


def _turned(known: tuple[Template, ...], templates: tuple[Template, ...]) -> bool:
    """Whether `templates` are those of `known`, perhaps beginning elsewhere."""
    if len(known) != len(templates):
        return False
    return any(known[at:] + known[:at] == templates for at, t in enumerate(known) if t is templates[0])
