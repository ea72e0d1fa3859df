"""CRC-32C without the front of the library that computes it.

The front reads the metadata of its own package and loads its command line, at every start of the program:
that takes a third as long as loading numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TypeAlias, cast

Checksum: TypeAlias = Callable[..., int]
"""Takes bytes, or anything that holds them, and the checksum of what came before."""


def _load() -> Checksum:
    package = find_spec("crc32c")
    places = None if package is None else package.submodule_search_locations
    core = None if places is None else PathFinder.find_spec("crc32c._crc32c", places)
    if core is None or core.loader is None:  # another version, built in another way
        from crc32c import crc32c as whole  # noqa: PLC0415

        return whole
    module = module_from_spec(core)
    core.loader.exec_module(module)
    return cast("Checksum", module.crc32c)


crc32c: Checksum = _load()
"""The CRC-32C of bytes, going on from another checksum: `crc32c(data, before=0)`."""
