"""Opens one log, asks for so many columns, and prints as JSON what memory that took.

    python benchmarks/read_memory.py FILE COLUMNS

Run by benchmarks/run.py, in a fresh process each time. Anonymous memory is what the process itself holds:
the page cache and what libraries map from disk are not in it (RssAnon of /proc/self/status, Linux only).
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

from gan_tui import load


def anonymous_mb() -> float:
    """Anonymous memory that this process has now, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main() -> None:
    """Open, ask and report."""
    run = load(sys.argv[1])
    wanted = list(itertools.islice(run.series, int(sys.argv[2])))
    views = [run.series[name].view() for name in wanted]
    points = sum(len(series) for series in run.series.values())
    print(json.dumps({"mb": anonymous_mb(), "points": points, "loaded": sum(map(len, views))}))


if __name__ == "__main__":
    main()
