"""The widgets that compare races and sweeps."""
