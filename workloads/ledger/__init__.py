"""The fold of a race's events: all that the screen and the reports know of a race."""
