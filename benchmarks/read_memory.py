"""Load one log and print the memory that this took as JSON.

    python benchmarks/read_memory.py FILE

Run by benchmarks/run.py, in a fresh process each time. Anonymous memory (RssAnon of /proc/self/status, Linux
only) excludes the page cache and mapped library files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gan_tui import load


def anonymous_mb() -> float:
    """Return the anonymous memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main() -> None:
    """Load the log and print the result."""
    run = load(sys.argv[1])
    points = sum(len(series.view()) for series in run.series.values())
    print(json.dumps({"mb": anonymous_mb(), "points": points}))


if __name__ == "__main__":
    main()
