"""Exit codes, and how errors are printed."""

from __future__ import annotations

import click

from gan_tui.sanitize import clean

OK = 0
BADGE_FOUND = 1
"""A run has a badge that `--fail-on` or `--until` names."""
ERROR = 2
"""Wrong usage, or nothing readable."""
INTERRUPTED = 130
"""Ctrl-C, as in a shell."""


def print_error(problem: object) -> None:
    """Print a problem on stderr as one line. It may contain hostile paths and names."""
    click.echo(f"gan-tui: {clean(str(problem), 2_000)}", err=True)
