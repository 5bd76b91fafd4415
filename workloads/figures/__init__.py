"""The figures derived from a ledger: speedup, projection, waterfall, scaling, and the report."""
