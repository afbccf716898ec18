"""The log: the console, and the last few KiB on `data` in two files that take turns."""

import os
import time

from micropython import const

_LIMIT = const(4096)
_PATH = "/data/log.txt"


def log(text):
    """Print one line and keep it. Never a secret. Rare events only: each line wears the flash."""
    print(text)
    try:
        with open(_PATH, "a") as file:
            file.write("%d %s\n" % (time.time(), text))
            full = file.tell() > _LIMIT
        if full:
            os.rename(_PATH, _PATH + ".old")
    except OSError as error:
        print("log: not kept:", error)
