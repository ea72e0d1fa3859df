"""Inputs that fuzzers begin with, and those that once broke something, hold what must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.fuzzed import TARGETS, framed

CORPUS = Path(__file__).parents[1] / "corpus"
INPUTS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def test_every_parser_has_inputs_to_begin_with() -> None:
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_input_holds_what_must_hold(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_frames_are_right() -> None:
    from gan_tui.logs.tensorboard.parser import EventParser

    batch = EventParser().feed(framed(b"\x0b" + b"\x10\x05" + b"\x2a\x07" + b"\x0a\x05\x15\0\0\0\x3f"))
    assert [(c.name, c.steps.tolist(), c.values.tolist()) for c in batch.columns] == [("", [5], [0.5])]
