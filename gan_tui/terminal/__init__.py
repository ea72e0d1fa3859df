"""What the terminal can do."""
