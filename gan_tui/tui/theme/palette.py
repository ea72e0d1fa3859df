"""Colours: few, distinguishable with colour blindness, and never the only distinction."""

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
        "foreground": "#d5dbe3",
        "soft": "#8b96a5",
        "faint": "#4b5563",
        "rule": "#394048",
        "key": "#9fb4cc",
        "warming-up": "#8b96a5",
        "converging": "#5fd38d",
        "oscillating": "#f2c94c",
        "collapse": "#e58cf0",
        "diverged": "#ff5f5f",
        "on-badge": "#10151b",
        "nonfinite": "#ff5f5f",
        "background": "#11161d",
        "panel": "#252a31",
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
        "foreground": "#1d2630",
        "soft": "#5c6773",
        "faint": "#a3adb8",
        "rule": "#cdd4dc",
        "key": "#34526e",
        "warming-up": "#6b7682",
        "converging": "#14804a",
        "oscillating": "#8f6a00",
        "collapse": "#a0279f",
        "diverged": "#b3161b",
        "on-badge": "#ffffff",
        "nonfinite": "#c62828",
        "background": "#f7f8fa",
        "panel": "#e9edf1",
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
        "foreground": "ansi_default",
        "soft": "ansi_default",
        "faint": "ansi_bright_black",
        "rule": "ansi_bright_black",
        "key": "ansi_cyan",
        "warming-up": "ansi_white",
        "converging": "ansi_green",
        "oscillating": "ansi_yellow",
        "collapse": "ansi_magenta",
        "diverged": "ansi_red",
        "on-badge": "ansi_black",
        "nonfinite": "ansi_bright_red",
        "background": "ansi_default",
        "panel": "ansi_default",
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
"""Palettes that use only the terminal's own colours."""
NAMES = tuple(PALETTES)
"""Values of `--theme`, in addition to the names of Textual's own themes."""
ALIASES = {"ansi-dark": "ansi"}
"""Other names of our palettes. Textual has a theme of this name, without colours for curves."""


def themes() -> list[Theme]:
    """Return the program's themes: gan-dark, gan-light, ..."""
    return [_theme(name) for name in PALETTES]


def _theme(name: str) -> Theme:
    palette = PALETTES[name]
    base = "ansi-light" if name == "ansi-light" else "ansi-dark"
    builtin = BUILTIN_THEMES[base].variables if name in ANSI else {}
    return Theme(
        name=f"gan-{name}",
        primary=palette["d"],
        secondary=palette["a"],
        accent=palette["g"],
        warning=palette["oscillating"],
        error=palette["diverged"],
        success=palette["converging"],
        foreground=palette["foreground"],
        background=palette["background"],
        surface=palette["background"],
        panel=palette["panel"],
        dark=name not in {"light", "ansi-light"},
        ansi=name in ANSI,
        variables={**builtin, **variables(name)},
    )


def variables(name: str = "dark") -> dict[str, str]:
    """Return a palette as CSS variables: $gan-d, $gan-converging, ..."""
    return {f"gan-{key}": value for key, value in PALETTES[name].items()}


# -- styles by name ------------------------------------------------------------------------------------

CURVES = ("d", "g", "a", "b", "c")
STYLES: dict[str, tuple[str, str, str, str]] = {
    "plot": ("foreground", "", "", ""),
    "soft": ("soft", "", "", "dim"),
    "faint": ("faint", "", "", "dim"),
    "axis": ("rule", "", "", "dim"),
    "rule": ("rule", "", "", "dim"),
    "label": ("soft", "", "", ""),
    "level": ("faint", "", "", "dim"),
    "level-d": ("d-raw", "", "", "dim"),
    "level-g": ("g-raw", "", "", "dim"),
    "restart": ("faint", "", "", ""),
    "cursor": ("soft", "", "", ""),
    "nonfinite": ("nonfinite", "", "bold", "bold"),
    "warning": ("oscillating", "", "", "bold"),
    "title": ("soft", "", "", ""),
    "title-selected": ("foreground", "", "bold", "bold"),
    "strong": ("foreground", "", "bold", "bold"),
    "key": ("key", "", "bold", "bold"),
    "bar": ("soft", "panel", "", ""),
    "bar-strong": ("foreground", "panel", "bold", "bold"),
    "bar-soft": ("soft", "panel", "", "dim"),
    "bar-warning": ("oscillating", "panel", "bold", "bold"),
    "hint": ("key", "panel", "", ""),
    "selected": ("foreground", "panel", "bold", "bold reverse"),
    **{f"{c}": (c, "", "", "bold" if c == "d" else "") for c in CURVES},
    **{f"{c}-raw": (f"{c}-raw", "", "", "dim") for c in CURVES},
    **{f"{c}-old": (f"{c}-old" if c in "dg" else "old", "", "", "dim") for c in CURVES},
    **{f"badge-{b}": ("on-badge", str(b), "bold", "bold reverse") for b in Badge},
    **{f"bar-{b}": (str(b), "panel", "bold", "bold") for b in Badge},
    **{f"state-{b}": (str(b), "", "bold", "bold") for b in Badge},
}
"""Style name to foreground, background ("" for the default), attributes, and attributes without colour."""


BACKGROUNDS = {"band": "band", "selected": "panel"}
"""Backgrounds that a style name may end with after an @: "d@band" is style "d" on the background "band"."""


@runtime_checkable
class Restylable(Protocol):
    """Can be repainted in the colours of another theme."""

    def restyle(self) -> None:
        """Repaint in the colours of the current theme."""


class RichStyles:
    """Rich styles by name, in the colours of one theme.

    Args:
        values: The theme's variables.
        mono: Use attributes instead of colours.
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
            style = self._styles[name] = self._create(name)
        return style

    def _create(self, name: str) -> Style:
        base, _, suffix = name.partition("@")
        foreground, background, coloured, colourless = STYLES[base]
        if suffix:
            background = BACKGROUNDS[suffix]
        attributes = (colourless if self._mono else coloured).split()
        if "selected" in {base, suffix} and self._values["gan-panel"] == self._values["gan-background"]:
            # The palette has no background that differs, so the selected line is shown in reverse.
            attributes.append("reverse")
        return Style(
            color=self._colour(foreground),
            bgcolor=self._colour(background or "background"),
            bold="bold" in attributes or None,
            dim="dim" in attributes or None,
            reverse="reverse" in attributes or None,
        )

    def _colour(self, key: str) -> RichColor:
        return Color.parse(self._values[f"gan-{key}"]).rich_color
