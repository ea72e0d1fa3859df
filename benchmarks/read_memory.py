"""Open one log, load some of its columns, and print the memory that this took as JSON.

    python benchmarks/read_memory.py FILE COLUMNS

Run by benchmarks/run.py, in a fresh process each time. Anonymous memory (RssAnon of /proc/self/status, Linux
only) excludes the page cache and mapped library files.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

from gan_tui import load


def anonymous_mb() -> float:
    """Return the anonymous memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def main() -> None:
    """Open the log, load the columns and print the result."""
    run = load(sys.argv[1])
    names = list(itertools.islice(run.series, int(sys.argv[2])))
    views = [run.series[name].view() for name in names]
    points = sum(len(series) for series in run.series.values())
    print(json.dumps({"mb": anonymous_mb(), "points": points, "loaded": sum(map(len, views))}))


if __name__ == "__main__":
    main()
