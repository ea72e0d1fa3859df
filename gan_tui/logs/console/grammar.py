"""Parses a printed line into counters and named numbers, by one grammar for all codebases.

Dates, rates, bars and paths are masked first. The text between two numbers then says what the second one
is: a name with a link (`Loss_D: `), a counter (`Epoch [`), a continuation (`, ` or ` / `).
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from gan_tui.logs.console import vocabulary
from gan_tui.logs.parsing.metric_words import sounds_like_metric
from gan_tui.logs.parsing.numbers import is_too_large

Numbers: TypeAlias = list[tuple[re.Match[str], float | None]]

MAX_TEXT = 8_000
"""A longer line is not a progress line; parsing it would only cost time."""
MAX_NAME = 120
MAX_GAP = 200
"""How many characters before a number its name and its link are searched for."""
MAX_WORDS = 6


class Counter(NamedTuple):
    """A number that says how far the training is."""

    name: str
    """What it counts: a value of `vocabulary.COUNTERS`, or "" if it has no name (`[0/25][3/1583]`)."""
    value: float
    total: int | None = None
    """The N of `i/N`."""


class Pair(NamedTuple):
    """A named number."""

    name: str
    value: float
    sure: bool
    """Whether it is linked by a colon, an equals sign or brackets, not only next to its name."""


class ParsedLine(Struct):
    """The contents of one line."""

    counters: list[Counter] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    heading: bool = False
    """Whether the line has only counters, which apply to the lines below it."""
    bar: bool = False
    """Whether the line is a progress bar, which may be redrawn."""
    held_out: bool = False
    """Whether the line is about validation or test data; its names begin with `val/` or `test/`."""


NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z_)\]][-./@+])"  # not within a word, not the 1 of "loss-1" or "D/0"
    r"(?:[-+]?(?:(?:\d{1,3}(?:,\d{3}){1,5}(?!,?\d)|\d+)(?:\.\d+|\.(?![.\d]))?|\.\d+)(?:e[-+]?\d+)?"
    r"|[-+]?(?:nan|inf(?:inity)?)"
    r"|N/A|NA|none|null)"
    r"(?!\w)",
    re.IGNORECASE,
)
_HAS_NUMBER = re.compile(r"\d|nan|inf", re.IGNORECASE)
MARK = "\ue0ff"  # no whitespace to a regular expression, unlike the control characters
_LINK = re.compile(r"""(?P<sep>['"]?\s*(?:->|=>|:=|[:=]{1,2})\s*)?(?P<open>[\[({<'"\s]*)$""")
_JOIN = re.compile(r"%?(?:\s*(?P<join>/|,|-|±|\+/-|\+-|\(|\bof\b|\bout of\b)\s*|\s+)", re.IGNORECASE)
_BAR = re.compile(r"\d%\||\[[=>.\-#*]{5,}\]|━")
_OVER = re.compile(r"\s*/\s*\d")
_SEPARATORS = frozenset("|;,[]{}\t\ue0ff<>!?*#\"'=:%")
_NEVER_INSIDE = frozenset(MARK + ":;=|")  # not in the parentheses of a name
_STRIPPED = " .-–—~\\&@+/"

# Digits and brackets of a name are hidden as private characters while the numbers are found.
_HIDDEN = "0123456789[]"
_PRIVATE = "".join(chr(0xE000 + i) for i in range(len(_HIDDEN)))
_HIDE = str.maketrans(_HIDDEN, _PRIVATE)
_SHOW = str.maketrans(_PRIVATE, _HIDDEN)
_IN_NAME = re.compile(
    r"(?<![\w./-])([A-Za-z_][\w./-]*)"
    r"(?P<part>[\[(]\d{1,3}[\])](?=\s*[:=])"  # D[0]: 0.5, loss(1) = 0.5
    r"|\ \d(?=\s*[:=]\s*[-+\[(]?[\dni.])"  # D 1: 0.5
    r"|\ \d(?=\ [A-Za-z_][\w./-]*\s*[:=]))"  # scale 1 loss: 0.5
)
_REAL_FAKE = re.compile(r"real\s*[/,&]\s*fake", re.IGNORECASE)  # "D real/fake: 0.6 / 0.4"
_COUNTED = r"(?:epoch|ep|batch|minibatch|iter|iters|iteration|it|itr|step|tick)"
_GLUED = re.compile(rf"\b({_COUNTED})[-_#]?(?=\d+(?![\w.]))", re.IGNORECASE)
_BAR_WITHOUT_END = re.compile(r"(?<![\w.,])(\d+)it (?=\[\d+:\d)")  # tqdm without a total: 123it [00:10
_MAYBE_GLUED = re.compile(r"[hprstnkHPRSTNK][-_#]?\d")  # much faster than the pattern above
_ENDED = re.compile(
    r"\b(?:done|complet|finish|end|took|taken|sav|load|resum|total|best|checkpoint)", re.IGNORECASE
)
_LETTERS = re.compile(r"[A-Za-z_]{2,}")
_SPLIT_WORD = re.compile(
    r"\b(?P<val>val|valid|validation|eval|evaluation)\b|\b(?P<test>test|testing)\b", re.IGNORECASE
)
_NAMES_SPLIT = re.compile(r"val|eval|test|train", re.IGNORECASE)


def read_line(text: str) -> ParsedLine | None:
    """Parse a printed line; None if it contains no number that means anything.

    Args:
        text: One line without its ending and without terminal escapes.
    """
    text = prepared(text)
    if not text:
        return None
    masked = mask(text)
    return read_numbers(text, masked, [(n, number_or_none(n.group())) for n in NUMBER.finditer(masked)])


def prepared(text: str) -> str:
    """Return `text` with plain numbers for tensors, `Batch 012` for `Batch012`; "" if it has no number."""
    if len(text) > MAX_TEXT or not _HAS_NUMBER.search(text) or "Namespace(" in text:
        return ""
    if "(" in text and ("ensor" in text or "np." in text or "numpy" in text or "Array" in text):
        text = vocabulary.PRINTED_TENSOR.sub(lambda m: next((g for g in m.groups() if g), ""), text)
    if "it [" in text:
        text = _BAR_WITHOUT_END.sub(r"it \1 ", text)
    return _GLUED.sub(r"\1 ", text) if _MAYBE_GLUED.search(text) else text


def mask(text: str) -> str:
    """Return `text` with dates, rates, bars and paths masked and digits of names hidden; same length."""
    text = vocabulary.masked_pattern().sub(lambda m: MARK * len(m.group()), text)
    return _IN_NAME.sub(_hide, text)


def read_numbers(text: str, masked: str, numbers: Numbers) -> ParsedLine | None:
    """Parse a line whose numbers are already found.

    Args:
        text: The line as `prepared` returns it.
        masked: The same after `mask`.
        numbers: The matches of `NUMBER` in `masked`, and the value to use for each.
    """
    scan = _Scan()
    end = 0
    for number, value in numbers:
        gap, end = masked[end : number.start()], number.end()
        scan.take(gap, number.group(), value, masked[end : end + 16])
    scan.close_group()
    parsed = scan.parsed
    if scan.is_table_row():
        return None
    parsed.bar = _BAR.search(text) is not None
    if not parsed.pairs:
        parsed.heading = _is_heading(masked, parsed)
    return parsed if parsed.pairs or parsed.heading else None


def _hide(match: re.Match[str]) -> str:
    if vocabulary.counter(match[1]):
        return match[0]
    return match[1] + match["part"].translate(_HIDE)


def _is_heading(text: str, parsed: ParsedLine) -> bool:
    """Return whether a line without values is a heading such as `Epoch 3/100`."""
    if not parsed.counters or not parsed.counters[0].name or _ENDED.search(text):
        return False
    others = [w for w in _LETTERS.findall(text) if not (vocabulary.counter(w) or vocabulary.is_not_series(w))]
    return len(others) <= 2 and len(parsed.counters) <= 2


class TooLarge(float):
    """An infinity in place of a number that exceeds a double."""


def printed_number(text: str) -> float:
    """Return the value of a printed number.

    Raises:
        ValueError: It is "N/A" or the like.
    """
    value = float(text.replace(",", "") if "," in text else text)
    return TooLarge(value) if is_too_large(value, text) else value


def number_or_none(text: str) -> float | None:
    """Return the value of a printed number; None for "N/A" or the like."""
    try:
        return printed_number(text)
    except ValueError:
        return None


def name_at_end(gap: str) -> str:
    """Return the name that ends a gap: back to the last separator, with whole parentheses.

    `", D(G(z))"` gives `D(G(z))`, `"0.3) D_A"` gives `D_A`.
    """
    depth = 0
    opened = begin = 0
    for at in range(len(gap) - 1, -1, -1):
        sign = gap[at]
        if sign == ")":
            if depth == 0:
                opened = at
            depth += 1
        elif sign == "(":
            if depth == 0:
                begin = at + 1
                break
            depth -= 1
        elif depth == 0 and (sign in _SEPARATORS or _splits(gap, at)):
            begin = at + 1
            break
        elif sign in _NEVER_INSIDE:
            break
    if depth > 0:
        begin = opened + 1
    return gap[begin:].lstrip(_STRIPPED).rstrip(" -").removesuffix(" .").removesuffix(" is").translate(_SHOW)


def _splits(gap: str, at: int) -> bool:
    """Return whether two spaces, or a free-standing dash or slash, separate the name at `at`."""
    sign, before = gap[at], gap[at - 1 : at] or " "
    after = gap[at + 1 : at + 2]
    if sign == " ":
        return before == " " and after != ""
    return sign in "-/–—" and before in " -" and after == " "


class _Scan:
    """Reads the numbers of one line from left to right."""

    def __init__(self) -> None:
        self.parsed = ParsedLine()
        self._last = ""  # kind of the last number: "counter", "value" or "skip"
        self._name = ""
        self._sure = False
        self._group: list[tuple[str, float | None]] = []
        self._bracket = False
        self._used: dict[str, int] = {}
        self._before: list[str] = []
        self._split: str | None = None
        self._unnamed = 0

    def take(self, gap: str, number: str, value: float | None, after: str) -> None:
        """Read the next number, with the text before it and the first characters after it."""
        is_integer = number.replace(",", "").isdigit()
        join = _JOIN.fullmatch(gap) if self._last else None
        if join:
            self._continue((join["join"] or " ").lower(), value, is_integer)
        else:
            self.close_group()
            self._start(gap, value, is_integer, after)
        if self._split is None:
            self._before.append(gap)

    def is_table_row(self) -> bool:
        """Return whether most numbers are unnamed and there is no counter: a row of a printed table."""
        return not self.parsed.counters and self._unnamed > len(self.parsed.pairs)

    def _continue(self, join: str, value: float | None, is_integer: bool) -> None:
        """Read a number that continues the last one."""
        counters = self.parsed.counters
        if self._last == "counter" and is_integer and value is not None and math.isfinite(value):
            if join in ("/", "of", "out of"):
                counters[-1] = counters[-1]._replace(total=int(value))
            elif join in (",", " ") or (join == "-" and not counters[-1].name):
                counters.append(Counter("", value))
        elif self._last == "value" and (join in ("/", ",") or self._is_vector_part(join, is_integer)):
            self._group.append((join, value))
        else:
            self._unnamed += join == " "
            self.close_group()
            self._last = "skip"

    def _is_vector_part(self, join: str, is_integer: bool) -> bool:
        """Return whether a blank separates the parts of a vector: `[0.1 0.2]`, `Loss_D: 0.1 0.2`."""
        return join == " " and (self._bracket or (self._sure and not is_integer))

    def _start(self, gap: str, value: float | None, is_integer: bool, after: str) -> None:
        near = gap[-MAX_GAP:]
        link = _LINK.search(near)
        linked = link is not None and link["sep"] is not None
        bracket = link is not None and bool(link["open"].strip())
        name = name_at_end(near[: link.start()] if link else near)
        self._last = "skip"
        if not name:
            first = not (self.parsed.pairs or self.parsed.counters) and not gap.strip(" >" + MARK)
            has_total = _OVER.match(after) is not None
            of_bar = has_total and gap.rstrip().endswith(MARK)
            early = not self.parsed.pairs and (bracket or first or has_total)
            if is_integer and (early or of_bar):
                # "Epochs:   1%|   | 3/200" names the counter before the bar.
                counted = vocabulary.counter(name_at_end(near.rstrip(" :" + MARK))) if of_bar else None
                self._count(counted or "", value)
            else:
                self._unnamed += 1
            return
        counted = vocabulary.counter(name)
        if counted is None and bracket and is_integer and not self.parsed.counters and _OVER.match(after):
            self._count("", value)  # "Loss: [3/15] err_d: 0.5"
            return
        if counted == "epoch" and name.lower().endswith("s") and not _OVER.match(after):
            return  # epochs=200 is a setting
        if counted:
            if is_integer or (value is not None and counted in ("kimg", "nimg", "epoch", "tick")):
                self._count(counted, value)
        elif not vocabulary.is_not_series(name) and self._is_value(name, is_integer, linked, bracket):
            self._last, self._name, self._sure = "value", name, linked or bracket
            self._bracket = bracket
            self._group = [("", value)]
            if self._split is None:
                self._split = _split_of("".join(self._before) + gap[: gap.rfind(name[:2])])

    def _count(self, name: str, value: float | None) -> None:
        if value is None or not math.isfinite(value):
            return
        self.parsed.counters.append(Counter(name, value))
        self._last = "counter"

    @staticmethod
    def _is_value(name: str, is_integer: bool, linked: bool, bracket: bool) -> bool:
        """Return whether `name` before a number makes it a point, and is not a word of a sentence."""
        count = name.count(" ") + 1
        if len(name) > MAX_NAME or count > MAX_WORDS or not any(c.isalpha() for c in name):
            return False
        if linked:
            return True
        metric = sounds_like_metric(name)
        if is_integer:
            return metric and count <= 2
        return count <= (3 if metric else 1) or (bracket and count <= 3)

    def close_group(self) -> None:
        """Turn the value, pair or vector read so far into points."""
        group, self._group = self._group, []
        if len(group) == 1:
            self._add_pair(self._name, group[0][1])
        elif len(group) == 2 and group[1][0] == "/" and re.match(r"D.*G", self._name):
            # D's score of fakes before and after G's step, as PyTorch's DCGAN example prints it.
            self._add_pair(self._name, group[0][1])
            self._add_pair(f"{self._name} after", group[1][1])
        elif len(group) == 2 and _REAL_FAKE.search(self._name):
            for kind, (_, value) in zip(("real", "fake"), group, strict=True):
                self._add_pair(_REAL_FAKE.sub(kind, self._name), value)
        else:
            for index, (_, value) in enumerate(group):
                self._add_pair(f"{self._name}[{index}]", value)

    def _add_pair(self, name: str, value: float | None) -> None:
        if value is None:
            return
        if self._split and not _NAMES_SPLIT.search(name):
            name = f"{self._split}/{name}"
            self.parsed.held_out = True
        times = self._used[name] = self._used.get(name, 0) + 1
        self.parsed.pairs.append(Pair(name if times == 1 else f"{name} ({times})", value, self._sure))


def _split_of(before: str) -> str:
    """Return `val` or `test` if the words before a line's first value say so."""
    match = _SPLIT_WORD.search(before)
    if match is None:
        return ""
    return "val" if match["val"] else "test"
