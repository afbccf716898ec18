"""Modules that are loaded for one step and dropped after it: loaded code takes heap.

A name imported into a function lives as long as the function's frame, and holds the whole module.
So a step is called as `load(name).step(…)`, and nothing keeps the module but the call.
"""

import gc
import sys


def load(name):
    """The module of this dotted name."""
    __import__(name)
    return sys.modules[name]


def drop(package, *names):
    """Forget modules of a package, whether loaded or not; without names all that are in it.

    Names that were interned stay (30 % of a module).
    """
    start = package + "."
    for name in [each for each in sys.modules if each.startswith(start)]:
        if not names or name[len(start) :] in names:
            del sys.modules[name]
            delattr(sys.modules[package], name[len(start) :])
    gc.collect()
