"""The engine `processes`: a pool of worker processes."""
