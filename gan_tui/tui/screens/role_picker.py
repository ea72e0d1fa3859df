"""Sets the role of a series whose name is misleading: one key for each role."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.markup import escape
from textual.screen import ModalScreen

from gan_tui.charts.canvas import StyledLine
from gan_tui.monitoring.snapshot import SeriesState
from gan_tui.run.roles.inference import NO_ROLE, ROLES
from gan_tui.sanitize import clean
from gan_tui.tui.lines import formatting
from gan_tui.tui.widgets.line_widget import LineWidget

LETTERS: dict[str, str] = {
    "d": "d_loss",
    "g": "g_loss",
    "r": "d_loss_real",
    "f": "d_loss_fake",
    "D": "d_loss_total",
    "G": "g_loss_total",
    "x": "d_real",
    "z": "d_fake",
    "Z": "d_fake_after",
    "s": "d_real_sign",
    "S": "d_fake_sign",
    "a": "d_accuracy",
    "e": "d_real_accuracy",
    "i": "d_fake_accuracy",
    "u": "g_accuracy",
    "p": "gradient_penalty",
    "c": "critic_slope",
    "n": "d_grad_norm",
    "m": "g_grad_norm",
    "l": "d_lr",
    "L": "g_lr",
    "w": "wasserstein",
    "F": "fid",
    "K": "kid",
    "I": "inception_score",
    "o": NO_ROLE,
    "0": "",
}
"""Role by key; "o" for no role, "0" for the one inferred from the name."""
ROLE_WORDS = {NO_ROLE: "no role", "": "inferred"}
MEANINGS = {
    **ROLES,
    NO_ROLE: "it plays no part in the diagnosis",
    "": "use the role inferred from the name again",
}


class RoleList(LineWidget, can_focus=True):
    """One line for each role, with its key.

    Args:
        role: The selected role.
    """

    def __init__(self, role: str) -> None:
        super().__init__(id="page")
        self._choices = list(LETTERS.items())
        self._selected = next((i for i, (_, choice) in enumerate(self._choices) if choice == role), 0)
        self._top = 0

    @property
    def selected(self) -> str:
        """The role that Enter sets."""
        return self._choices[self._selected][1]

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """Return the lines around the selected one."""
        top = min(self._top, self._selected, len(self._choices) - height)
        self._top = max(0, top, self._selected - height + 1)
        lines: list[StyledLine] = []
        for number, (letter, role) in enumerate(self._choices[self._top : self._top + height], self._top):
            style = "selected" if number == self._selected else "plot"
            text = f"{ROLE_WORDS.get(role, role).ljust(20)} {MEANINGS[role]}"
            key = style if style == "selected" else "key"
            lines.append([(f" {letter}  ", key), (formatting.fit(text, max(0, width - 4)), style)])
        return lines

    def move(self, by: int) -> None:
        """Select another line."""
        self._selected = min(max(self._selected + by, 0), len(self._choices) - 1)
        self.redraw()


class RolePicker(ModalScreen[str | None]):
    """Returns a word of ROLES, "none", "" for the role inferred from the name, or None for no change.

    Args:
        series: The series whose role is set.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", show=False),
        Binding("enter", "accept", "Set it", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    def __init__(self, series: SeriesState) -> None:
        super().__init__()
        self._series = series

    def compose(self) -> ComposeResult:
        """Yield the frame with the roles in it."""
        with Container(id="frame") as frame:
            frame.border_title = escape(f"What is {clean(self._series.name, 60)}?")
            frame.border_subtitle = "A key sets its role, Esc changes nothing"
            yield RoleList(self._series.role or NO_ROLE)

    def on_key(self, event: events.Key) -> None:
        """Set the role of a key."""
        role = LETTERS.get(event.character or "")
        if role is not None:
            event.stop()
            self.dismiss(role)

    def action_move(self, by: int) -> None:
        """Select another role."""
        self.query_one(RoleList).move(by)

    def action_accept(self) -> None:
        """Set the selected role."""
        self.dismiss(self.query_one(RoleList).selected)

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def restyle(self) -> None:
        """Redraw in the colours of a new theme."""
        self.query_one(RoleList).restyle()
