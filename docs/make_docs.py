"""Fill the marked sections of the documentation with the real output of the program.

Run it in the project folder: python docs/make_docs.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from gan_tui.tui.key_bindings import KEYS, groups

DOCS = Path(__file__).parent
ROOT = DOCS.parent


def command_output(command: str) -> str:
    """Return a command and its output as a code block."""
    arguments = [sys.executable, "-m", "gan_tui", *shlex.split(command)[1:]]
    process = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return f"```\n$ {command}\n{process.stdout.rstrip()}\n```"


def key_table() -> str:
    """Return all keys, by group, as a Markdown table."""
    rows = ["| key | what it does |", "|---|---|"]
    for name, keys in groups(KEYS).items():
        rows.append(f"| **{name}** | |")
        rows += [f"| `{key.label}` | {key.description.replace('|', chr(92) + '|')} |" for key in keys]
    return "\n".join(rows)


def fill_sections(text: str) -> str:
    """Return `text` with its marked sections filled in."""
    text = re.sub(
        r"(<!-- output: (.*?) -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}{command_output(m[2])}\n{m[3]}",
        text,
        flags=re.DOTALL,
    )
    return re.sub(
        r"(<!-- keys -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{key_table()}\n{m[2]}", text, flags=re.DOTALL
    )


def main() -> None:
    """Rewrite all Markdown files of the documentation in place."""
    for file in sorted(DOCS.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        file.write_text(fill_sections(text), encoding="utf-8")


if __name__ == "__main__":
    main()
