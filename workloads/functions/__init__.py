"""Any function of the user's as a workload: finding it, reading its inputs, storing its results."""
