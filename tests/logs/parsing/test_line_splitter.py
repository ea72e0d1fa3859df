"""Bytes into lines."""

from __future__ import annotations

import pytest

from gan_tui.logs.model import Fault
from gan_tui.logs.parsing.line_splitter import Line, LineSplitter, plain


def split(data: bytes, limit: int = 100) -> list[Line | Fault]:
    splitter = LineSplitter(limit)
    return [*splitter.feed(data), *splitter.finish()]


def test_every_ending_ends_a_line() -> None:
    assert split(b"a\nb\rc\r\nd\x08\x08e") == [
        Line(0, b"a"),
        Line(2, b"b"),
        Line(4, b"c"),
        Line(7, b"d"),
        Line(10, b"e"),
    ]


def test_empty_lines_are_left_out() -> None:
    assert split(b"\n\r\n\n") == []


def test_the_unfinished_line_is_kept() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"ab") == []
    assert splitter.pending == b"ab"
    assert splitter.feed(b"c\nd") == [Line(0, b"abc")]
    assert splitter.finish() == [Line(4, b"d")]


def test_a_long_line_is_a_fault_and_not_kept() -> None:
    splitter = LineSplitter(10)
    for _ in range(1000):
        assert splitter.feed(b"x" * 100) == []
        assert len(splitter.pending) <= 10
    assert splitter.feed(b"\nok\n") == [Fault(0, 100_000, "line longer than 10 bytes"), Line(100_001, b"ok")]


@pytest.mark.parametrize("pieces", [[b"a\n\0\0\0b\n"], [b"a\n\0", b"\0\0", b"b\n"], [b"a\n\0\0\0", b"b\n"]])
def test_a_block_of_nul_is_one_fault(pieces: list[bytes]) -> None:
    splitter = LineSplitter()
    found = [x for piece in pieces for x in splitter.feed(piece)]
    assert found == [Line(0, b"a"), Fault(2, 3, "block of NUL bytes"), Line(5, b"b")]


def test_a_line_cut_by_nul_is_two_lines() -> None:
    assert split(b"ab\0\0cd\n") == [Line(0, b"ab"), Fault(2, 2, "block of NUL bytes"), Line(4, b"cd")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_marks_at_the_beginning(encoding: str) -> None:
    text = "äb\ncd\n"
    data = text.encode(encoding)
    if encoding.startswith("utf-16-"):
        data = "\ufeff".encode(encoding) + data
    splitter = LineSplitter()
    found = [x for i in range(len(data)) for x in splitter.feed(data[i : i + 1])]
    assert [x.text for x in found if isinstance(x, Line)] == ["äb", "cd"]


def test_a_mark_alone_is_a_line_of_junk() -> None:
    assert split(b"\xef\xbb") == [Line(0, b"\xef\xbb")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\x\x1b]8;;\x1b\\", "x"),
        ("a\x1b[Kb\x1b[2A", "ab"),
        ("\x9b31mred", "red"),
        ("\x1b", ""),
        ("plain", "plain"),
    ],
)
def test_escapes_are_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_bytes_that_are_no_utf8_do_not_stop_it() -> None:
    (line,) = split(b"loss: 0.5 \xff\xfe\n")
    assert isinstance(line, Line)
    assert line.text == "loss: 0.5 \ufffd\ufffd"
