"""Which curve is whose: roles from the names that GAN codebases use."""

from __future__ import annotations
