"""The widgets of the screens; each reads the ledger and paints only the lines that
changed.
"""
