"""The only input and output of the readers."""
