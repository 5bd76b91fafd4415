"""The machine that the program runs on: CPUs, clocks, folders, threads."""
