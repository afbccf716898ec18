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


def drop(*names):
    """Forget modules, whether loaded or not; "tuf." are all of a package.

    Names that were interned stay (30 % of a module).
    """
    for name in [each for each in sys.modules if each in names or _package(each) in names]:
        package, _, module = name.partition(".")
        del sys.modules[name]
        delattr(sys.modules[package], module)
    gc.collect()


def _package(name):
    """`tuf.` of `tuf.client`; of `tuf` itself, which stays, nothing."""
    return name[: name.find(".") + 1]
