"""Which parser reads a log."""
