"""Comparison of the lanes' results."""
