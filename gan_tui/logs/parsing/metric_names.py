"""Limits and printable forms of metric names."""

MAX_NAME = 1_000
"""Longest name in characters; a longer one is a mistake or an attack."""


def printable(name: str) -> str:
    """Replace lone surrogates, which neither files nor terminals accept."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode("utf-8")
