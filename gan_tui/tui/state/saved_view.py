"""How a folder of logs was looked at last, kept in the user's state folder, never beside the logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gan_tui.config.state import load_state, save_state

EVERYWHERE = "/"
"""The path that stands for what holds everywhere: nobody watches it."""


class SavedView(Struct, frozen=True):
    """How a folder was looked at last."""

    runs_pane: bool = True
    """The list of runs was shown."""
    reasons_pane: bool = True
    """The reasons were shown."""
    smoothing: float | None = None
    """None where nobody asked for a certain one."""
    axis: str = "step"
    """X as step, relative time or wall time."""
    log: bool = False
    """The y axis was logarithmic."""
    order: str = "name"
    """The order of the list."""
    pinned: tuple[str, ...] = ()
    """Series that got a chart of their own."""
    derived: tuple[tuple[str, str, str], ...] = ()
    """Charts made of two series: operation, first, second."""
    greeted: bool = False
    """The hint for newcomers has been seen; the same for all folders."""


class SavedViewStore:
    """Keeps how a set of paths was looked at; nothing here ever fails.

    A state folder that cannot be read or written means that nothing is remembered.

    Args:
        paths: What was asked to be watched, as given.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._name = "\n".join(sorted(str(Path(p).absolute()) for p in paths))

    def recall(self) -> SavedView:
        """What was remembered last; the defaults where there is nothing, or nothing that can be read."""
        held = load_state(self._name).get("view")
        greeted = load_state(EVERYWHERE).get("greeted") is True
        return replace(_checked(held if isinstance(held, dict) else {}), greeted=greeted)

    def keep(self, state: SavedView) -> None:
        """Remember this; writes nothing where nothing has changed."""
        before = self.recall()
        values = {name: getattr(state, name) for name in state.__struct_fields__ if name != "greeted"}
        with suppress(OSError, ValueError):
            if state != replace(before, greeted=state.greeted):
                save_state(self._name, view=values)
            if state.greeted and not before.greeted:
                save_state(EVERYWHERE, greeted=True)


def _checked(held: Mapping[str, Any]) -> SavedView:
    """What is of the right kind; the file may be of another version, or edited by hand."""
    out = SavedView()
    for name in ("runs_pane", "reasons_pane", "log"):
        if isinstance(held.get(name), bool):
            out = replace(out, **{name: held[name]})
    for name in ("axis", "order"):
        if isinstance(held.get(name), str):
            out = replace(out, **{name: held[name]})
    smoothing = held.get("smoothing")
    if isinstance(smoothing, float | int) and not isinstance(smoothing, bool) and 0 <= smoothing < 1:
        out = replace(out, smoothing=float(smoothing))
    return replace(out, pinned=_texts(held.get("pinned")), derived=_triples(held.get("derived")))


def _texts(held: object) -> tuple[str, ...]:
    return tuple(t for t in held if isinstance(t, str)) if isinstance(held, list) else ()


def _triples(held: object) -> tuple[tuple[str, str, str], ...]:
    rows = [_texts(row) for row in held] if isinstance(held, list) else []
    return tuple((row[0], row[1], row[2]) for row in rows if len(row) == 3)
