"""One training run: series, roles and objective."""
