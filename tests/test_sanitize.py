from __future__ import annotations

import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from gan_tui.sanitize import clean, escape_json


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("loss/D", "D(G(z))", "Loss_D: 1.7 [x]", "потеря", "損失 D", "é"):
        assert clean(name) == name


def test_control_characters_are_shown_not_sent() -> None:
    assert clean("\x1b]0;x\x07") == "␛]0;x␇"
    assert clean("two\nlines\r\n") == "two␊lines␍␊"
    assert clean("\x9b31m") == "�31m"
    assert clean("\x7f") == "␡"


def test_markup_is_only_text() -> None:
    assert clean("[red]x[/red]") == "[red]x[/red]"


def test_overrides_and_invisible_characters_are_seen() -> None:
    assert clean("a\u202eb\u200bc\u2066d\ufeff") == "a�b�c�d�"
    assert clean("lone \udce9 surrogate") == "lone � surrogate"


def test_combining_marks_compose_or_go() -> None:
    assert clean("e\u0301") == "é"
    assert clean("z" + "\u0300\u0301\u0302" * 4) == "z"
    assert len(clean("z" + "\u0351" * 100_000, limit=10)) <= 10


def test_long_names_are_cut_with_an_ellipsis() -> None:
    assert clean("x" * 11, limit=10) == "x" * 9 + "…"
    assert clean("x" * 10, limit=10) == "x" * 10
    assert len(clean("\x1b" * 10_000_000)) == 200


@given(st.text(), st.integers(1, 50))
def test_whatever_comes_one_harmless_bounded_line_leaves(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c)[0] in "CM" or c in "\u2028\u2029" for c in shown)
    shown.encode()


@given(st.text())
def test_json_says_the_same_and_holds_no_control_character(text: str) -> None:
    shown = escape_json(json.dumps({text: 1}, ensure_ascii=False))
    assert json.loads(shown) == {text: 1}
    assert not any(unicodedata.category(c)[0] in "CM" or c in "\u2028\u2029" for c in shown)
    assert escape_json(json.dumps("損失 é", ensure_ascii=False)) == '"損失 é"'
