"""What all tests share."""

from __future__ import annotations

import os

# Matrices here are so small that threads cost more than they give, and the more the busier the machine
# is. Read when numpy is loaded, so before anything else.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
