"""The last view of a set of logs, saved in the user's state folder, never next to the logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.config.state import load_state, save_state

ALL_LOGS = "/"
"""The path under which state that is the same for all logs is saved."""


class SavedView(Struct, frozen=True):
    """The last view of a set of logs."""

    runs_pane: bool = True
    """The list of runs was visible."""
    findings_pane: bool = True
    """The findings were visible."""
    smoothing: float | None = None
    """None if the user did not choose one."""
    x_axis: str = "step"
    """X as step, relative time or wall time."""
    log_y: bool = False
    """The y axis was logarithmic."""
    run_order: str = "name"
    """The order of the list of runs."""
    pinned: tuple[str, ...] = ()
    """Series that had a chart of their own."""
    derived: tuple[tuple[str, str, str], ...] = ()
    """Derived charts: operation, first and second series."""
    hint_dismissed: bool = False
    """The hint for new users has been dismissed; the same for all logs."""


class SavedViewStore:
    """Loads and saves the view of a set of paths. Never fails.

    If the state folder cannot be read or written, nothing is saved.

    Args:
        paths: The watched paths as given by the user.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._name = "\n".join(sorted(str(Path(p).absolute()) for p in paths))

    def load(self) -> SavedView:
        """Return the last saved view; the defaults if there is none, or it cannot be read."""
        values = load_state(self._name).get("view")
        hint_dismissed = load_state(ALL_LOGS).get("hint_dismissed") is True
        return replace(_validated(values if isinstance(values, dict) else {}), hint_dismissed=hint_dismissed)

    def save(self, view: SavedView) -> None:
        """Save a view, if it has changed."""
        saved = self.load()
        values = {name: getattr(view, name) for name in view.__struct_fields__ if name != "hint_dismissed"}
        with suppress(OSError, ValueError):
            if view != replace(saved, hint_dismissed=view.hint_dismissed):
                save_state(self._name, view=values)
            if view.hint_dismissed and not saved.hint_dismissed:
                save_state(ALL_LOGS, hint_dismissed=True)


def _validated(values: Mapping[str, Any]) -> SavedView:
    """Return the values of the right type; the file may be of another version, or edited by hand."""
    view = SavedView()
    for name in ("runs_pane", "findings_pane", "log_y"):
        if isinstance(values.get(name), bool):
            view = replace(view, **{name: values[name]})
    for name in ("x_axis", "run_order"):
        if isinstance(values.get(name), str):
            view = replace(view, **{name: values[name]})
    smoothing = values.get("smoothing")
    if isinstance(smoothing, float | int) and not isinstance(smoothing, bool) and 0 <= smoothing < 1:
        view = replace(view, smoothing=float(smoothing))
    return replace(view, pinned=_strings(values.get("pinned")), derived=_triples(values.get("derived")))


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _triples(value: object) -> tuple[tuple[str, str, str], ...]:
    rows = [_strings(row) for row in value] if isinstance(value, list) else []
    return tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3)
