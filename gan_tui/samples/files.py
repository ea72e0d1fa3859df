"""Sample pictures that lie beside a log: which files they are and which step they belong to."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from gan_tui.logs.files.opening import open_file

ENDINGS = (".png", ".jpg", ".jpeg")
FOLDERS_DEEP = 2
"""How far below the run's folder pictures are looked for."""
MOST_FILES = 20_000
"""Directory entries looked at a run, so that a folder of training data costs little."""
FAKE_WORDS = (
    "fake",
    "sample",
    "gen",
    "output",
    "result",
    "epoch",
    "iter",
    "step",
    "grid",
    "image",
    "img",
    "vis",
)
REAL_WORDS = (
    "real",
    "input",
    "target",
    "ground",
    "gt_",
    "_gt",
    "loss",
    "plot",
    "curve",
    "mask",
    "label",
    "recon",
)


class SampleImage(Struct, frozen=True):
    """One logged picture, not yet decoded."""

    group: str
    """What the pictures of one kind have in common: the tag, or the file name without its number."""
    step: int
    path: str = ""
    """The file, or the log that carries it; "" where the bytes are here."""
    data: bytes = b""
    offset: int = 0
    """Where its bytes begin in a log that carries it."""
    size: int = 0
    """How many bytes it has there; 0 where the whole file is the picture."""


def find_pictures(folder: str) -> list[SampleImage]:
    """The generated pictures below a run's folder, in order of their steps.

    Pictures count where their names share a stem and carry a number ("fakes_000400.png",
    "samples/epoch_012.png"). Of several groups the one whose name speaks most of generated samples
    is taken, then the largest. Symbolic links are not followed.

    Args:
        folder: The run's folder.

    Returns:
        At least two pictures of one group, or none.
    """
    groups: dict[str, list[SampleImage]] = {}
    for path, name in _files(folder, FOLDERS_DEEP, [MOST_FILES]):
        stem, place = name.rsplit(".", 1)[0], path[: -len(name)]
        numbers = list(re.finditer(r"\d+", stem[:120]))
        if not numbers or len(numbers[-1].group()) > 12:
            continue
        last = numbers[-1]
        kind = place + stem[: last.start()] + "*" + stem[last.end() :]
        groups.setdefault(kind, []).append(SampleImage(kind, int(last.group()), path))
    return best_group({os.path.relpath(kind, folder): held for kind, held in groups.items()})


def bytes_of(picture: SampleImage) -> BinaryIO:
    """The bytes of a picture, to be closed after use.

    Raises:
        OSError: Its file cannot be opened, or is none by now.
    """
    if picture.data:
        return io.BytesIO(picture.data)
    file = open_file(picture.path)
    if not picture.size:
        return io.BufferedReader(file)
    with file:
        file.seek(picture.offset)
        return io.BytesIO(file.read(picture.size) or b"")


def best_group(groups: Mapping[str, Sequence[SampleImage]]) -> list[SampleImage]:
    """The group that shows generated samples, in order of its steps; empty where none does.

    Args:
        groups: Pictures by what they have in common: a tag, or the file names' common part.
    """
    sound = {k: v for k, v in groups.items() if len(v) > 1 and not _says(k, REAL_WORDS)}
    if not sound:
        return []
    best = max(sound, key=lambda k: (_says(k, FAKE_WORDS), len(sound[k])))
    return sorted(sound[best], key=lambda p: p.step)


def _says(group: str, words: tuple[str, ...]) -> int:
    return sum(word in group.lower() for word in words)


def _files(folder: str, deep: int, room: list[int]) -> Iterator[tuple[str, str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError:
        return
    for entry in entries:
        room[0] -= 1
        if room[0] < 0:
            return
        try:
            if entry.name.lower().endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                yield entry.path, entry.name
            elif deep and not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, deep - 1, room)
        except OSError:
            continue
