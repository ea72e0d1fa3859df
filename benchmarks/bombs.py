"""Read logs that are built to exhaust their reader; print time, peak memory and the message for each.

    python benchmarks/bombs.py [--only NAME ...]

`gan-tui check` reads each log in a fresh process. The logs also hold good rows or records, which have to be
read. A row fails if a traceback is shown, no problem is reported, a good point is lost, or the memory
limit is exceeded. The exit code is 1 if any row fails.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crc32c import crc32c

HERE = Path(__file__).parent
MAX_MB = 200
"""Memory limit; the program alone takes about 45 MB."""
MEGABYTE = 1 << 20
# Runs the program and writes its peak memory in kB; VmHWM excludes what the parent process had.
MEASURED = """
import atexit, pathlib, re, resource, sys
target = pathlib.Path(sys.argv.pop(1))
def write_peak():
    status = pathlib.Path("/proc/self/status")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target.write_text(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1] if status.exists() else str(peak))
atexit.register(write_peak)
from gan_tui.cli.main import main
main()
"""


@dataclass(frozen=True)
class Bomb:
    """One hostile log."""

    file: str
    chunks: Callable[[], Iterator[bytes]]
    points: int
    """Undamaged points, which have to be read."""
    silent: bool = False
    """Whether no fault is expected, since everything can be read."""


BOMBS: dict[str, Bomb] = {}


def bomb(
    name: str, file: str, points: int, *, silent: bool = False
) -> Callable[[Callable[[], Iterator[bytes]]], Callable[[], Iterator[bytes]]]:
    """Register the decorated generator of bytes as a bomb."""

    def register(make: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
        BOMBS[name] = Bomb(file, make, points, silent)
        return make

    return register


# -- event files -----------------------------------------------------------------------------------------

EVENTS = "events.out.tfevents.1700000000.host"


def masked(data: bytes) -> int:
    """Return the masked checksum of an event file."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(payload: bytes) -> bytes:
    """Return a record with correct checksums, whatever the payload is."""
    return header(len(payload)) + payload + struct.pack("<I", masked(payload))


def header(length: int) -> bytes:
    """Return a record's length and its checksum."""
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", masked(packed))


def varint(number: int) -> bytes:
    """Return a protobuf varint."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(field: int, content: bytes) -> bytes:
    """Return a field that holds a message, a string or bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def good(begin: int, count: int = 100) -> bytes:
    """Return records with d_loss and g_loss, one point each."""
    return b"".join(
        record(
            b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + varint(step)
            + message(5, message(1, message(1, tag) + b"\x15" + struct.pack("<f", 0.5 + step % 7)))
        )
        for step in range(begin, begin + count)
        for tag in (b"d_loss", b"g_loss")
    )  # fmt: skip


def value_record(fields: bytes) -> bytes:
    """Return a record with one summary value."""
    return record(b"\x10\x05" + message(5, message(1, fields)))


@bomb("events: a length of 2^60", EVENTS, 400)
def _long_length() -> Iterator[bytes]:
    yield good(1) + header(1 << 60) + b"x" * 1000 + good(200)


@bomb("events: a complete record of 2 GB", EVENTS, 400)
def _long_record() -> Iterator[bytes]:
    yield good(1) + header(2 << 30)
    for _ in range(2 << 10):
        yield bytes(MEGABYTE)
    yield bytes(4) + good(200)


@bomb("events: a record of 2 GB, cut short", EVENTS, 400)
def _truncated() -> Iterator[bytes]:
    yield good(1) + header(2 << 30) + b"\0" * 1000 + good(200)


@bomb("events: a record of 200 MB, cut short", EVENTS, 400)
def _truncated_shorter() -> Iterator[bytes]:
    yield good(1) + header(200 << 20) + b"\0" * 1000 + good(200)


@bomb("events: an unterminated varint", EVENTS, 400)
def _endless() -> Iterator[bytes]:
    yield good(1) + record(b"\x10" + b"\xff" * 50_000_000) + good(200)


@bomb("events: protobuf nested 10,000 deep", EVENTS, 400)
def _nested() -> Iterator[bytes]:
    inner = b""
    for _ in range(10_000):
        inner = message(5, inner)
    yield good(1) + record(b"\x10\x05" + inner)
    inner = b"\x08\x01"
    for _ in range(10_000):
        inner = message(15, inner)  # variants within tensors
    yield value_record(message(1, b"d_loss") + message(8, inner)) + good(200)


@bomb("events: a tensor of shape [1e9]", EVENTS, 400)
def _shape() -> Iterator[bytes]:
    shape = message(2, message(2, b"\x08" + varint(10**9)))
    yield good(1)
    yield value_record(message(1, b"d_loss") + message(8, b"\x08\x01" + shape + message(4, bytes(4))))
    yield good(200)


@bomb("events: a million tags", EVENTS, 400)
def _tags() -> Iterator[bytes]:
    yield good(1)
    for begin in range(0, 1_000_000, 10_000):
        yield b"".join(
            value_record(message(1, b"tag/%d" % n) + b"\x15\0\0\0\0") for n in range(begin, begin + 10_000)
        )
    yield good(200)


@bomb("events: a tag of 10 MB", EVENTS, 400)
def _long_tag() -> Iterator[bytes]:
    yield good(1) + value_record(message(1, b"d" * 10_000_000) + b"\x15\0\0\0\0") + good(200)


@bomb("events: 100 tags of 10 MB", EVENTS, 400)
def _long_tags() -> Iterator[bytes]:
    yield good(1)
    for at in range(100):
        yield value_record(message(1, b"%d" % at + b"d" * 10_000_000) + b"\x15\0\0\0\0")
    yield good(200)


@bomb("events: millions of valid headers in a row", EVENTS, 200)
def _headers() -> Iterator[bytes]:
    # Each header claims 1 MB. The last ones cover the good records that follow, which are reported too.
    yield good(1) + header(1_000_000) * 4_000_000 + good(200)


@bomb("events: an image of 50,000 x 50,000", EVENTS, 400)
def _image_in_events() -> Iterator[bytes]:
    yield good(1)
    for step in (0, 50, 100):
        image = message(4, png(50_000, 50_000))
        yield record(
            b"\x10" + varint(step) + message(5, message(1, message(1, b"fakes") + message(4, image)))
        )
    yield good(200)


# -- tables ------------------------------------------------------------------------------------------------

TABLE = "losses.csv"


def rows(begin: int, count: int = 100) -> bytes:
    """Return rows of a table with two losses."""
    return b"".join(b"%d,0.%d,1.%d\n" % (n, n % 7 + 1, n % 5 + 1) for n in range(begin, begin + count))


HEAD = b"step,d_loss,g_loss\n"


@bomb("CSV: a line of 1 GB between rows", TABLE, 400)
def _long_line() -> Iterator[bytes]:
    yield HEAD + rows(1)
    for _ in range(1 << 10):
        yield b"0.123456," * (MEGABYTE // 9)
    yield b"\n" + rows(200)


@bomb("CSV: only a line of 1 GB", TABLE, 0)
def _only_line() -> Iterator[bytes]:
    yield b"step,d_loss"
    for _ in range(1 << 10):
        yield b",column" * (MEGABYTE // 7)


@bomb("CSV: a quote that never ends, 1 GB", TABLE, 200)
def _quote() -> Iterator[bytes]:
    yield HEAD + rows(1) + b'101,"'
    for _ in range(1 << 10):
        yield b"x" * MEGABYTE


@bomb("CSV: a million columns", TABLE, 0)
def _columns() -> Iterator[bytes]:
    yield b"step," + b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n"
    for step in range(5):
        yield b"%d" % step + b",0.5" * 1_000_000 + b"\n"


@bomb("CSV: 4,000 columns, a name of 10 MB", TABLE, 0)
def _name() -> Iterator[bytes]:
    yield b"step," + b",".join(b"c%d" % n for n in range(4_000)) + b"," + b"n" * 10_000_000 + b"\n"
    for step in range(5):
        yield b"%d" % step + b",0.5" * 4_001 + b"\n"


@bomb("CSV: 100 MB of NUL bytes between rows", TABLE, 400)
def _nul() -> Iterator[bytes]:
    yield HEAD + rows(1)
    for _ in range(100):
        yield bytes(MEGABYTE)
    yield rows(200)


@bomb("CSV: Latin-1 instead of UTF-8", TABLE, 400, silent=True)
def _latin() -> Iterator[bytes]:
    yield "step,perte_générateur,d_loss\n".encode("latin-1") + rows(1) + rows(200)


@bomb("CSV: UTF-16 without a byte order mark", TABLE, 0)
def _utf16() -> Iterator[bytes]:
    yield (HEAD + rows(1)).decode().encode("utf-16-le")


@bomb("CSV: 50 MB of binary junk between rows", TABLE, 400)
def _junk() -> Iterator[bytes]:
    yield HEAD + rows(1)
    rng = __import__("random").Random(7)
    for _ in range(50):
        yield rng.randbytes(MEGABYTE)
    yield b"\n" + rows(200)


@bomb("CSV: 300,000 rows of different lengths", TABLE, 400)
def _ragged() -> Iterator[bytes]:
    yield HEAD + rows(1)
    for n in range(0, 300_000, 1000):
        yield b"".join(b"%d" % i + b",7" * (3 + i % 60) + b"\n" for i in range(n, n + 1000))
    yield rows(200)


@bomb("CSV: numbers of 400 and of a million digits", TABLE, 402)
def _digits() -> Iterator[bytes]:
    yield HEAD + rows(1)
    yield b"101," + b"9" * 400 + b",0.5\n102," + b"9" * 1_000_000 + b",0.5\n" + b"9" * 400 + b",1,1\n"
    yield rows(200)


# -- JSON --------------------------------------------------------------------------------------------------


def objects(begin: int, count: int = 100) -> bytes:
    """Return JSON lines with two losses."""
    return b"".join(
        json.dumps({"step": n, "d_loss": 0.5 + n % 7, "g_loss": 1.5 + n % 3}).encode() + b"\n"
        for n in range(begin, begin + count)
    )


@bomb("JSON lines: nested 100,000 deep", "log.jsonl", 400)
def _deep_line() -> Iterator[bytes]:
    yield objects(1) + b'{"step": 101, "d_loss": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    yield b'{"step": 102, "x": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001 + b"\n" + objects(200)


@bomb("JSON lines: 1e999 and numbers of 400 digits", "log.jsonl", 400)
def _numbers() -> Iterator[bytes]:
    yield objects(1) + b'{"step": 101, "d_loss": 1e999, "g_loss": -1e999}\n'
    yield b'{"step": 102, "d_loss": ' + b"9" * 400 + b', "g_loss": 0.' + b"9" * 400 + b"}\n"
    yield b'{"step": ' + b"9" * 400 + b', "d_loss": 1}\n{"step": 1e999, "d_loss": 1}\n' + objects(200)


@bomb("JSON lines: a line of 1 GB", "log.jsonl", 400)
def _json_line() -> Iterator[bytes]:
    yield objects(1) + b'{"step": 101, "text": "'
    for _ in range(1 << 10):
        yield b"x" * MEGABYTE
    yield b'"}\n' + objects(200)


@bomb("JSON lines: a million names", "log.jsonl", 400)
def _json_names() -> Iterator[bytes]:
    yield objects(1)
    for n in range(0, 1_000_000, 1000):
        yield json.dumps({"step": 101} | {f"n{i}": 0.5 for i in range(n, n + 1000)}).encode() + b"\n"
    yield objects(200)


@bomb("JSON: a document nested 100,000 deep", "log.json", 200)
def _deep() -> Iterator[bytes]:
    listed = objects(1).replace(b"\n", b",\n")
    yield b"[" + listed + b"[" * 100_000 + b"]" * 100_000 + b"]"


@bomb("JSON: a string of 1 GB in a document", "log.json", 400)
def _json_string() -> Iterator[bytes]:
    listed = objects(1).replace(b"\n", b",\n")
    yield b"[" + listed + b'{"step": 101, "text": "'
    for _ in range(1 << 10):
        yield b"x" * MEGABYTE
    yield b'"},\n' + objects(200).replace(b"\n", b",\n")[:-2] + b"]"


# -- printed lines, arrays, images -------------------------------------------------------------------------


def lines(begin: int, count: int = 100) -> bytes:
    """Return printed lines with two losses."""
    return b"".join(
        b"step %d: D loss: 0.%d, G loss: 1.%d\n" % (n, n % 7 + 1, n % 5 + 1)
        for n in range(begin, begin + count)
    )


@bomb("console: a line of 1 GB", "train.log", 400)
def _console() -> Iterator[bytes]:
    yield lines(1)
    for _ in range(1 << 10):
        yield b"loss: 0.5 " * (MEGABYTE // 10)
    yield b"\n" + lines(200)


@bomb("console: 200,000 names", "train.log", 400)
def _console_names() -> Iterator[bytes]:
    yield lines(1)
    for n in range(0, 200_000, 1000):
        yield b"".join(b"step 101: loss_%d: 0.5, x_%d: 1\n" % (i, i) for i in range(n, n + 1000))
    yield lines(200)


# Most printed lines hold no metrics, so they are not reported as faults.
@bomb("console: 3.9 MB of brackets and colons in a line", "train.log", 400, silent=True)
def _brackets() -> Iterator[bytes]:
    yield lines(1)
    for token in (b"[", b":", b"a: ", b"1 ", b"(1/", b"-", b"-- ", b"e+", b"a=1,", b"1.", b"{'a': "):
        yield token * (3_900_000 // len(token)) + b"\n"
    yield lines(200)


@bomb(".npy: a billion rows in the header, 20 values", "losses.npy", 0)
def _npy() -> Iterator[bytes]:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 900), }"
    head += b" " * (118 - len(head)) + b"\n"
    yield b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + struct.pack("<20d", *range(20))


@bomb(".npy: a pickle", "losses.npy", 0)
def _pickle() -> Iterator[bytes]:
    head = b"{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"
    head += b" " * (118 - len(head)) + b"\n"
    yield b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head
    yield b"cos\nsystem\n(S'touch /tmp/gan-tui-was-here'\ntR."


def png(width: int, height: int) -> bytes:
    """Return a tiny PNG whose header claims a huge image."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@bomb("images of 50,000 x 50,000 next to a table", TABLE, 400)
def _image() -> Iterator[bytes]:
    yield HEAD + rows(1) + rows(200)


COMPANION_FILES = {
    "images of 50,000 x 50,000 next to a table": {
        f"fakes_{n:06}.png": png(50_000, 50_000) for n in (1, 50, 100)
    }
}


@dataclass
class Reading:
    """Cost and outcome of reading one log."""

    megabytes: float
    seconds: float
    peak: float
    points: int
    message: str
    failure: str


def read(name: str, log: Bomb, folder: Path) -> Reading:
    """Write the log and read it with `gan-tui check` in a fresh process."""
    path = folder / log.file
    with path.open("wb") as file:
        for chunk in log.chunks():
            file.write(chunk)
    for other, content in COMPANION_FILES.get(name, {}).items():
        (folder / other).write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    peak_file = folder / "peak"
    command = [sys.executable, "-c", MEASURED, str(peak_file), "check", "--json"]
    command.append(str(folder if name in COMPANION_FILES else path))
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        process.wait()
        seconds = time.perf_counter() - begin
        out.seek(0), err.seek(0)
        output, errors = out.read().decode(), err.read().decode()
    peak = float(peak_file.read_text() if peak_file.exists() else "nan") / 1024
    points, message = 0, errors.strip()
    if output.strip():
        runs = json.loads(output)
        runs = runs if isinstance(runs, list) else runs.get("runs", [runs])
        points = sum(s["points"] for r in runs for s in r["series"])
        faults = [f for r in runs for f in r["faults"]]
        reported = "; ".join(f"{f['reason']} ({f['bytes']:,} bytes at {f['offset']:,})" for f in faults[:2])
        reported += f"; {len(faults) - 2} more" if len(faults) > 2 else ""
        message = reported or errors.strip()
    failure = ""
    if "Traceback" in errors or process.returncode not in (0, 2):
        failure = f"exit code {process.returncode}: {errors.strip().splitlines()[-1:]}"
    elif points < log.points:
        failure = f"only {points} of {log.points} points"
    elif not message and not log.silent:
        failure = "no problem is reported"
    elif peak > MAX_MB:
        failure = f"{peak:.0f} MB"
    return Reading(path.stat().st_size / 1e6, seconds, peak, points, message, failure)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="*", default=[], help="only rows whose name contains one of these words"
    )
    args = parser.parse_args()
    failed = 0
    print("| log | MB | seconds | peak MB | points read | message |\n|---|---|---|---|---|---|")
    for name, log in BOMBS.items():
        if args.only and not any(word in name for word in args.only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = read(name, log, Path(folder))
        message = result.message.replace("|", "\\|")
        message = message if len(message) < 200 else message[:200] + "..."
        failure = f"**FAILS: {result.failure}** " if result.failure else ""
        failed += bool(result.failure)
        print(
            f"| {name} | {result.megabytes:,.1f} | {result.seconds:.1f} | {result.peak:.0f} |"
            f" {result.points:,} | {failure}{message} |",
            flush=True,
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
