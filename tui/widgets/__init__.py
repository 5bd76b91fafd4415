"""What the screens are made of; each widget reads the ledger and paints only the lines that
changed.
"""
