"""The widgets of the task table."""
