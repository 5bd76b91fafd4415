"""Modules whose bodies change the process that loads them, each with a function `f`; test_bodies
writes them out.
"""

FORK = """
import os
os.fork()
def f(n): return n
"""

METHOD = """
import multiprocessing
multiprocessing.set_start_method("fork")
def g(n): return n
def f(n):
    process = multiprocessing.Process(target=g, args=(n,))
    process.start()
    process.join()
    return process.exitcode
"""

METHOD_AGAIN = METHOD

POOL = """
import multiprocessing
def g(n): return 2 * n
POOL = multiprocessing.get_context("fork").Pool(1)
def f(n): return POOL.apply(g, (n,))
"""

STREAMS = """
import os, sys
sys.stdout.close()
sys.stderr = None
def f(n):
    print("printed", n)
    return n
"""

IMPORTS = """
import sys, threading
sys.path = None
sys.meta_path.clear()
sys.excepthook = threading.excepthook = None
def f(n):
    import colorsys
    return n
"""

SIGNALS = """
import signal
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1))
def f(n):
    while n == 1:
        pass
    return n
"""

SPAWNS = """
import multiprocessing
POOL = multiprocessing.get_context("spawn").Pool(1)
def f(n): return n
"""
