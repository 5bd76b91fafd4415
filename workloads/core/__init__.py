"""The vocabulary of everything else: tasks, events, errors, and how lanes and figures are
called.
"""
