"""Settings and what is remembered between starts."""
