"""What the Code screen consists of."""
