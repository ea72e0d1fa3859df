"""Every private name of Textual that the screen uses, so that an upgrade which removes one fails here."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.app import App
from textual.drivers._writer_thread import WriterThread
from textual.screen import Screen
from textual.widget import Widget

import gan_tui.tui
from gan_tui.tui.output import textual_private

OVERRIDDEN = {
    "GanTuiApp": {
        "_display",  # sends a frame
    },
    "ThemedApp": {
        "_running",  # a theme is set before there is a screen
    },
    "TerminalDriver": {
        "_app",  # the app, which is told of a new size
        "_auto_restart",  # whether the driver takes the terminal back after SIGCONT
        "_debug",  # handed to the parser of keys
        "_file",  # what is written to; ours never blocks for ever
        "_get_terminal_size",
        "_in_band_window_resize",  # whether the terminal itself reports its size
        "_must_signal_resume",  # has the app told that it is back
        "_sigcont_application",  # handler of SIGCONT
        "_writer_thread",  # None before the start and after the end
    },
}
"""Private names of Textual that our classes override, set or read on themselves."""

REACHED = {
    App: {"_batch_count", "_closed", "_driver", "_handle_exception", "_running", "_size", "_sync_available"},
    Screen: {"_compositor", "_layout_required"},
    Widget: {"_layout_required", "_styles_cache"},
    WriterThread: {"_queue"},
    Console: {"_color_system"},
    Compositor: {"visible_widgets", "render_strips"},
    LayoutUpdate: {"region", "strips"},
    ChopsUpdate: {"chops", "chop_ends", "spans"},
}
"""Names that `textual_private` and the frame diff reach in an object of Textual or Rich, by its class."""

ON_SELF = re.compile(r"\bself\.([a-z_]\w*)")


@cache
def mentioned(kind: type) -> frozenset[str]:
    """Attributes of `self` that the source of a class mentions."""
    return frozenset(ON_SELF.findall(inspect.getsource(kind)))


def own_names(kind: type) -> set[str]:
    """Names that the source of a class mentions, and those of its namespace."""
    return mentioned(kind) | set(vars(kind))


def names_of(kind: type, package: str) -> set[str]:
    """Names of a class and its bases, as far as they are defined in a package."""
    return set().union(*(own_names(k) for k in kind.__mro__ if k.__module__.split(".")[0] == package))


def screen_classes() -> Iterator[type]:
    """Our classes that derive from one of Textual's."""
    for module in pkgutil.walk_packages(gan_tui.tui.__path__, "gan_tui.tui."):
        for kind in vars(importlib.import_module(module.name)).values():
            ours = inspect.isclass(kind) and kind.__module__ == module.name
            if ours and any(base.__module__.startswith("textual.") for base in kind.__mro__):
                yield kind


@pytest.mark.parametrize("kind", screen_classes(), ids=lambda kind: kind.__name__)
def test_private_names_shared_with_textual_are_listed(kind: type) -> None:
    methods = {name for name, value in vars(kind).items() if inspect.isfunction(value)}
    shared = names_of(kind, "textual") & (mentioned(kind) | methods)
    private = {name for name in shared if name.startswith("_") and not name.startswith("__")}
    expected = OVERRIDDEN.get(kind.__name__, set())
    assert private >= expected, f"Textual no longer has {private ^ expected}: {kind.__name__} relies on it"
    assert private <= expected, f"{private - expected} are Textual's too: rename or list them"


@pytest.mark.parametrize("kind", REACHED, ids=lambda kind: kind.__name__)
def test_the_names_that_are_reached_exist(kind: type) -> None:
    there = names_of(kind, kind.__module__.split(".")[0]) | set(getattr(kind, "__annotations__", ()))
    gone = REACHED[kind] - there - set(inspect.signature(kind).parameters)
    assert not gone, f"{kind.__name__} no longer has {gone}: see gan_tui/tui/output/textual_private.py"


def test_private_names_are_reached_in_one_module_only() -> None:
    listed = set().union(*REACHED.values())
    for file in Path(gan_tui.tui.__path__[0]).rglob("*.py"):
        tree = ast.parse(file.read_bytes())
        reached = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
            and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
            and not isinstance(node.value, ast.Call)  # super()._display
        }
        modules = {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and re.match(r"(textual|rich)\b.*\._", str(node.module))
        }
        if file.name == Path(textual_private.__file__).name:
            assert reached <= listed, f"list {reached - listed} in REACHED"
        else:
            assert not reached | modules, f"{file.name}: move {reached | modules} to textual_private.py"
