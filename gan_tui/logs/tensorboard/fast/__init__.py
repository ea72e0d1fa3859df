"""Repeating event records read at once."""
