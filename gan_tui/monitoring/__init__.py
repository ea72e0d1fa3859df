"""Runs kept up to date, as frozen snapshots."""
