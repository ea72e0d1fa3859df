"""Run a coverage-guided fuzzer on every parser, and print a table of the results.

    python benchmarks/fuzz.py                        ten minutes each, two at a time (--jobs)
    python benchmarks/fuzz.py csv jsonl --seconds 30

Needs atheris (`pip install -e '.[fuzz]'`). Without it, prints a message and exits with code 0. The properties
are in tests/helpers/fuzzed.py: the same points and faults however a log is cut, no exception, no endless
loop, at most 512 MB. Fuzzing starts from the inputs in tests/corpus/TARGET and stores failing inputs there,
where tests/properties/test_corpus.py runs them as regression tests. The exit code is 1 if there is a failing
input.
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
MAX_MB = 512
MAX_SECONDS = 20
"""Time limit for one input. Generous, because the machine may be busy."""
MAX_BYTES = 8192
ROUND_SECONDS = 90
"""Seconds after which a fresh process continues with the inputs so far. Atheris 3.0 keeps about 20 kB for
each input that runs instrumented code, and the memory limit is meant for the parsers."""

PARSERS = (
    "console.parser", "csv.parser", "json.document", "json.lines", "metric_file.npy", "metric_file.text",
    "tensorboard.parser",
)  # fmt: skip


def fuzz(target: str, arguments: list[str]) -> None:
    """Run one target in this process; does not return."""
    import atheris  # noqa: PLC0415 - not available for every Python

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["gan_tui"], enable_loader_override=False):
        # The table of formats loads them lazily, so they are imported here.
        for module in PARSERS:
            import_module(f"gan_tui.logs.{module}")
        from tests.helpers.fuzzed import TARGETS  # noqa: PLC0415
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def _are_false_timeouts(target: str, inputs: set[Path]) -> bool:
    """Return whether all new inputs only timed out because the machine was busy, and delete those.

    An input is a false timeout if it passes when run alone.
    """
    for path in inputs:
        if not path.name.startswith(("timeout-", "slow-unit-")):
            return False
        command = [sys.executable, __file__, "--inside", target, "--", f"-timeout={MAX_SECONDS}", str(path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
        path.unlink()
    return bool(inputs)


def run(target: str, seconds: int) -> tuple[str, bool]:
    """Fuzz one target in its own process; return its line of the table and whether it passed."""
    seeds = CORPUS / target
    seeds.mkdir(parents=True, exist_ok=True)
    before = set(seeds.iterdir())
    begin, units, code, output = time.monotonic(), 0, 0, ""
    with tempfile.TemporaryDirectory() as new_inputs:
        while not code and (left := round(begin + seconds - time.monotonic())) > 0:
            command = [
                sys.executable, __file__, "--inside", target, "--",
                f"-max_total_time={min(left, ROUND_SECONDS)}", f"-rss_limit_mb={MAX_MB}",
                f"-timeout={MAX_SECONDS}", f"-max_len={MAX_BYTES}",
                f"-artifact_prefix={seeds}{os.sep}", "-print_final_stats=1", new_inputs, str(seeds),
            ]  # fmt: skip
            process = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            code, output = process.returncode, process.stdout + process.stderr
            if code and _are_false_timeouts(target, set(seeds.iterdir()) - before):
                code = 0
            runs = re.search(r"number_of_executed_units:\s*(\d+)", output)
            units += int(runs[1]) if runs else 0
    paths = re.findall(r"cov: (\d+) ft: (\d+)", output)
    failing = sorted(path.name for path in set(seeds.iterdir()) - before)
    error = re.search(r"Uncaught Python exception: ===\s*\n(.*)|ERROR: (libFuzzer: .*)", output)
    result = ", ".join(failing) or (f"exit code {code}" if code else "none")
    if error:
        result += f": {(error[1] or error[2]).strip()[:100]}"
    if code and not units:
        print(output[-2000:], file=sys.stderr)
    cells = [
        target,
        f"{time.monotonic() - begin:.0f}",
        f"{units:,}" if units else "?",
        paths[-1][0] if paths else "?",
        result,
    ]
    return "| " + " | ".join(cells) + " |", not code and not failing


def main() -> None:
    """Run the command line."""
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
    parser.add_argument("target", nargs="*", choices=[*TARGETS, []], help="parsers to fuzz (default: all)")
    parser.add_argument("--seconds", type=int, default=600, help="seconds per parser")
    parser.add_argument("--jobs", type=int, default=2, help="parsers fuzzed at the same time")
    args = parser.parse_args()
    print("| parser | seconds | inputs | code edges covered | failing inputs |\n|---|---|---|---|---|")
    all_passed = True
    with ThreadPoolExecutor(args.jobs) as pool:
        for line, passed in pool.map(lambda target: run(target, args.seconds), args.target or TARGETS):
            print(line, flush=True)
            all_passed &= passed
    sys.exit(0 if all_passed else 1)


if __name__ == "__main__":
    main()
