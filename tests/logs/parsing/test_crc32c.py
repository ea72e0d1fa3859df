from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import crc32c as library
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.parsing import crc32c as loader
from gan_tui.logs.parsing.crc32c import crc32c


@given(st.binary(max_size=5000), st.integers(0, 2**32 - 1))
def test_it_is_what_the_library_gives(data: bytes, before: int) -> None:
    assert crc32c(data) == library.crc32c(data)
    assert crc32c(memoryview(data), before) == library.crc32c(data, before)


def test_the_private_names_of_the_crc32c_package_still_exist() -> None:
    names = f"crc32c.{loader.EXTENSION_MODULE}.{loader.EXTENSION_FUNCTION}"
    assert loader.load_extension() is not None, (
        f"crc32c {metadata.version('crc32c')} has no {names}. The program still works, by importing the "
        f"whole package, but each start is slower. Adapt the two names in {loader.__name__}."
    )


def test_the_package_itself_is_not_loaded() -> None:
    code = "import sys, gan_tui.logs.parsing.crc32c; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"crc32c", "email", "argparse"} & set(loaded.split())
