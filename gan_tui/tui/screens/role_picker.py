"""Says what a series is, where its name misleads: one key for each role."""

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
"""The key of each role; of none, and of what the name tells."""
ROLE_WORDS = {NO_ROLE: "no role", "": "what its name tells"}
MEANINGS = {**ROLES, NO_ROLE: "it plays no part in the game", "": "take back what was said by hand"}


class RoleList(LineWidget, can_focus=True):
    """One line a role, with its key."""

    def __init__(self, at: str) -> None:
        super().__init__(id="page")
        self._choices = list(LETTERS.items())
        self._at = next((i for i, (_, role) in enumerate(self._choices) if role == at), 0)
        self._top = 0

    @property
    def selected(self) -> str:
        """The role that Enter takes."""
        return self._choices[self._at][1]

    def compose_lines(self, width: int, height: int) -> list[StyledLine]:
        """The lines around the selected one."""
        top = min(self._top, self._at, len(self._choices) - height)
        self._top = max(0, top, self._at - height + 1)
        lines: list[StyledLine] = []
        for number, (letter, role) in enumerate(self._choices[self._top : self._top + height], self._top):
            style = "chosen" if number == self._at else "plot"
            said = f"{ROLE_WORDS.get(role, role).ljust(20)} {MEANINGS[role]}"
            key = style if style == "chosen" else "key"
            lines.append([(f" {letter}  ", key), (formatting.fit(said, max(0, width - 4)), style)])
        return lines

    def move(self, by: int) -> None:
        """Select another line."""
        self._at = min(max(self._at + by, 0), len(self._choices) - 1)
        self.redraw()


class RolePicker(ModalScreen[str | None]):
    """Gives a word of ROLES, "none", "" for what the name tells, or None for no change.

    Args:
        series: The series asked about.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Close", show=False),
        Binding("enter", "accept", "Take it", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    def __init__(self, series: SeriesState) -> None:
        super().__init__()
        self._series = series

    def compose(self) -> ComposeResult:
        """The frame with the roles in it."""
        with Container(id="frame") as frame:
            frame.border_title = escape(f"What is {clean(self._series.name, 60)}?")
            frame.border_subtitle = "Its key takes a role, Esc leaves it"
            yield RoleList(self._series.role or NO_ROLE)

    def on_key(self, event: events.Key) -> None:
        """A role's key takes it."""
        role = LETTERS.get(event.character or "")
        if role is not None:
            event.stop()
            self.dismiss(role)

    def action_move(self, by: int) -> None:
        """Select another role."""
        self.query_one(RoleList).move(by)

    def action_accept(self) -> None:
        """Take the selected role."""
        self.dismiss(self.query_one(RoleList).selected)

    def action_cancel(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)

    def restyle(self) -> None:
        """The theme changed."""
        self.query_one(RoleList).restyle()
