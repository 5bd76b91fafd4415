"""The image workload: pictures blurred, augmented, turned into tensors and shrunk, as in Ray's
tutorial.
"""
