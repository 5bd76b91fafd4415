"""Widgets of the workload that reads one array."""
