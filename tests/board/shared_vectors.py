"""The vectors that host and board share, one by one: all together would fill the heap."""

import gc
import json
import os


def of(name):
    """Each object of a file of tests/vectors."""
    with open(f"{os.getenv('VECTORS')}/{name}", "rb") as file:
        while True:
            gc.collect()
            line = memoryview(file.readline())
            if not line:
                return
            end = len(line) - (2 if line[-2:] == b",\n" else 1)
            if end > 1:
                vector = json.loads(line[:end])
                line = None
                yield vector
