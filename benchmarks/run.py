"""Run benchmarks by name, for example `python benchmarks/run.py events-1m csv-1m`.

    python benchmarks/run.py --list
    python benchmarks/run.py all --rounds 5

Prints a Markdown table with the machine, the versions and the spread. Programs are compared in the same
run: each measurement is a fresh process on one core with a warm page cache, the programs alternate, and
the table shows medians (minimum-maximum). Ratios use CPU time if it is known for both programs, since a
busy machine affects it least. Peers are installed into their own environments, and logs are generated, in a
cache folder ($GAN_TUI_BENCHMARKS, by default in the folder for temporary files).
"""

from __future__ import annotations

import argparse
import datetime as dt
from importlib import import_module
from pathlib import Path

import bench
import peers

MODULES = ("reading", "memory", "diagnosis", "program")


def rows() -> dict[str, bench.Row]:
    """Return every row by its name."""
    all_rows = [row for module in MODULES for row in import_module(module).ROWS]
    return {row.name: row for row in all_rows}


def main() -> None:
    """Run the command line."""
    available = rows()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("row", nargs="*", choices=[*available, "all", []], help="rows to measure")
    parser.add_argument("--list", action="store_true", help="list the rows and exit")
    parser.add_argument("--rounds", type=int, default=5, help="fresh processes per program")
    parser.add_argument("--data", type=Path, default=bench.Options.data, help="folder of the generated logs")
    args = parser.parse_args()
    if args.list or not args.row:
        for row in available.values():
            print(f"{row.name:20} {row.what}")
        return
    bench.use_one_core()
    options = bench.Options(args.rounds, args.data)
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {bench.machine()}; one core;")
    print(f"medians of {args.rounds} fresh processes (minimum-maximum), page cache warm.")
    print(f"{bench.load_warning()}\n")
    print(bench.line(bench.HEADS))
    print("|" + "---|" * len(bench.HEADS))
    selected = [available[name] for name in (available if "all" in args.row else args.row)]
    for row in selected:
        for outcome in row.measure(options):
            print(bench.line(outcome.cells()), flush=True)
    for packages in dict.fromkeys(packages for row in selected for packages in row.peers):
        print(f"\nPeers: {peers.versions(*packages)}")


if __name__ == "__main__":
    main()
