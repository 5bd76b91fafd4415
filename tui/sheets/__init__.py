"""The sheets: boxes over a screen that ask for something."""
