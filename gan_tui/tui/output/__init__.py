"""Frames to the terminal."""
