"""Every parser under a fuzzer that looks for new paths through its code, and a table of what came of it.

    python benchmarks/fuzz.py                        ten minutes each, two at a time (--jobs)
    python benchmarks/fuzz.py csv jsonl --seconds 30

Needs atheris (`pip install -e '.[fuzz]'`); where there is none for this Python, it says so and ends with
exit code 0. What must hold stands in tests/helpers/fuzzed.py: however a log is cut, the same points and
faults; no error; no endless work; 512 MB at most. It begins with tests/corpus/TARGET, and an input that
breaks something is kept there: tests/properties/test_corpus.py tries each of them for ever after. The exit
code is 1 where one was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "corpus"
MOST_MB = 512
SLOWEST = 20
"""Seconds that one input may take; the machine may be busy."""
LONGEST = 8192
ROUND = 90
"""Seconds after which a fresh process goes on with what was found: atheris 3.0 keeps some 20 kB of each input
that goes through instrumented code, and a limit on memory is to speak of the parsers."""

PARSERS = (
    "console.parser", "csv.parser", "json.document", "json.lines", "metric_file.npy", "metric_file.text",
    "tensorboard.parser",
)  # fmt: skip


def fuzz(target: str, arguments: list[str]) -> None:
    """Run one target in this process; does not return."""
    import atheris  # noqa: PLC0415 - there is none for every Python

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["gan_tui"], enable_loader_override=False):
        # Loaded lazily by the table of formats, so name them here.
        for module in PARSERS:
            import_module(f"gan_tui.logs.{module}")
        from tests.helpers.fuzzed import TARGETS  # noqa: PLC0415
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def _stood_still(target: str, found: set[Path]) -> bool:
    """Whether all that was found is an input that only took long because the machine did something else.

    Those are taken away again.
    """
    for path in found:
        if not path.name.startswith(("timeout-", "slow-unit-")):
            return False
        command = [sys.executable, __file__, "--inside", target, "--", f"-timeout={SLOWEST}", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
        path.unlink()
    return bool(found)


def run(target: str, seconds: int) -> tuple[str, bool]:
    """Fuzz one target in a process of its own; gives its line of the table and whether it held."""
    seeds = CORPUS / target
    seeds.mkdir(parents=True, exist_ok=True)
    before = set(seeds.iterdir())
    begin, units, code, said = time.monotonic(), 0, 0, ""
    with tempfile.TemporaryDirectory() as fresh:
        while not code and (left := round(begin + seconds - time.monotonic())) > 0:
            command = [
                sys.executable, __file__, "--inside", target, "--",
                f"-max_total_time={min(left, ROUND)}", f"-rss_limit_mb={MOST_MB}", f"-timeout={SLOWEST}",
                f"-max_len={LONGEST}", f"-artifact_prefix={seeds}{os.sep}", "-print_final_stats=1",
                fresh, str(seeds),
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            code, said = done.returncode, done.stdout + done.stderr
            if code and _stood_still(target, set(seeds.iterdir()) - before):
                code = 0
            runs = re.search(r"number_of_executed_units:\s*(\d+)", said)
            units += int(runs[1]) if runs else 0
    paths = re.findall(r"cov: (\d+) ft: (\d+)", said)
    found = sorted(path.name for path in set(seeds.iterdir()) - before)
    why = re.search(r"Uncaught Python exception: ===\s*\n(.*)|ERROR: (libFuzzer: .*)", said)
    verdict = ", ".join(found) or (f"exit code {code}" if code else "none")
    if why:
        verdict += f": {(why[1] or why[2]).strip()[:100]}"
    if code and not units:
        print(said[-2000:], file=sys.stderr)
    cells = [
        target,
        f"{time.monotonic() - begin:.0f}",
        f"{units:,}" if units else "?",
        paths[-1][0] if paths else "?",
        verdict,
    ]
    return "| " + " | ".join(cells) + " |", not code and not found


def main() -> None:
    """The command line."""
    if sys.argv[1:2] == ["--inside"]:
        fuzz(sys.argv[2], sys.argv[4:])
    if importlib.util.find_spec("atheris") is None:
        print(f"skipped: no atheris for Python {platform.python_version()} (pip install -e '.[fuzz]')")
        return
    sys.path.insert(0, str(ROOT))
    from tests.helpers.fuzzed import TARGETS  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="which parsers; all without")
    parser.add_argument("--seconds", type=int, default=600, help="for each")
    parser.add_argument("--jobs", type=int, default=2, help="so many at a time")
    args = parser.parse_args()
    print("| parser | seconds | inputs | edges of code reached | findings |\n|---|---|---|---|---|")
    held = True
    with ThreadPoolExecutor(args.jobs) as pool:
        for line, fine in pool.map(lambda target: run(target, args.seconds), args.target or TARGETS):
            print(line, flush=True)
            held &= fine
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
