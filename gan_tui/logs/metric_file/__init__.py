"""One file for one metric."""
