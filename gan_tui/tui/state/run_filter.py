"""The filter for runs: words, AND, `|`, `!not`, globs, `/regex/` and `badge:diverged`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from typing import TypeAlias

from msgspec import Struct

from gan_tui.monitoring.snapshot import RunState

Test: TypeAlias = Callable[[RunState], bool]

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
"""One piece of a filter; what is still being typed, such as a regex without its end, counts already."""


class RunFilter(Struct, frozen=True):
    """Which runs are listed.

    Args:
        text: What was typed. Words beside each other must all hold, `|` separates alternatives.
        alternatives: Of each the tests that must hold; none lets every run through.
        problem: What is wrong with the text, in words; "" where nothing is.
    """

    text: str = ""
    alternatives: tuple[tuple[Test, ...], ...] = ()
    problem: str = ""

    def matches(self, run: RunState) -> bool:
        """Whether a run passes."""
        if not self.alternatives:
            return True
        return any(all(test(run) for test in tests) for tests in self.alternatives)


def parse(text: str) -> RunFilter:
    """Read a filter. Never raises: what cannot be read is said in `problem` and lets every run through."""
    groups: list[list[Test]] = [[]]
    denied = False
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            return RunFilter(text, (), f"cannot read {text[at:].strip()!r}")
        at = token.end()
        kind = token.lastgroup
        if kind == "or":
            groups.append([])
        elif kind == "not":
            denied = not denied
        elif kind != "and":
            try:
                test = _test(token)
            except re.error as error:
                return RunFilter(text, (), f"not a regular expression: {error}")
            groups[-1].append(_denied(test) if denied else test)
            denied = False
    return RunFilter(text, tuple(tuple(tests) for tests in groups if tests))


def _denied(test: Test) -> Test:
    return lambda run: not test(run)


def _test(token: re.Match[str]) -> Test:
    field, value = token["field"], (token["value"] or "").strip('"')
    if field == "badge":
        return lambda run: _badge(run, value)
    if field == "status":
        return lambda run: str(run.status).startswith(value.casefold())
    if field == "name":
        return _word(value)
    if token["regex"] is not None:
        pattern = re.compile(token["regex"], re.IGNORECASE)
        return lambda run: any(pattern.search(name) for name in (run.name, run.path))
    return _word(token["quoted"] if token["word"] is None else token["word"])


def _word(word: str) -> Test:
    """Part of a name or path, or the whole of it as a glob; capitals do not matter."""
    if any(c in word for c in "*?["):
        pattern = re.compile(translate(word), re.IGNORECASE)
        return lambda run: any(pattern.match(name) for name in (run.name, run.path))
    low = word.casefold()
    return lambda run: any(low in name.casefold() for name in (run.name, run.path))


def _badge(run: RunState, start: str) -> bool:
    """Whether the badge, or another state that holds at the same time, begins so."""
    low = start.casefold().replace(" ", "-")
    held = (run.diagnosis.badge, *run.diagnosis.also)
    return any(str(b).startswith(low) or b.label.replace(" ", "-").startswith(low) for b in held)


def chosen(runs: Sequence[RunState], by: RunFilter) -> tuple[RunState, ...]:
    """The runs that pass."""
    return tuple(run for run in runs if by.matches(run))
