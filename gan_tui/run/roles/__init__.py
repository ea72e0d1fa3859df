"""Inference of roles from series names."""
