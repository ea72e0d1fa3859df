"""Bytes to batches: parsers, tails, discovery. Knows no screen and no GAN."""
