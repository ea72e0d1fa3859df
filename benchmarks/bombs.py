"""Logs made to hurt whoever reads them: time, most memory and what is said of each.

    python benchmarks/bombs.py [--only NAME ...] [--keep FOLDER]

Each is read by `gan-tui check` in a fresh process, beside good rows or records that have to be read all
the same. A row fails where a traceback is shown, nothing is said, a good point is lost, or memory is
past the bound. The exit code is 1 where any row fails.
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
MOST_MB = 200
"""More is a failure: the program itself takes about 45 MB."""
MEGABYTE = 1 << 20
# The program, and then the most memory it has had in kB; what its parent had does not count.
MEASURED = """
import atexit, pathlib, re, resource, sys
target = pathlib.Path(sys.argv.pop(1))
def note():
    status = pathlib.Path("/proc/self/status")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target.write_text(re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1] if status.exists() else str(most))
atexit.register(note)
from gan_tui.cli.main import main
main()
"""


@dataclass(frozen=True)
class Bomb:
    """One hostile log."""

    file: str
    pieces: Callable[[], Iterator[bytes]]
    points: int
    """Points that stand in it undamaged, and have to be read."""
    silent: bool = False
    """Whether it is right to say nothing: all of it can be read."""


BOMBS: dict[str, Bomb] = {}


def bomb(
    name: str, file: str, points: int, *, silent: bool = False
) -> Callable[[Callable[[], Iterator[bytes]]], Callable[[], Iterator[bytes]]]:
    """Enter a maker of bytes in the table."""

    def enter(make: Callable[[], Iterator[bytes]]) -> Callable[[], Iterator[bytes]]:
        BOMBS[name] = Bomb(file, make, points, silent)
        return make

    return enter


# -- event files -----------------------------------------------------------------------------------------

EVENTS = "events.out.tfevents.1700000000.host"


def masked(data: bytes) -> int:
    """The checksum as it stands in an event file."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(payload: bytes) -> bytes:
    """A record whose checksums are right, whatever it holds."""
    return header(len(payload)) + payload + struct.pack("<I", masked(payload))


def header(length: int) -> bytes:
    """Length and its checksum."""
    stated = struct.pack("<Q", length)
    return stated + struct.pack("<I", masked(stated))


def varint(number: int) -> bytes:
    """As protobuf writes it."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(field: int, content: bytes) -> bytes:
    """A field that holds a message, a string or bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def good(begin: int, count: int = 100) -> bytes:
    """Records with d_loss and g_loss, a point each."""
    return b"".join(
        record(
            b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + varint(step)
            + message(5, message(1, message(1, tag) + b"\x15" + struct.pack("<f", 0.5 + step % 7)))
        )
        for step in range(begin, begin + count)
        for tag in (b"d_loss", b"g_loss")
    )  # fmt: skip


def value_record(fields: bytes) -> bytes:
    """A record with one value of a summary."""
    return record(b"\x10\x05" + message(5, message(1, fields)))


@bomb("events: a length of 2^60", EVENTS, 400)
def _long_length() -> Iterator[bytes]:
    yield good(1) + header(1 << 60) + b"x" * 1000 + good(200)


@bomb("events: a record of 2 GB that is there", EVENTS, 400)
def _long_record() -> Iterator[bytes]:
    yield good(1) + header(2 << 30)
    for _ in range(2 << 10):
        yield bytes(MEGABYTE)
    yield bytes(4) + good(200)


@bomb("events: a record of 2 GB, promised only", EVENTS, 400)
def _promised() -> Iterator[bytes]:
    yield good(1) + header(2 << 30) + b"\0" * 1000 + good(200)


@bomb("events: a record of 200 MB, promised only", EVENTS, 400)
def _promised_less() -> Iterator[bytes]:
    yield good(1) + header(200 << 20) + b"\0" * 1000 + good(200)


@bomb("events: a varint without end", EVENTS, 400)
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


@bomb("events: headers upon headers (to be read again and again)", EVENTS, 200)
def _headers() -> Iterator[bytes]:
    # Each says that it reaches far, the last ones over the good records behind: those are reported too.
    yield good(1) + header(1_000_000) * 4_000_000 + good(200)


@bomb("events: a picture of 50,000 x 50,000", EVENTS, 400)
def _picture_in_events() -> Iterator[bytes]:
    yield good(1)
    for step in (0, 50, 100):
        picture = message(4, png(50_000, 50_000))
        yield record(
            b"\x10" + varint(step) + message(5, message(1, message(1, b"fakes") + message(4, picture)))
        )
    yield good(200)


# -- tables ------------------------------------------------------------------------------------------------

TABLE = "losses.csv"


def rows(begin: int, count: int = 100) -> bytes:
    """Rows of a table with two losses."""
    return b"".join(b"%d,0.%d,1.%d\n" % (n, n % 7 + 1, n % 5 + 1) for n in range(begin, begin + count))


HEAD = b"step,d_loss,g_loss\n"


@bomb("CSV: a line of 1 GB between rows", TABLE, 400)
def _long_line() -> Iterator[bytes]:
    yield HEAD + rows(1)
    for _ in range(1 << 10):
        yield b"0.123456," * (MEGABYTE // 9)
    yield b"\n" + rows(200)


@bomb("CSV: a line of 1 GB, nothing else", TABLE, 0)
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


@bomb("CSV: Latin-1 where UTF-8 is due", TABLE, 400, silent=True)
def _latin() -> Iterator[bytes]:
    yield "step,perte_générateur,d_loss\n".encode("latin-1") + rows(1) + rows(200)


@bomb("CSV: UTF-16 without its mark", TABLE, 0)
def _utf16() -> Iterator[bytes]:
    yield (HEAD + rows(1)).decode().encode("utf-16-le")


@bomb("CSV: 50 MB of binary junk between rows", TABLE, 400)
def _junk() -> Iterator[bytes]:
    yield HEAD + rows(1)
    rng = __import__("random").Random(7)
    for _ in range(50):
        yield rng.randbytes(MEGABYTE)
    yield b"\n" + rows(200)


@bomb("CSV: 300,000 rows of other lengths", TABLE, 400)
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
    """JSON lines with two losses."""
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


# -- printed lines, arrays, pictures -----------------------------------------------------------------------


def lines(begin: int, count: int = 100) -> bytes:
    """Printed lines with two losses."""
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


# Printed lines that name no figure are what programs print most: nothing is said of them.
@bomb("console: 3.9 MB of brackets and colons in a line", "train.log", 400, silent=True)
def _brackets() -> Iterator[bytes]:
    yield lines(1)
    for piece in (b"[", b":", b"a: ", b"1 ", b"(1/", b"-", b"-- ", b"e+", b"a=1,", b"1.", b"{'a': "):
        yield piece * (3_900_000 // len(piece)) + b"\n"
    yield lines(200)


@bomb(".npy: a billion rows promised", "losses.npy", 0)
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
    """A picture of hardly any bytes that says it is huge."""

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


@bomb("pictures of 50,000 x 50,000 beside a table", TABLE, 400)
def _picture() -> Iterator[bytes]:
    yield HEAD + rows(1) + rows(200)


BESIDE = {
    "pictures of 50,000 x 50,000 beside a table": {
        f"fakes_{n:06}.png": png(50_000, 50_000) for n in (1, 50, 100)
    }
}


@dataclass
class Reading:
    """What one reading took and said."""

    megabytes: float
    seconds: float
    peak: float
    points: int
    said: str
    failure: str


def read(name: str, hostile: Bomb, folder: Path) -> Reading:
    """Write the log, and let `gan-tui check` read it in a fresh process."""
    path = folder / hostile.file
    with path.open("wb") as file:
        for piece in hostile.pieces():
            file.write(piece)
    for other, content in BESIDE.get(name, {}).items():
        (folder / other).write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    high = folder / "peak"
    command = [sys.executable, "-c", MEASURED, str(high), "check", "--json"]
    command.append(str(folder if name in BESIDE else path))
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        process.wait()
        seconds = time.perf_counter() - begin
        out.seek(0), err.seek(0)
        answer, complaint = out.read().decode(), err.read().decode()
    peak = float(high.read_text() if high.exists() else "nan") / 1024
    points, said = 0, complaint.strip()
    if answer.strip():
        runs = json.loads(answer)
        runs = runs if isinstance(runs, list) else runs.get("runs", [runs])
        points = sum(s["points"] for r in runs for s in r["series"])
        faults = [f for r in runs for f in r["faults"]]
        said = "; ".join(f"{f['reason']} ({f['bytes']:,} bytes at {f['offset']:,})" for f in faults[:2])
        said += f"; {len(faults) - 2} more" if len(faults) > 2 else ""
        said = said or complaint.strip()
    failure = ""
    if "Traceback" in complaint or process.returncode not in (0, 2):
        failure = f"exit code {process.returncode}: {complaint.strip().splitlines()[-1:]}"
    elif points < hostile.points:
        failure = f"only {points} of {hostile.points} points"
    elif not said and not hostile.silent:
        failure = "nothing is said of it"
    elif peak > MOST_MB:
        failure = f"{peak:.0f} MB"
    return Reading(path.stat().st_size / 1e6, seconds, peak, points, said, failure)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", default=[], help="rows whose name holds one of these words")
    args = parser.parse_args()
    failed = 0
    print("| log | MB | seconds | peak MB | points read | what is said |\n|---|---|---|---|---|---|")
    for name, hostile in BOMBS.items():
        if args.only and not any(word in name for word in args.only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = read(name, hostile, Path(folder))
        said = found.said.replace("|", "\\|")
        said = said if len(said) < 200 else said[:200] + "..."
        verdict = f"**FAILS: {found.failure}** " if found.failure else ""
        failed += bool(found.failure)
        print(
            f"| {name} | {found.megabytes:,.1f} | {found.seconds:.1f} | {found.peak:.0f} |"
            f" {found.points:,} | {verdict}{said} |",
            flush=True,
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
