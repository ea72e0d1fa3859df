from __future__ import annotations

import subprocess
import sys

import crc32c as library
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.logs.parsing.crc32c import crc32c


@given(st.binary(max_size=5000), st.integers(0, 2**32 - 1))
def test_it_is_what_the_library_gives(data: bytes, before: int) -> None:
    assert crc32c(data) == library.crc32c(data)
    assert crc32c(memoryview(data), before) == library.crc32c(data, before)


def test_its_front_is_not_loaded() -> None:
    code = "import sys, gan_tui.logs.parsing.crc32c; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"crc32c", "email", "argparse"} & set(loaded.split())
