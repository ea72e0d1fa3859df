"""Charts: numpy arrays to cells, independent of any widget."""
