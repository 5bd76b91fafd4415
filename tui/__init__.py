"""All that is drawn, and the command line."""
