"""CRC-32C, loaded from the crc32c package without its `__init__`.

That reads the package's metadata and loads its command line, which takes a third as long as numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TypeAlias, cast

EXTENSION_MODULE = "_crc32c"
"""Private name: the extension module within the package crc32c."""
EXTENSION_FUNCTION = "crc32c"
"""Private name: the function of that module that computes the checksum."""

Checksum: TypeAlias = Callable[..., int]
"""Takes bytes, or a buffer, and optionally the checksum of the bytes before."""


def load_extension() -> Checksum | None:
    """Load only the extension module; None if the package is built in another way."""
    package = find_spec("crc32c")
    folders = None if package is None else package.submodule_search_locations
    if folders is None:
        return None
    extension = PathFinder.find_spec(f"crc32c.{EXTENSION_MODULE}", folders)
    if extension is None or extension.loader is None:
        return None
    module = module_from_spec(extension)
    extension.loader.exec_module(module)
    return cast("Checksum | None", getattr(module, EXTENSION_FUNCTION, None))


def _load() -> Checksum:
    extension = load_extension()
    if extension is not None:
        return extension
    from crc32c import crc32c as function  # noqa: PLC0415 - slower to load, same results

    return function


crc32c: Checksum = _load()
"""Return the CRC-32C of bytes, continued from another checksum: `crc32c(data, before=0)`."""
