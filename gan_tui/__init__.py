"""gan_tui diagnoses GAN training from its logs.

`load` reads a run from a path, `diagnose` returns its diagnosis. Both are imported on first use, so that
`import gan_tui` is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gan_tui._version import __version__

if TYPE_CHECKING:
    from gan_tui.api import diagnose, load
    from gan_tui.run.run import Run

__all__ = ["Run", "__version__", "diagnose", "load"]

_MODULES = {"load": "gan_tui.api", "diagnose": "gan_tui.api", "Run": "gan_tui.run.run"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
