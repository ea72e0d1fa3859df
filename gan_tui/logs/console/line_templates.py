"""Forms of printed lines: a line like one before is read by that one's pattern, thirty times as fast.

A training loop prints the same line again with other numbers. The grammar reads the first ones; from the
second on, a pattern made of that line gives its numbers. It fits only lines that the grammar would read
in the same way, so that reading with forms and without them are the same (and tested to be).
"""

from __future__ import annotations

import math
import re

from msgspec import Struct

from gan_tui.logs.console.grammar import (
    MARK,
    NUMBER,
    Counter,
    Pair,
    ParsedLine,
    prepared,
    printed_number,
    read_numbers,
    rub_out,
)

MAX_FORMS = 24
MAX_SHAPES = 512
MAX_NUMBERS = 64
LEARNING_COSTS = 16
"""To learn a form takes as long as it saves on so many lines."""
LEARN_FREELY = 1024 * LEARNING_COSTS
"""Where forms never pay, no more than so much is spent on them."""

# Numbers by how they are written: the grammar treats whole ones, sizes and words differently.
_CLASSES = (
    (re.compile(r"\d+"), r"\d+"),
    (re.compile(r"[-+]\d+"), r"[-+]\d+"),
    (re.compile(r"[-+]?(?:\d+\.\d+|\.\d+)"), r"[-+]?(?:\d+\.\d+|\.\d+)"),
    (re.compile(r"[-+]?\d+\.\d+[eE][-+]?\d+"), r"[-+]?\d+\.\d+[eE][-+]?\d+"),
    (re.compile(r"\d{1,3}(?:,\d{3}){1,5}"), r"\d{1,3}(?:,\d{3}){1,5}"),
)
# Numbers side by side that with other digits would be a time, a date or a version.
_ALMOST_RUBBED = re.compile(r"\d:\d|\d([-/.])\d+\1\d")
_ALMOST_DATE = re.compile(r"\[?\d+[-/]\d+\s\d+:")
_ALMOST_TORNADO = re.compile(r"\[[IWEDF] \d")
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r" +")
_BAR_SPAN = re.compile(r"\d{1,3}%\|[^|]*\|")
_FILLED_SPAN = re.compile(r"\[[=>.\-#* █▏▎▍▌▋▊▉]{5,}\]")
_SHAPED = re.compile(r"[-+]?\d+|\s+|[█▏▎▍▌▋▊▉#=>]+")


class LineTemplate(Struct, frozen=True):
    """How lines of one shape are read."""

    pattern: re.Pattern[str]
    """Fits the whole line; a group for each number that is used."""
    counters: tuple[tuple[str, int, int | None], ...]
    """Name, group of the value, group of the total."""
    pairs: tuple[tuple[str, int, bool], ...]
    """Name, group of the value, whether it is sure."""
    heading: bool = False
    bar: bool = False
    held_out: bool = False

    def __deepcopy__(self, _: object) -> LineTemplate:
        return self

    def read(self, text: str) -> tuple[bool, ParsedLine | None]:
        """Whether `text` is of this form, and what it says."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return False, None
        if not self.pairs and not self.heading:
            return True, None
        told = found.groups()
        counters = [
            Counter(n, printed_number(told[v]), None if t is None else _total(told[t]))
            for n, v, t in self.counters
        ]
        pairs = [Pair(n, printed_number(told[v]), sure) for n, v, sure in self.pairs]
        return True, ParsedLine(counters, pairs, self.heading, self.bar, self.held_out)


class LineReader:
    """Reads lines as `linegrammar.read_line` does, and remembers their forms."""

    def __init__(self) -> None:
        self.forms: list[LineTemplate] = []
        """The forms learned, the latest used first."""
        self._shapes: dict[str, None] = {}
        self._worth = LEARN_FREELY

    def read(self, text: str) -> ParsedLine | None:
        """What a printed line says, or None when it holds no number that means anything."""
        text = prepared(text)
        if not text:
            return None
        for at, form in enumerate(self.forms):
            fits, reading = form.read(text)
            if fits:
                self._worth += 1
                if at > 1:
                    self.forms.insert(0, self.forms.pop(at))
                return reading
        rubbed = rub_out(text)
        found = list(NUMBER.finditer(rubbed))
        reading = read_numbers(text, rubbed, [(n, _value(n.group())) for n in found])
        if len(found) <= MAX_NUMBERS and self._worth > 0 and self._seen(text):
            self._worth -= LEARNING_COSTS
            learned = _learn(text, rubbed, found, reading)
            if learned is not None:
                self.forms.insert(0, learned)
                del self.forms[MAX_FORMS:]
        return reading

    def _seen(self, text: str) -> bool:
        """Whether a line of this shape came before: a sentence that comes once is not worth a form."""
        shape = _SHAPED.sub("0", text)
        if shape in self._shapes:
            del self._shapes[shape]
            return True
        self._shapes[shape] = None
        if len(self._shapes) > MAX_SHAPES:
            del self._shapes[next(iter(self._shapes))]
        return False


def _total(text: str) -> int | None:
    value = printed_number(text)
    return int(value) if math.isfinite(value) else None


def _value(text: str) -> float | None:
    try:
        return printed_number(text)
    except ValueError:
        return None


def _learn(
    text: str, rubbed: str, found: list[re.Match[str]], reading: ParsedLine | None
) -> LineTemplate | None:
    """The form of a line, or None where it cannot be told exactly."""
    if _ALMOST_RUBBED.search(rubbed) or _ALMOST_DATE.match(text) or _ALMOST_TORNADO.match(rubbed):
        return None
    places = [(n, None if _value(n.group()) is None else float(k)) for k, n in enumerate(found)]
    # Read once more with each number's place instead of its value.
    layout = read_numbers(text, rubbed, places)
    if reading is None or layout is None:
        if reading is not layout:
            return None
        layout = ParsedLine()
    counters = [(c.name, int(c.value), c.total) for c in layout.counters]
    pairs = [(p.name, int(p.value), p.sure) for p in layout.pairs]
    used = sorted({k for _, k, _ in pairs} | {k for c in counters for k in c[1:] if isinstance(k, int)})
    source = _pattern(text, rubbed, found, frozenset(used))
    group = {k: i for i, k in enumerate(used)}
    form = LineTemplate(
        re.compile(source),
        tuple((n, group[v], None if t is None else group[t]) for n, v, t in counters),
        tuple((n, group[v], sure) for n, v, sure in pairs),
        layout.heading,
        layout.bar,
        layout.held_out,
    )
    return form if _same(form.read(text)[1], reading) else None


def _same(one: ParsedLine | None, other: ParsedLine | None) -> bool:
    return repr(one) == repr(other)  # NaN is equal to itself so


def _pattern(text: str, rubbed: str, found: list[re.Match[str]], used: frozenset[int]) -> str:
    """A pattern for lines that differ from `text` in their numbers, times, bars and padding alone."""
    parts: list[str] = []
    end = 0
    for place, number in enumerate(found):
        begin = number.start()
        written = next((p for fits, p in _CLASSES if fits.fullmatch(number.group())), None)
        if written is None:
            written = re.escape(number.group())
        parts.append(_between(text[end:begin], rubbed[end:begin]))
        parts.append(f"({written})" if place in used else f"(?:{written})")
        end = number.end()
    parts.append(_between(text[end:], rubbed[end:]))
    return "".join(parts)


def _between(text: str, rubbed: str) -> str:
    """The pattern of what stands between two numbers."""
    parts: list[str] = []
    at = 0
    for run in re.finditer(f"{MARK}+", rubbed):
        parts += [_literal(text[at : run.start()]), _rubbed(text[run.start() : run.end()])]
        at = run.end()
    return "".join(parts) + _literal(text[at:], padded=True)


def _literal(text: str, *, padded: bool = False) -> str:
    """Text that stands there in every line. Before a number, padding may be wider or narrower."""
    body = text.rstrip(" ") if padded else text
    if body == text:
        return re.escape(text)
    return re.escape(body) + (" *" if body.endswith(("[", "(", "/", ":", "=")) else " +")


def _rubbed(span: str) -> str:
    """A date, a rate, a bar or a path that is passed over: the same but for its digits."""
    if _BAR_SPAN.fullmatch(span):
        return _BAR_SPAN.pattern
    if _FILLED_SPAN.fullmatch(span):
        return _FILLED_SPAN.pattern
    parts: list[str] = []
    at = 0
    for digits in _DIGITS.finditer(span):
        parts += [re.escape(span[at : digits.start()]), rf"\d{{{len(digits.group())}}}"]
        at = digits.end()
    return "".join(parts) + re.escape(span[at:])
