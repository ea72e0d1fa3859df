"""What all tests share."""

from __future__ import annotations

import os

import pytest

# Matrices here are so small that threads cost more than they give, and the more the busier the machine
# is. Read when numpy is loaded, so before anything else.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")


@pytest.fixture(autouse=True)
def own_state(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No test reads or writes what the user's own gan-tui remembers, nor what another test's does."""
    folder = tmp_path_factory.getbasetemp() / "state" / f"{hash(request.node.nodeid):x}"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
