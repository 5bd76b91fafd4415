"""The files and streams that a race's results are written to."""
