"""Fill README's marked places with what the program really prints.

Run it from the project: python docs/make_readme.py
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from gan_tui.tui.key_bindings import KEYS, groups

ROOT = Path(__file__).parent.parent


def printed(command: str) -> str:
    """A command and its output, as a code block."""
    words = [sys.executable, "-m", "gan_tui", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return f"```\n$ {command}\n{done.stdout.rstrip()}\n```"


def key_table() -> str:
    """Every key, by group."""
    rows = ["| key | what it does |", "|---|---|"]
    for name, keys in groups(KEYS).items():
        rows.append(f"| **{name}** | |")
        rows += [f"| `{key.shown}` | {key.description.replace('|', chr(92) + '|')} |" for key in keys]
    return "\n".join(rows)


def main() -> None:
    """Rewrite README.md in place."""
    file = ROOT / "README.md"
    text = file.read_text(encoding="utf-8")
    text = re.sub(
        r"(<!-- output: (.*?) -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}{printed(m[2])}\n{m[3]}",
        text,
        flags=re.DOTALL,
    )
    text = re.sub(
        r"(<!-- keys -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{key_table()}\n{m[2]}", text, flags=re.DOTALL
    )
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
