"""The benchmarks, one command a row: `python benchmarks/run.py events-1m csv-1m`.

    python benchmarks/run.py --list
    python benchmarks/run.py all --rounds 5

Prints a Markdown table with the machine, the versions and the spread. Programs are compared in the same
run: each measurement is a fresh process held to one core with the page cache warm, the programs take
turns, and the table has medians (least-most). Ratios are of CPU time where all tell it, which a busy
machine changes least. Peers are installed into environments of their own, and logs are generated, in a
cache folder ($GAN_TUI_BENCHMARKS, else in the folder for temporary files).
"""

from __future__ import annotations

import argparse
import datetime as dt
from importlib import import_module
from pathlib import Path

import bench
import peers

MODULES = ("reading", "memory", "judging", "program")


def rows() -> dict[str, bench.Row]:
    """Every row by its name."""
    found = [row for module in MODULES for row in import_module(module).ROWS]
    return {row.name: row for row in found}


def main() -> None:
    """The command line."""
    known = rows()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("row", nargs="*", choices=[*known, "all", []], help="which to measure")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    parser.add_argument("--rounds", type=int, default=5, help="fresh processes for each program")
    parser.add_argument("--data", type=Path, default=bench.Options.data, help="where generated logs are kept")
    args = parser.parse_args()
    if args.list or not args.row:
        for row in known.values():
            print(f"{row.name:20} {row.what}")
        return
    bench.one_core()
    options = bench.Options(args.rounds, args.data)
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {bench.machine()}; one core;")
    print(f"medians of {args.rounds} fresh processes (least-most), page cache warm. {bench.busy_now()}\n")
    print(bench.line(bench.HEADS))
    print("|" + "---|" * len(bench.HEADS))
    chosen = [known[name] for name in (known if "all" in args.row else args.row)]
    for row in chosen:
        for outcome in row.measure(options):
            print(bench.line(outcome.cells()), flush=True)
    for packages in dict.fromkeys(packages for row in chosen for packages in row.peers):
        print(f"\nPeers: {peers.versions(*packages)}")


if __name__ == "__main__":
    main()
