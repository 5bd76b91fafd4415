"""What is run, how it is run and what was measured: everything here works without a screen."""
