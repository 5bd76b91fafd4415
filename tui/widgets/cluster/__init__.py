"""The widgets of screen 5."""
