"""Fast path for event files: repeating records are compared with a template and read in bulk."""
