"""A run to its diagnosis. Pure numpy."""
