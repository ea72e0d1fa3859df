"""Alerts: when a run's badge calls for somebody, say so once an episode, and never get in the way."""
