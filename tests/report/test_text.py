"""The text output of check."""

from __future__ import annotations

from gan_tui.diagnosis.result import Badge
from gan_tui.logs.model import Fault
from gan_tui.report.text import as_text
from gan_tui.terminal.text_style import TextStyle
from tests.helpers.states import run_state


def test_a_badge_with_its_reasons_in_plain_text() -> None:
    text = as_text([run_state(also=(Badge.OSCILLATING,))], TextStyle(width=80))
    assert text.splitlines()[:4] == [
        "runs/ring  ◉ suspected collapse since step 40 (confidence 0.87)",
        "  also: oscillating",
        "  bce loss, terms summed (inferred) · 200 points · 2 series · last step 99",
        "  • two batches of fakes score alike (correlation 0.1)",
    ]
    assert "timeline: warming up 10 → suspected collapse 40" in text
    assert "\x1b" not in text


def test_ascii_where_the_encoding_holds_no_more() -> None:
    run = run_state(sentence="D’s loss stays → 0", name="π", path="runs/π")
    assert as_text([run], TextStyle(unicode=False)).isascii()


def test_colour_only_where_asked() -> None:
    assert "\x1b[1;35m" in as_text([run_state()], TextStyle(colour=True))


def test_lines_are_wrapped_under_their_bullet() -> None:
    lines = as_text([run_state(sentence="word " * 60)], TextStyle(width=60)).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("    word") for line in lines)


def test_names_from_a_log_cannot_reach_the_terminal_as_control_sequences() -> None:
    hostile = "\x1b]0;x\x07\n\x9b31m[red]\u202e"
    fault = Fault(0, 1, hostile, hostile)
    text = as_text([run_state(name=hostile, path=hostile, sentence=hostile, faults=(fault,))], TextStyle())
    assert not any(c for c in text if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e"))
    assert len(text.splitlines()) == 6


def test_faults_are_counted_and_the_first_ones_shown() -> None:
    faults = tuple(Fault(i, 1, f"reason {i}", "a.csv") for i in range(5))
    text = as_text([run_state(faults=faults)], TextStyle())
    assert "5 faults" in text
    assert "a.csv, byte 2 (1 bytes): reason 2" in text
    assert "reason 3" not in text
