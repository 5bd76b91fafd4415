"""The end of the app, in processes of their own."""

import subprocess
import sys

LEAVES_WHILE_LOADING = """
import asyncio
import sys
import threading
import time
from types import SimpleNamespace

from tui import program

class Slow:
    def find_spec(self, name, *rest):
        if name == "workloads.functions.inputs":
            begun.set()
            time.sleep(0.5)

begun = threading.Event()
sys.meta_path.insert(0, Slow())
threading.Thread(target=lambda: __import__("workloads.functions.probe")).start()
assert begun.wait(60)
asyncio.run(program._close(SimpleNamespace(opened=False)))
print("loaded", "workloads.functions.inputs" in sys.modules)
"""


def test_it_may_be_left_while_a_thread_still_loads_what_describes_functions():
    left = subprocess.run(
        [sys.executable, "-c", LEAVES_WHILE_LOADING], capture_output=True, text=True
    )
    assert (left.stdout, left.stderr) == ("loaded True\n", "")
