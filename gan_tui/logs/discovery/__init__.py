"""Paths to runs."""
