"""The widgets of the π workload."""
