"""Numpy to cells. Knows no widget."""
