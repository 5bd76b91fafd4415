"""Lane processes, and the coordinator that runs races on them."""
