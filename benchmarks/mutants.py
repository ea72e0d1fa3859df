"""Mutation tests of parsers and diagnosis: check that the tests detect small errors in the code.

    python benchmarks/mutants.py [--only WORD ...]

Each mutant is one hand-written change, made alone in a copy of the project; its tests have to fail. The
exit code is 1 if a mutant survives, or if the code that it changes is not found.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Mutant(NamedTuple):
    """One change."""

    file: str
    before: str
    """Occurs exactly once in the file."""
    after: str
    tests: str


EVENTS = "tests/logs/tensorboard/test_parser.py tests/faults/test_damage.py"
TABLES = "tests/logs/csv/test_parser.py"
RULES = "tests/diagnosis/test_rules.py tests/diagnosis/test_diagnoser.py"
MUTANTS = (
    Mutant(
        "logs/tensorboard/framing.py",
        "return bool(masked(crc32c(data[offset + HEADER : end])) == stored)",
        "return True",
        EVENTS,
    ),
    Mutant("logs/tensorboard/framing.py", "<= MAX_PAYLOAD and length_checksum(length) == stored else -1",
           "<= MAX_PAYLOAD else -1", EVENTS),
    Mutant("logs/tensorboard/parser.py", "place = framing.find_record(data, at)",
           "place = framing.find_record(data, at + 1)", EVENTS),
    Mutant("logs/tensorboard/parser.py", "self._offset + end - begin, reason))",
           "self._offset + end - begin - 1, reason))", EVENTS),
    Mutant("logs/tensorboard/protobuf.py", "LONGEST_VARINT = 10", "LONGEST_VARINT = 9", EVENTS),
    Mutant("logs/tensorboard/protobuf.py", "if number >> 63 else number", "if number >> 62 else number",
           EVENTS),
    Mutant("logs/tensorboard/fast/template_cache.py", "> MAX_SERIES:", "> MAX_SERIES + 1:", EVENTS),
    Mutant("logs/tensorboard/fast/template_cache.py", "if any(len(tag) > MAX_NAME for tag in new):",
           "if False:", EVENTS),
    Mutant("logs/csv/table.py", "(unexpected and is_junk(line))", "False", TABLES),
    Mutant("logs/csv/dialect.py", "stop = line_end.start()", "return first_end", TABLES),
    Mutant("logs/parsing/line_splitter.py", "MAX_LINE_BYTES = 4 * 1024 * 1024", "MAX_LINE_BYTES = 1 << 40",
           "tests/logs/parsing/test_line_splitter.py tests/logs/console/test_parser.py"),
    Mutant("logs/json/values.py", "MAX_DEPTH = 16", "MAX_DEPTH = 1", "tests/logs/json/test_lines.py"),
    Mutant("logs/json/document.py", "MAX_DEPTH = 32", "MAX_DEPTH = 1 << 30",
           "tests/logs/json/test_document.py"),
    Mutant("logs/parsing/fault_log.py", "group.bytes += size", "group.bytes = size", TABLES),
    Mutant("logs/formats/registry.py", "detected = _best_match(lines, filename) if lines else None", "pass",
           "tests/logs/formats/test_registry.py"),
    Mutant("diagnosis/rules.py", "if not missing >= MIN_NONFINITE:", "if not missing >= 0:", RULES),
    Mutant("diagnosis/rules.py", "if size > MAX_GROWTH * max(", "if size > 1e300 * max(", RULES),
    Mutant("diagnosis/rules.py", "if not share > MAX_SHARE:", "if True:", RULES),
    Mutant("diagnosis/rules.py", "if (badge is Badge.CONVERGING) == (wide[player] > 1):",
           "if (badge is Badge.CONVERGING) != (wide[player] > 1):", RULES),
    Mutant("sanitize.py", 'return REPLACEMENT if category[0] == "C" else char', "return char",
           "tests/test_sanitize.py"),
)  # fmt: skip


def problem_with(mutant: Mutant, copy: Path) -> str:
    """Test one mutant in a copy of the project; return what is wrong, or "" if the tests detect it."""
    file = copy / "gan_tui" / mutant.file
    code = file.read_text("utf-8")
    if code.count(mutant.before) != 1:
        return "its code is not found"
    file.write_text(code.replace(mutant.before, mutant.after), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests.split()]
    try:
        process = subprocess.run(command, cwd=copy, capture_output=True, check=False, timeout=900)
    except subprocess.TimeoutExpired:
        return ""  # an endless loop counts as detected
    finally:
        file.write_text(code, "utf-8")
    return (
        "" if process.returncode == 1 else "SURVIVES" if process.returncode == 0 else "its tests do not run"
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="*", default=[""], help="only mutants whose file contains one of these words"
    )
    args = parser.parse_args()
    failed = 0
    print("| file | changed to | tests | detected | seconds |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "*_cache", ".hypothesis"))
        for mutant in MUTANTS:
            if any(word in mutant.file for word in args.only):
                begin = time.monotonic()
                problem = problem_with(mutant, copy)
                failed += bool(problem)
                after = mutant.after.replace("|", "\\|")
                seconds = time.monotonic() - begin
                cells = (mutant.file, f"`{after}`", mutant.tests, problem or "yes", f"{seconds:.0f}")
                print("| " + " | ".join(cells) + " |", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
