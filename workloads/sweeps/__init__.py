"""Sweeps: one race for each value of a parameter."""
