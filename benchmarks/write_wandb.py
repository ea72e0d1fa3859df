"""A .wandb file as W&B's writer leaves it offline, for the benchmark of LEET; needs the package wandb.

    python benchmarks/write_wandb.py FILE SCALARS

The file is LevelDB's log format with W&B's header: records cut into blocks of 32 KB, each piece with a
CRC-32, its length and whether it begins or ends a record.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

NAMES = ("Loss/D", "Loss/G", "D(x)", "D(G(z))_1", "D(G(z))_2", "lr/D", "lr/G")
BLOCK, HEAD = 1 << 15, 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


class Log:
    """Writes records.

    Args:
        file: Where to.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = file.write(struct.pack("<4sHB", b":W&B", 0xBEE1, 0))

    def add(self, record: bytes) -> None:
        """Write a record, in as many pieces as its blocks ask for."""
        begun = False
        while True:
            room = BLOCK - self._at % BLOCK
            if room < HEAD:
                self._at += self._file.write(bytes(room))
                continue
            piece, record = record[: room - HEAD], record[room - HEAD :]
            kind = (MIDDLE if record else LAST) if begun else (FIRST if record else WHOLE)
            check = zlib.crc32(piece, zlib.crc32(bytes([kind])))
            self._at += self._file.write(struct.pack("<IHB", check, len(piece), kind) + piece)
            begun = True
            if not record:
                return


def main() -> None:
    """The command line."""
    from wandb.proto import wandb_internal_pb2 as pb  # noqa: PLC0415 - in the peer's environment only

    path, scalars = Path(sys.argv[1]), int(sys.argv[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)  # noqa: S311 - a benchmark's choice, no secret
    with path.open("wb", buffering=1 << 20) as file:
        log = Log(file)
        log.add(pb.Record(num=1, run=pb.RunRecord(run_id="bench", project="gan")).SerializeToString())
        for step in range(scalars // len(NAMES)):
            record = pb.Record(num=step + 2)
            record.history.step.num = step
            for name in NAMES:
                record.history.item.add(nested_key=[name], value_json=repr(rng.random()))
            record.history.item.add(nested_key=["_step"], value_json=json.dumps(step))
            log.add(record.SerializeToString())
        log.add(pb.Record(num=1 << 30, exit=pb.RunExitRecord(exit_code=0)).SerializeToString())


if __name__ == "__main__":
    main()
