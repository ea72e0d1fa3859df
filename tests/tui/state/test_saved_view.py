"""The view that is saved between starts, on a real disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.config.paths import state_file, state_folder
from gan_tui.tui.state.saved_view import SavedView, SavedViewStore, _validated

CHOSEN = SavedView(
    runs_pane=False,
    findings_pane=False,
    smoothing=0.97,
    x_axis="wall time",
    log_y=True,
    run_order="severity",
    pinned=("D(x)", "lr"),
    derived=(("ratio", "Loss_D", "Loss_G"),),
    hint_dismissed=True,
)


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_saved_view_is_loaded_for_the_same_paths_only(tmp_path: Path) -> None:
    assert SavedViewStore([tmp_path / "runs"]).load() == SavedView()
    SavedViewStore([tmp_path / "runs"]).save(CHOSEN)
    assert SavedViewStore([tmp_path / "runs"]).load() == CHOSEN
    assert SavedViewStore([tmp_path / "other"]).load() == SavedView(hint_dismissed=True)
    assert not (tmp_path / "runs").exists(), "nothing is written next to the logs"


def test_the_order_of_the_paths_does_not_matter(tmp_path: Path) -> None:
    SavedViewStore([tmp_path / "a", tmp_path / "b"]).save(CHOSEN)
    assert SavedViewStore([tmp_path / "b", tmp_path / "a"]).load() == CHOSEN
    assert SavedViewStore([tmp_path / "a"]).load() != CHOSEN


def test_the_defaults_write_nothing(tmp_path: Path) -> None:
    SavedViewStore([tmp_path]).save(SavedView())
    assert not Path(state_folder()).exists()


def test_a_damaged_file_gives_the_defaults(tmp_path: Path) -> None:
    store = SavedViewStore([tmp_path])
    store.save(CHOSEN)
    file = Path(state_file(tmp_path))
    for text in (
        "",
        "{",
        "[]",
        '"x"',
        '{"view": 3}',
        '{"view": {"smoothing": "x", "pinned": 7, "log_y": 1}}',
    ):
        file.write_text(text)
        assert store.load() == SavedView(hint_dismissed=True)
    store.save(CHOSEN)
    assert store.load() == CHOSEN
    assert json.loads(file.read_text())["view"]["x_axis"] == "wall time"


def test_a_state_folder_that_cannot_be_written_raises_nothing(state: Path, tmp_path: Path) -> None:
    state.write_text("a file where the folder should be")
    SavedViewStore([tmp_path]).save(CHOSEN)
    assert SavedViewStore([tmp_path]).load() == SavedView()


def test_a_path_that_is_not_valid_unicode(tmp_path: Path) -> None:
    path = str(tmp_path / "run-\udcff")
    SavedViewStore([path]).save(CHOSEN)
    assert SavedViewStore([path]).load() == CHOSEN


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["runs_pane", "smoothing", "x_axis", "pinned", "derived", "log_y"]), JSON)
)
def test_any_content_of_the_file_gives_a_valid_view(values: dict[str, object]) -> None:
    view = _validated(values)
    assert view.smoothing is None or 0 <= view.smoothing < 1
    assert all(isinstance(name, str) for name in view.pinned)
    assert all(len(row) == 3 for row in view.derived)
