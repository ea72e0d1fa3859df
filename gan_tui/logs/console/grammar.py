"""One printed line into counters and named numbers, by one grammar for all codebases.

Dates, rates, bars and paths are rubbed out first. What then stands between two numbers says what the
second one is: a name with a link (`Loss_D: `), a counter (`Epoch [`), a continuation (`, ` or ` / `).
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, TypeAlias

from msgspec import Struct, field

from gan_tui.logs.console import vocabulary as words
from gan_tui.logs.parsing.metric_words import sounds_like_metric
from gan_tui.logs.parsing.numbers import is_too_large

Numbers: TypeAlias = list[tuple[re.Match[str], float | None]]

MAX_TEXT = 8_000
"""A longer line is no progress line; reading it would only cost time."""
MAX_NAME = 120
MAX_GAP = 200
"""How far before a number its name and its link are looked for."""
MAX_WORDS = 6


class Counter(NamedTuple):
    """A number that says where the training stands."""

    name: str
    """What it counts: a word of `linewords.COUNTERS`, or "" where nothing names it (`[0/25][3/1583]`)."""
    value: float
    total: int | None = None
    """The N of `i/N`."""


class Pair(NamedTuple):
    """A named number."""

    name: str
    value: float
    sure: bool
    """Linked by a colon, an equals sign or brackets, not only standing beside its name."""


class ParsedLine(Struct):
    """What one line says."""

    counters: list[Counter] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    heading: bool = False
    """The line says only where the training stands: that holds for the lines below it."""
    bar: bool = False
    """The line is a progress bar, which may be drawn again."""
    held_out: bool = False
    """The line speaks of validation or test data; its names begin with `val/` or `test/`."""


NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z_)\]][-./@+])"  # not within a word, not the 1 of "loss-1" or "D/0"
    r"(?:[-+]?(?:(?:\d{1,3}(?:,\d{3}){1,5}(?!,?\d)|\d+)(?:\.\d+|\.(?![.\d]))?|\.\d+)(?:e[-+]?\d+)?"
    r"|[-+]?(?:nan|inf(?:inity)?)"
    r"|N/A|NA|none|null)"
    r"(?!\w)",
    re.IGNORECASE,
)
_WORTH = re.compile(r"\d|nan|inf", re.IGNORECASE)
MARK = "\ue0ff"  # no whitespace to a regular expression, unlike the control characters
_LINK = re.compile(r"""(?P<sep>['"]?\s*(?:->|=>|:=|[:=]{1,2})\s*)?(?P<open>[\[({<'"\s]*)$""")
_JOIN = re.compile(r"%?(?:\s*(?P<join>/|,|-|±|\+/-|\+-|\(|\bof\b|\bout of\b)\s*|\s+)", re.IGNORECASE)
_BAR = re.compile(r"\d%\||\[[=>.\-#*]{5,}\]|━")
_OVER = re.compile(r"\s*/\s*\d")
_HARD = frozenset("|;,[]{}\t\ue0ff<>!?*#\"'=:%")
_NEVER_INSIDE = frozenset(MARK + ":;=|")  # no parentheses of a name hold these
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
_HALVES = re.compile(r"real\s*[/,&]\s*fake", re.IGNORECASE)  # "D real/fake: 0.6 / 0.4"
_COUNTED = r"(?:epoch|ep|batch|minibatch|iter|iters|iteration|it|itr|step|tick)"
_GLUED = re.compile(rf"\b({_COUNTED})[-_#]?(?=\d+(?![\w.]))", re.IGNORECASE)
_BAR_WITHOUT_END = re.compile(r"(?<![\w.,])(\d+)it (?=\[\d+:\d)")  # tqdm without a total: 123it [00:10
_MAYBE_GLUED = re.compile(r"[hprstnkHPRSTNK][-_#]?\d")  # much faster than the pattern above
_ENDED = re.compile(
    r"\b(?:done|complet|finish|end|took|taken|sav|load|resum|total|best|checkpoint)", re.IGNORECASE
)
_LETTERS = re.compile(r"[A-Za-z_]{2,}")
_HELD_OUT = re.compile(
    r"\b(?P<val>val|valid|validation|eval|evaluation)\b|\b(?P<test>test|testing)\b", re.IGNORECASE
)
_ABOUT_HELD_OUT = re.compile(r"val|eval|test|train", re.IGNORECASE)


def read_line(text: str) -> ParsedLine | None:
    """What a printed line says, or None when it holds no number that means anything.

    Args:
        text: One line without its ending and without terminal escapes.
    """
    text = prepared(text)
    if not text:
        return None
    rubbed = rub_out(text)
    return read_numbers(text, rubbed, [(n, _number(n.group())) for n in NUMBER.finditer(rubbed)])


def prepared(text: str) -> str:
    """`text` with tensors as plain numbers and `Batch012` as `Batch 012`; "" where nothing is to be read."""
    if len(text) > MAX_TEXT or not _WORTH.search(text) or "Namespace(" in text:
        return ""
    if "(" in text and ("ensor" in text or "np." in text or "numpy" in text or "Array" in text):
        text = words.WRAPPED.sub(lambda m: next((g for g in m.groups() if g), ""), text)
    if "it [" in text:
        text = _BAR_WITHOUT_END.sub(r"it \1 ", text)
    return _GLUED.sub(r"\1 ", text) if _MAYBE_GLUED.search(text) else text


def rub_out(text: str) -> str:
    """`text`, as long as before, with marks for dates, rates, bars, paths, and digits of names hidden."""
    text = words.rubbed_out().sub(lambda m: MARK * len(m.group()), text)
    return _IN_NAME.sub(_hide, text)


def read_numbers(text: str, rubbed: str, numbers: Numbers) -> ParsedLine | None:
    """What a line says, its numbers given.

    Args:
        text: The line as `prepared` gives it.
        rubbed: The same after `rub_out`.
        numbers: The matches of `NUMBER` in `rubbed`, and what to take for the value of each.
    """
    scan = _Scan()
    end = 0
    for number, value in numbers:
        gap, end = rubbed[end : number.start()], number.end()
        scan.take(gap, number.group(), value, rubbed[end : end + 16])
    scan.close_group()
    reading = scan.reading
    if scan.is_table_row():
        return None
    reading.bar = _BAR.search(text) is not None
    if not reading.pairs:
        reading.heading = _is_heading(rubbed, reading)
    return reading if reading.pairs or reading.heading else None


def _hide(found: re.Match[str]) -> str:
    if words.counter(found[1]):
        return found[0]
    return found[1] + found["part"].translate(_HIDE)


def _is_heading(text: str, reading: ParsedLine) -> bool:
    """Whether a line without values is a heading such as `Epoch 3/100`."""
    if not reading.counters or not reading.counters[0].name or _ENDED.search(text):
        return False
    others = [w for w in _LETTERS.findall(text) if not (words.counter(w) or words.is_no_series(w))]
    return len(others) <= 2 and len(reading.counters) <= 2


class TooLarge(float):
    """An infinity that no line said: a double holds no such number."""


def printed_number(text: str) -> float:
    """The value of a number as printed.

    Raises:
        ValueError: It is "N/A" or the like.
    """
    value = float(text.replace(",", "") if "," in text else text)
    return TooLarge(value) if is_too_large(value, text) else value


def _number(text: str) -> float | None:
    try:
        return printed_number(text)
    except ValueError:
        return None


def name_at_end(gap: str) -> str:
    """The name that ends a gap: back to the last separator, parentheses kept whole.

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
        elif depth == 0 and (sign in _HARD or _splits(gap, at)):
            begin = at + 1
            break
        elif sign in _NEVER_INSIDE:
            break
    if depth > 0:
        begin = opened + 1
    return gap[begin:].lstrip(_STRIPPED).rstrip(" -").removesuffix(" .").removesuffix(" is").translate(_SHOW)


def _splits(gap: str, at: int) -> bool:
    """Whether two spaces, or a dash or slash that stands alone, part the name at `at`."""
    sign, before = gap[at], gap[at - 1 : at] or " "
    after = gap[at + 1 : at + 2]
    if sign == " ":
        return before == " " and after != ""
    return sign in "-/–—" and before in " -" and after == " "


class _Scan:
    """The state while the numbers of one line are read from left to right."""

    def __init__(self) -> None:
        self.reading = ParsedLine()
        self._last = ""  # what the last number was: "counter", "value" or "skip"
        self._name = ""
        self._sure = False
        self._group: list[tuple[str, float | None]] = []
        self._bracket = False
        self._used: dict[str, int] = {}
        self._before: list[str] = []
        self._split: str | None = None
        self._orphans = 0

    def take(self, gap: str, number: str, value: float | None, after: str) -> None:
        """The next number, with what stands before it and the first letters of what follows."""
        whole = number.replace(",", "").isdigit()
        join = _JOIN.fullmatch(gap) if self._last else None
        if join:
            self._go_on((join["join"] or " ").lower(), value, whole)
        else:
            self.close_group()
            self._start(gap, value, whole, after)
        if self._split is None:
            self._before.append(gap)

    def is_table_row(self) -> bool:
        """Whether most numbers have no name and nothing counts: a row of a printed table."""
        return not self.reading.counters and self._orphans > len(self.reading.pairs)

    def _go_on(self, join: str, value: float | None, whole: bool) -> None:
        """A number that goes on where the last one stood."""
        counters = self.reading.counters
        if self._last == "counter" and whole and value is not None and math.isfinite(value):
            if join in ("/", "of", "out of"):
                counters[-1] = counters[-1]._replace(total=int(value))
            elif join in (",", " ") or (join == "-" and not counters[-1].name):
                counters.append(Counter("", value))
        elif self._last == "value" and (join in ("/", ",") or self._goes_on(join, whole)):
            self._group.append((join, value))
        else:
            self._orphans += join == " "
            self.close_group()
            self._last = "skip"

    def _goes_on(self, join: str, whole: bool) -> bool:
        """Whether blanks part the parts of a vector: `[0.1 0.2]`, `Loss_D: 0.1 0.2`."""
        return join == " " and (self._bracket or (self._sure and not whole))

    def _start(self, gap: str, value: float | None, whole: bool, after: str) -> None:
        near = gap[-MAX_GAP:]
        link = _LINK.search(near)
        linked = link is not None and link["sep"] is not None
        bracket = link is not None and bool(link["open"].strip())
        name = name_at_end(near[: link.start()] if link else near)
        self._last = "skip"
        if not name:
            first = not (self.reading.pairs or self.reading.counters) and not gap.strip(" >" + MARK)
            over = _OVER.match(after) is not None
            of_bar = over and gap.rstrip().endswith(MARK)
            early = not self.reading.pairs and (bracket or first or over)
            if whole and (early or of_bar):
                # "Epochs:   1%|   | 3/200" says before the bar what it counts.
                said = words.counter(name_at_end(near.rstrip(" :" + MARK))) if of_bar else None
                self._count(said or "", value)
            else:
                self._orphans += 1
            return
        counted = words.counter(name)
        if counted is None and bracket and whole and not self.reading.counters and _OVER.match(after):
            self._count("", value)  # "Loss: [3/15] err_d: 0.5"
            return
        if counted == "epoch" and name.lower().endswith("s") and not _OVER.match(after):
            return  # epochs=200 is a setting
        if counted:
            if whole or (value is not None and counted in ("kimg", "nimg", "epoch", "tick")):
                self._count(counted, value)
        elif not words.is_no_series(name) and self._is_value(name, whole, linked, bracket):
            self._last, self._name, self._sure = "value", name, linked or bracket
            self._bracket = bracket
            self._group = [("", value)]
            if self._split is None:
                self._split = _held_out("".join(self._before) + gap[: gap.rfind(name[:2])])

    def _count(self, name: str, value: float | None) -> None:
        if value is None or not math.isfinite(value):
            return
        self.reading.counters.append(Counter(name, value))
        self._last = "counter"

    @staticmethod
    def _is_value(name: str, whole: bool, linked: bool, bracket: bool) -> bool:
        """Whether `name` before a number makes it a point, and is not a word of a sentence."""
        count = name.count(" ") + 1
        if len(name) > MAX_NAME or count > MAX_WORDS or not any(c.isalpha() for c in name):
            return False
        if linked:
            return True
        metric = sounds_like_metric(name)
        if whole:
            return metric and count <= 2
        return count <= (3 if metric else 1) or (bracket and count <= 3)

    def close_group(self) -> None:
        """The value, pair or vector read so far becomes points."""
        group, self._group = self._group, []
        if len(group) == 1:
            self._give(self._name, group[0][1])
        elif len(group) == 2 and group[1][0] == "/" and re.match(r"D.*G", self._name):
            # D's score of the fakes before and after G's step, as PyTorch's DCGAN example prints it.
            self._give(self._name, group[0][1])
            self._give(f"{self._name} after", group[1][1])
        elif len(group) == 2 and _HALVES.search(self._name):
            for half, (_, value) in zip(("real", "fake"), group, strict=True):
                self._give(_HALVES.sub(half, self._name), value)
        else:
            for index, (_, value) in enumerate(group):
                self._give(f"{self._name}[{index}]", value)

    def _give(self, name: str, value: float | None) -> None:
        if value is None:
            return
        if self._split and not _ABOUT_HELD_OUT.search(name):
            name = f"{self._split}/{name}"
            self.reading.held_out = True
        times = self._used[name] = self._used.get(name, 0) + 1
        self.reading.pairs.append(Pair(name if times == 1 else f"{name} ({times})", value, self._sure))


def _held_out(before: str) -> str:
    """`val` or `test` where the words before a line's first value say so."""
    found = _HELD_OUT.search(before)
    if found is None:
        return ""
    return "val" if found["val"] else "test"
