"""The filter for runs: words, AND, `|`, `!not`, globs, `/regex/` and `badge:diverged`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import TypeAlias

from msgspec import Struct

from gan_tui.monitoring.snapshot import RunState

Predicate: TypeAlias = Callable[[RunState], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<or>\||OR\b) | (?P<and>&|AND\b) | (?P<not>!|NOT\b)
      | (?P<field>badge|status|name):(?P<value>"[^"]*"?|[^\s|&]*)
      | /(?P<regex>(?:\\.|[^/\\])*)(?:/|$)
      | "(?P<quoted>[^"]*)(?:"|$)
      | (?P<word>[^\s|&]+)
    )""",
    re.VERBOSE,
)
"""One token of a filter. An unfinished token, such as a regex without its end, is accepted while typing."""


class RunFilter(Struct, frozen=True):
    """A parsed filter.

    Args:
        text: The text as typed. Adjacent words must all match; `|` separates alternatives.
        alternatives: Predicates; all of at least one alternative must hold. Empty to match every run.
        error: What is wrong with the text, or "".
    """

    text: str = ""
    alternatives: tuple[tuple[Predicate, ...], ...] = ()
    error: str = ""

    def matches(self, run: RunState) -> bool:
        """Whether a run matches."""
        if not self.alternatives:
            return True
        return any(all(predicate(run) for predicate in predicates) for predicates in self.alternatives)


def parse_filter(text: str) -> RunFilter:
    """Parse a filter. Never raises: a filter with an `error` matches every run."""
    alternatives: list[list[Predicate]] = [[]]
    negated = False
    position = 0
    while text[position:].strip():
        token = _TOKEN.match(text, position)
        if token is None:
            return RunFilter(text, (), f"cannot read {text[position:].strip()!r}")
        position = token.end()
        kind = token.lastgroup
        if kind == "or":
            alternatives.append([])
        elif kind == "not":
            negated = not negated
        elif kind != "and":
            try:
                predicate = _predicate(token)
            except re.error as error:
                return RunFilter(text, (), f"not a regular expression: {error}")
            alternatives[-1].append(_negate(predicate) if negated else predicate)
            negated = False
    return RunFilter(text, tuple(tuple(predicates) for predicates in alternatives if predicates))


def _negate(predicate: Predicate) -> Predicate:
    return lambda run: not predicate(run)


def _predicate(token: re.Match[str]) -> Predicate:
    field, value = token["field"], (token["value"] or "").strip('"')
    if field == "badge":
        return lambda run: _has_badge(run, value)
    if field == "status":
        return lambda run: str(run.status).startswith(value.casefold())
    if field == "name":
        return _contains(value)
    if token["regex"] is not None:
        pattern = re.compile(token["regex"], re.IGNORECASE)
        return lambda run: any(pattern.search(name) for name in (run.name, run.path))
    return _contains(token["quoted"] if token["word"] is None else token["word"])


def _contains(word: str) -> Predicate:
    """Match a part of a name or path, or all of it if `word` is a glob; case does not matter."""
    if any(c in word for c in "*?["):
        pattern = re.compile(translate(word), re.IGNORECASE)
        return lambda run: any(pattern.match(name) for name in (run.name, run.path))
    folded = word.casefold()
    return lambda run: any(folded in name.casefold() for name in (run.name, run.path))


def _has_badge(run: RunState, prefix: str) -> bool:
    """Whether the badge, or another state that applies at the same time, has a name with this prefix."""
    folded = prefix.casefold().replace(" ", "-")
    badges = (run.diagnosis.badge, *run.diagnosis.also)
    return any(str(b).startswith(folded) or b.label.replace(" ", "-").startswith(folded) for b in badges)


def matching_runs(runs: Sequence[RunState], run_filter: RunFilter) -> tuple[RunState, ...]:
    """Return the runs that match."""
    return tuple(run for run in runs if run_filter.matches(run))
