"""The workload `arrays`: many small tasks that read one large array."""
