"""Logged sample images, measured."""
