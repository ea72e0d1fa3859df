"""gan_tui tells how a GAN training stands, from the logs it leaves.

`load` reads a run from a path, `diagnose` judges it. Both are imported when first used, so that
`import gan_tui` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gan_tui._version import __version__

if TYPE_CHECKING:
    from gan_tui.api import diagnose, load
    from gan_tui.run.run import Run

__all__ = ["Run", "__version__", "diagnose", "load"]

_HOMES = {"load": "gan_tui.api", "diagnose": "gan_tui.api", "Run": "gan_tui.run.run"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
