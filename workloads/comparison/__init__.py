"""Whether the lanes computed the same results."""
