"""Series names to roles."""
