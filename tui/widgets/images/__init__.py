"""The widgets of the image workload."""
