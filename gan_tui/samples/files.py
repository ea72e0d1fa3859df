"""Sample images next to a log: which files they are, and which step each belongs to."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from gan_tui.logs.files.opening import open_file

SUFFIXES = (".png", ".jpg", ".jpeg")
MAX_DEPTH = 2
"""How many levels below the run's folder are searched for images."""
MAX_ENTRIES = 20_000
"""Directory entries visited for each run, so that a folder of training data costs little."""
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
    """One logged image, not yet decoded."""

    group: str
    """What images of one kind share: the tag, or the file name without its number."""
    step: int
    path: str = ""
    """The image file, or the log that contains the image; "" if `data` holds the bytes."""
    data: bytes = b""
    offset: int = 0
    """Where the image begins in the log that contains it."""
    size: int = 0
    """Size of the image in bytes within that log; 0 if the whole file is the image."""


def find_sample_images(folder: str) -> list[SampleImage]:
    """Return the generated images below a run's folder, in order of their steps.

    Images belong together if their names differ only in a number ("fakes_000400.png",
    "samples/epoch_012.png"). Of several groups, the one whose name contains the most words for generated
    samples wins, then the largest. Symbolic links are not followed.

    Args:
        folder: The run's folder.

    Returns:
        At least two images of one group, or an empty list.
    """
    groups: dict[str, list[SampleImage]] = {}
    for path, name in _image_files(folder, MAX_DEPTH, [MAX_ENTRIES]):
        stem, parent = name.rsplit(".", 1)[0], path[: -len(name)]
        numbers = list(re.finditer(r"\d+", stem[:120]))
        if not numbers or len(numbers[-1].group()) > 12:
            continue
        last = numbers[-1]
        pattern = parent + stem[: last.start()] + "*" + stem[last.end() :]
        groups.setdefault(pattern, []).append(SampleImage(pattern, int(last.group()), path))
    return choose_sample_group(
        {os.path.relpath(pattern, folder): images for pattern, images in groups.items()}
    )


def images_of_run(
    logged: Mapping[str, Sequence[SampleImage]], folders: Iterable[str], shared_folders: Container[str]
) -> list[SampleImage]:
    """Return the sample images of one run: those that its logs carry, otherwise those next to its logs.

    Args:
        logged: Images that the logs carry, by tag.
        folders: The folders that contain the logs.
        shared_folders: Folders that contain logs of several runs. Which run their images belong to is
            unknown, so no run gets them.
    """
    images = choose_sample_group(logged)
    if images:
        return images
    own = sorted(folder for folder in folders if folder not in shared_folders)
    return [image for folder in own for image in find_sample_images(folder)]


def open_image_bytes(image: SampleImage) -> BinaryIO:
    """Open the encoded bytes of an image; the caller closes the result.

    Raises:
        OSError: The file cannot be opened, or is no longer a regular file.
    """
    if image.data:
        return io.BytesIO(image.data)
    file = open_file(image.path)
    if not image.size:
        return io.BufferedReader(file)
    with file:
        file.seek(image.offset)
        return io.BytesIO(file.read(image.size) or b"")


def choose_sample_group(groups: Mapping[str, Sequence[SampleImage]]) -> list[SampleImage]:
    """Return the group that shows generated samples, in order of its steps; empty if none does.

    Args:
        groups: Images by what they share: a tag, or the common part of the file names.
    """
    candidates = {k: v for k, v in groups.items() if len(v) > 1 and not _count_words(k, REAL_WORDS)}
    if not candidates:
        return []
    best = max(candidates, key=lambda k: (_count_words(k, FAKE_WORDS), len(candidates[k])))
    return sorted(candidates[best], key=lambda image: image.step)


def _count_words(group: str, words: tuple[str, ...]) -> int:
    return sum(word in group.lower() for word in words)


def _image_files(folder: str, depth: int, budget: list[int]) -> Iterator[tuple[str, str]]:
    """Yield path and name of image files; `budget` holds the number of entries left to visit."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError:
        return
    for entry in entries:
        budget[0] -= 1
        if budget[0] < 0:
            return
        try:
            if entry.name.lower().endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                yield entry.path, entry.name
            elif depth and not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                yield from _image_files(entry.path, depth - 1, budget)
        except OSError:
            continue
