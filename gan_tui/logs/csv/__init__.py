"""Delimited tables."""
