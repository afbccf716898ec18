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
    """Forget these modules of a package, whether loaded or not.

    Names that were interned stay (30 % of a module).
    """
    _forget(package, names, True)


def keep(package, *names):
    """Forget all modules of a package but these."""
    _forget(package, names, False)


def _forget(package, names, are_meant):
    start = package + "."
    for path in [each for each in sys.modules if each.startswith(start)]:
        name = path[len(start) :]
        if (name in names) == are_meant:
            del sys.modules[path]
            delattr(sys.modules[package], name)
    gc.collect()
