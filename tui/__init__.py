"""Drawing: the app, its screens and widgets, and the command line."""

import os

# Before numpy is loaded: nothing here multiplies matrices, and lanes set their own. OpenBLAS
# interrupts a process that has no thread left for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
