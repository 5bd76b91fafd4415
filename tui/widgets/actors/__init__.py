"""The view of the workload `actors`: the state of a counter over time."""
