"""Whole blocks of regular rows decoded at once."""
