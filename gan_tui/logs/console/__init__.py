"""Printed lines."""
