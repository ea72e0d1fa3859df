"""Inference of the adversarial loss of a run."""
