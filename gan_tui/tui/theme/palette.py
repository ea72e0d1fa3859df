"""Colours: few, told apart by people who see them differently, and never the only sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from gan_tui.diagnosis.result import Badge

TWO_COLOURS = "rgb:"
"""Prefix of a style that names two colours: of the upper and of the lower half of a cell."""

PALETTES: dict[str, dict[str, str]] = {
    "dark": {
        "d": "#93d5ff",
        "d-raw": "#2d5573",
        "d-old": "#33475a",
        "g": "#e8822e",
        "g-raw": "#6b4019",
        "g-old": "#564232",
        "a": "#a584f2",
        "a-raw": "#4d4273",
        "b": "#45b98f",
        "b-raw": "#2f5f53",
        "c": "#e6dc7a",
        "c-raw": "#66622f",
        "old": "#3c4653",
        "ink": "#d5dbe3",
        "soft": "#8b96a5",
        "faint": "#4b5563",
        "line": "#394048",
        "key": "#9fb4cc",
        "warming-up": "#8b96a5",
        "converging": "#5fd38d",
        "oscillating": "#f2c94c",
        "collapse": "#e58cf0",
        "diverged": "#ff5f5f",
        "on-badge": "#10151b",
        "nonfinite": "#ff5f5f",
        "paper": "#11161d",
        "raised": "#252a31",
        "band": "#1d2733",
    },
    "light": {
        "d": "#004a8a",
        "d-raw": "#a9c9e2",
        "d-old": "#c3d0db",
        "g": "#b85400",
        "g-raw": "#ecc9a8",
        "g-old": "#e0d0c2",
        "a": "#8058c6",
        "a-raw": "#cbc1e6",
        "b": "#0a7a5e",
        "b-raw": "#b3d9cf",
        "c": "#4f5200",
        "c-raw": "#cfd0ae",
        "old": "#ccd2d9",
        "ink": "#1d2630",
        "soft": "#5c6773",
        "faint": "#a3adb8",
        "line": "#cdd4dc",
        "key": "#34526e",
        "warming-up": "#6b7682",
        "converging": "#14804a",
        "oscillating": "#8f6a00",
        "collapse": "#a0279f",
        "diverged": "#b3161b",
        "on-badge": "#ffffff",
        "nonfinite": "#c62828",
        "paper": "#f7f8fa",
        "raised": "#e9edf1",
        "band": "#e3ebf3",
    },
    "ansi": {
        "d": "ansi_bright_cyan",
        "d-raw": "ansi_blue",
        "d-old": "ansi_bright_black",
        "g": "ansi_yellow",
        "g-raw": "ansi_bright_black",
        "g-old": "ansi_bright_black",
        "a": "ansi_bright_magenta",
        "a-raw": "ansi_bright_black",
        "b": "ansi_bright_green",
        "b-raw": "ansi_bright_black",
        "c": "ansi_bright_white",
        "c-raw": "ansi_bright_black",
        "old": "ansi_bright_black",
        "ink": "ansi_default",
        "soft": "ansi_default",
        "faint": "ansi_bright_black",
        "line": "ansi_bright_black",
        "key": "ansi_cyan",
        "warming-up": "ansi_white",
        "converging": "ansi_green",
        "oscillating": "ansi_yellow",
        "collapse": "ansi_magenta",
        "diverged": "ansi_red",
        "on-badge": "ansi_black",
        "nonfinite": "ansi_bright_red",
        "paper": "ansi_default",
        "raised": "ansi_default",
        "band": "ansi_default",
    },
}
PALETTES["ansi-light"] = PALETTES["ansi"] | {
    "d": "ansi_blue",
    "d-raw": "ansi_cyan",
    "g": "ansi_bright_red",
    "g-raw": "ansi_yellow",
    "a": "ansi_magenta",
    "b": "ansi_green",
    "c": "ansi_black",
    "key": "ansi_blue",
    "warming-up": "ansi_bright_black",
    "on-badge": "ansi_bright_white",
    "nonfinite": "ansi_red",
}
PALETTES["mono"] = dict.fromkeys(PALETTES["ansi"], "ansi_default")

ANSI = frozenset({"ansi", "ansi-light", "mono"})
"""These keep to the colours that the terminal itself has set."""
NAMES = tuple(PALETTES)
"""What `--theme` takes, beside the names of Textual's own themes."""
ALIASES = {"ansi-dark": "ansi"}
"""Further names of ours: Textual's own theme of this name has no ink for curves."""


def themes() -> list[Theme]:
    """The program's themes, ready to be registered as gan-dark, gan-light, ..."""
    return [_theme(name) for name in PALETTES]


def _theme(name: str) -> Theme:
    palette = PALETTES[name]
    base = "ansi-light" if name == "ansi-light" else "ansi-dark"
    theirs = BUILTIN_THEMES[base].variables if name in ANSI else {}
    return Theme(
        name=f"gan-{name}",
        primary=palette["d"],
        secondary=palette["a"],
        accent=palette["g"],
        warning=palette["oscillating"],
        error=palette["diverged"],
        success=palette["converging"],
        foreground=palette["ink"],
        background=palette["paper"],
        surface=palette["paper"],
        panel=palette["raised"],
        dark=name not in {"light", "ansi-light"},
        ansi=name in ANSI,
        variables={**theirs, **variables(name)},
    )


def variables(name: str = "dark") -> dict[str, str]:
    """The palette as CSS variables: $gan-d, $gan-converging, ..."""
    return {f"gan-{key}": value for key, value in PALETTES[name].items()}


# -- styles by name ------------------------------------------------------------------------------------

CURVES = ("d", "g", "a", "b", "c")
STYLES: dict[str, tuple[str, str, str, str]] = {
    "plot": ("ink", "", "", ""),
    "soft": ("soft", "", "", "dim"),
    "faint": ("faint", "", "", "dim"),
    "axis": ("line", "", "", "dim"),
    "rule": ("line", "", "", "dim"),
    "label": ("soft", "", "", ""),
    "level": ("faint", "", "", "dim"),
    "level-d": ("d-raw", "", "", "dim"),
    "level-g": ("g-raw", "", "", "dim"),
    "restart": ("faint", "", "", ""),
    "cursor": ("soft", "", "", ""),
    "nonfinite": ("nonfinite", "", "bold", "bold"),
    "warning": ("oscillating", "", "", "bold"),
    "title": ("soft", "", "", ""),
    "title-on": ("ink", "", "bold", "bold"),
    "strong": ("ink", "", "bold", "bold"),
    "key": ("key", "", "bold", "bold"),
    "bar": ("soft", "raised", "", ""),
    "bar-strong": ("ink", "raised", "bold", "bold"),
    "bar-soft": ("soft", "raised", "", "dim"),
    "bar-warning": ("oscillating", "raised", "bold", "bold"),
    "hint": ("key", "raised", "", ""),
    "chosen": ("ink", "raised", "bold", "bold reverse"),
    **{f"{c}": (c, "", "", "bold" if c == "d" else "") for c in CURVES},
    **{f"{c}-raw": (f"{c}-raw", "", "", "dim") for c in CURVES},
    **{f"{c}-old": (f"{c}-old" if c in "dg" else "old", "", "", "dim") for c in CURVES},
    **{f"badge-{b}": ("on-badge", str(b), "bold", "bold reverse") for b in Badge},
    **{f"bar-{b}": (str(b), "raised", "bold", "bold") for b in Badge},
    **{f"state-{b}": (str(b), "", "bold", "bold") for b in Badge},
}
"""Style name to foreground, background ("" is the paper's), attributes, and those of monochrome."""


PAPERS = {"band": "band", "chosen": "raised"}
"""What may stand behind an @ in a style's name: the same ink on another paper."""


@runtime_checkable
class Restyled(Protocol):
    """What can paint itself anew in the colours of another theme."""

    def restyle(self) -> None:
        """The theme changed."""


class Paint:
    """Rich styles by name, in the colours of one theme.

    Args:
        values: The theme's variables.
        mono: No colour: attributes alone.
    """

    def __init__(self, values: Mapping[str, str], *, mono: bool = False) -> None:
        self._values = values
        self._mono = mono
        self._styles: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        if name.startswith(TWO_COLOURS):
            upper, lower = name[len(TWO_COLOURS) :].split(":")
            return Style(color=RichColor.parse(f"#{upper}"), bgcolor=RichColor.parse(f"#{lower}"))
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self._make(name)
        return style

    def _make(self, name: str) -> Style:
        base, _, behind = name.partition("@")
        ink, paper, attributes, bare = STYLES[base]
        if behind:
            paper = PAPERS[behind]
        words = (bare if self._mono else attributes).split()
        if behind == "chosen" or base == "chosen":
            # Where no paper is to be had that stands out, the chosen line is turned about.
            flat = self._values["gan-raised"] == self._values["gan-paper"]
            words = [*words, "reverse"] if flat else words
        return Style(
            color=self._colour(ink),
            bgcolor=self._colour(paper or "paper"),
            bold="bold" in words or None,
            dim="dim" in words or None,
            reverse="reverse" in words or None,
        )

    def _colour(self, key: str) -> RichColor:
        return Color.parse(self._values[f"gan-{key}"]).rich_color
