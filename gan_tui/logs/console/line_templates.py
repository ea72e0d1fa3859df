"""Line templates: a line like an earlier one is read by that line's pattern, thirty times as fast.

A template fits only lines that the grammar would read in the same way, so results are the same without it.
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
    mask,
    number_or_none,
    prepared,
    printed_number,
    read_numbers,
)

MAX_TEMPLATES = 24
MAX_SKELETONS = 512
"""Lines without their numbers that are remembered."""
MAX_NUMBERS = 64
TEMPLATE_COST = 16
"""The lines on which a template has to be used to pay for making it."""
INITIAL_BUDGET = 1024 * TEMPLATE_COST
"""What may be spent on templates that never pay."""

# Numbers by the way they are written: the grammar treats integers, sizes and words differently.
_CLASSES = (
    (re.compile(r"\d+"), r"\d+"),
    (re.compile(r"[-+]\d+"), r"[-+]\d+"),
    (re.compile(r"[-+]?(?:\d+\.\d+|\.\d+)"), r"[-+]?(?:\d+\.\d+|\.\d+)"),
    (re.compile(r"[-+]?\d+\.\d+[eE][-+]?\d+"), r"[-+]?\d+\.\d+[eE][-+]?\d+"),
    (re.compile(r"\d{1,3}(?:,\d{3}){1,5}"), r"\d{1,3}(?:,\d{3}){1,5}"),
)
# Adjacent numbers that with other digits would be a time, a date or a version.
_ALMOST_MASKED = re.compile(r"\d:\d|\d([-/.])\d+\1\d")
_ALMOST_DATE = re.compile(r"\[?\d+[-/]\d+\s\d+:")
_ALMOST_TORNADO = re.compile(r"\[[IWEDF] \d")
_DIGITS = re.compile(r"\d+")
_SPACES = re.compile(r" +")
_BAR_SPAN = re.compile(r"\d{1,3}%\|[^|]*\|")
_FILLED_SPAN = re.compile(r"\[[=>.\-#* █▏▎▍▌▋▊▉]{5,}\]")
_VARIABLE = re.compile(r"[-+]?\d+|\s+|[█▏▎▍▌▋▊▉#=>]+")


class LineTemplate(Struct, frozen=True):
    """How to read lines that differ only in their numbers."""

    pattern: re.Pattern[str]
    """Matches the whole line, with a group for each number that is used."""
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
        """Return whether `text` fits this template, and its contents."""
        match = self.pattern.fullmatch(text)
        if match is None:
            return False, None
        if not self.pairs and not self.heading:
            return True, None
        numbers = match.groups()
        counters = [
            Counter(n, printed_number(numbers[v]), None if t is None else _total(numbers[t]))
            for n, v, t in self.counters
        ]
        pairs = [Pair(n, printed_number(numbers[v]), sure) for n, v, sure in self.pairs]
        return True, ParsedLine(counters, pairs, self.heading, self.bar, self.held_out)


class LineReader:
    """Reads lines like `grammar.read_line`, and makes templates of them."""

    def __init__(self) -> None:
        self.templates: list[LineTemplate] = []
        """The templates made so far, the last used first."""
        self._skeletons: dict[str, None] = {}
        self._budget = INITIAL_BUDGET

    def read(self, text: str) -> ParsedLine | None:
        """Parse a printed line; None if it contains no number that means anything."""
        text = prepared(text)
        if not text:
            return None
        for at, template in enumerate(self.templates):
            fits, parsed = template.read(text)
            if fits:
                self._budget += 1
                if at > 1:
                    self.templates.insert(0, self.templates.pop(at))
                return parsed
        masked = mask(text)
        numbers = list(NUMBER.finditer(masked))
        parsed = read_numbers(text, masked, [(n, number_or_none(n.group())) for n in numbers])
        if len(numbers) <= MAX_NUMBERS and self._budget > 0 and self._is_repeated(text):
            self._budget -= TEMPLATE_COST
            new = _make_template(text, masked, numbers, parsed)
            if new is not None:
                self.templates.insert(0, new)
                del self.templates[MAX_TEMPLATES:]
        return parsed

    def _is_repeated(self, text: str) -> bool:
        """Return whether a line like this came before: a single one is not worth a template."""
        skeleton = _VARIABLE.sub("0", text)
        if skeleton in self._skeletons:
            del self._skeletons[skeleton]
            return True
        self._skeletons[skeleton] = None
        if len(self._skeletons) > MAX_SKELETONS:
            del self._skeletons[next(iter(self._skeletons))]
        return False


def _total(text: str) -> int | None:
    value = printed_number(text)
    return int(value) if math.isfinite(value) else None


def _make_template(
    text: str, masked: str, numbers: list[re.Match[str]], parsed: ParsedLine | None
) -> LineTemplate | None:
    """Make the template of a line, or None if it cannot be made exactly."""
    if _ALMOST_MASKED.search(masked) or _ALMOST_DATE.match(text) or _ALMOST_TORNADO.match(masked):
        return None
    indexes = [(n, None if number_or_none(n.group()) is None else float(k)) for k, n in enumerate(numbers)]
    # Parse once more with each number's index instead of its value.
    layout = read_numbers(text, masked, indexes)
    if parsed is None or layout is None:
        if parsed is not layout:
            return None
        layout = ParsedLine()
    counters = [(c.name, int(c.value), c.total) for c in layout.counters]
    pairs = [(p.name, int(p.value), p.sure) for p in layout.pairs]
    used = sorted({k for _, k, _ in pairs} | {k for c in counters for k in c[1:] if isinstance(k, int)})
    source = _pattern(text, masked, numbers, frozenset(used))
    group = {k: i for i, k in enumerate(used)}
    template = LineTemplate(
        re.compile(source),
        tuple((n, group[v], None if t is None else group[t]) for n, v, t in counters),
        tuple((n, group[v], sure) for n, v, sure in pairs),
        layout.heading,
        layout.bar,
        layout.held_out,
    )
    return template if _same(template.read(text)[1], parsed) else None


def _same(one: ParsedLine | None, other: ParsedLine | None) -> bool:
    return repr(one) == repr(other)  # in which NaN equals itself


def _pattern(text: str, masked: str, numbers: list[re.Match[str]], used: frozenset[int]) -> str:
    """Return a pattern for lines that differ from `text` only in numbers, times, bars and padding."""
    parts: list[str] = []
    end = 0
    for index, number in enumerate(numbers):
        begin = number.start()
        written = next((p for fits, p in _CLASSES if fits.fullmatch(number.group())), None)
        if written is None:
            written = re.escape(number.group())
        parts.append(_between(text[end:begin], masked[end:begin]))
        parts.append(f"({written})" if index in used else f"(?:{written})")
        end = number.end()
    parts.append(_between(text[end:], masked[end:]))
    return "".join(parts)


def _between(text: str, masked: str) -> str:
    """Return the pattern of the text between two numbers."""
    parts: list[str] = []
    at = 0
    for run in re.finditer(f"{MARK}+", masked):
        parts += [_literal(text[at : run.start()]), _masked_span(text[run.start() : run.end()])]
        at = run.end()
    return "".join(parts) + _literal(text[at:], padded=True)


def _literal(text: str, *, padded: bool = False) -> str:
    """Return the pattern of constant text. Before a number, padding may be wider or narrower."""
    body = text.rstrip(" ") if padded else text
    if body == text:
        return re.escape(text)
    return re.escape(body) + (" *" if body.endswith(("[", "(", "/", ":", "=")) else " +")


def _masked_span(span: str) -> str:
    """Return the pattern of a masked date, rate, bar or path: the same except for its digits."""
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
