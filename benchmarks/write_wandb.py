"""Write a .wandb file like W&B's offline writer, for the benchmark of LEET; needs the package wandb.

    python benchmarks/write_wandb.py FILE SCALARS

The file is LevelDB's log format with W&B's header: records split into blocks of 32 KB, each fragment
with a CRC-32, its length and its position in the record.
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
    """Writer of records.

    Args:
        file: The output file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = file.write(struct.pack("<4sHB", b":W&B", 0xBEE1, 0))

    def add(self, record: bytes) -> None:
        """Write a record, split at block boundaries."""
        begun = False
        while True:
            space = BLOCK - self._at % BLOCK
            if space < HEAD:
                self._at += self._file.write(bytes(space))
                continue
            fragment, record = record[: space - HEAD], record[space - HEAD :]
            kind = (MIDDLE if record else LAST) if begun else (FIRST if record else WHOLE)
            check = zlib.crc32(fragment, zlib.crc32(bytes([kind])))
            self._at += self._file.write(struct.pack("<IHB", check, len(fragment), kind) + fragment)
            begun = True
            if not record:
                return


def main() -> None:
    """Run the command line."""
    from wandb.proto import wandb_internal_pb2 as pb  # noqa: PLC0415 - in the peer's environment only

    path, scalars = Path(sys.argv[1]), int(sys.argv[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)  # noqa: S311 - benchmark data, not a secret
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
