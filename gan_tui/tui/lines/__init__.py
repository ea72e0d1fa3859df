"""State to styled lines: pure functions."""
