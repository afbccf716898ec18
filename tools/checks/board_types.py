"""`python -m checks.board_types`: the board's code against the stubs of MicroPython for ESP32.

The stubs bring MicroPython's own version of the standard library. Most of the board's code has no
annotations, so what is found is names, attributes and arguments that there are not.
"""

from __future__ import annotations

import sys
from pathlib import Path

from checks.typechecker import run_mypy
from checks.verdict import verdict
from lockerctl.paths import ROOT

# `make` installs them there.
_STUBS = Path(sys.prefix) / "typings"
_CODE = ("boot.py", "main.py", "lib")
_OPTIONS = (
    "--config-file=",
    *("--custom-typeshed-dir", _STUBS),
    "--check-untyped-defs",
    "--explicit-package-bases",
    # None is what a variable is before it is something, and the first value does not fix its type:
    # the code has no annotations that would say so.
    "--no-strict-optional",
    "--allow-redefinition",
    "--disable-error-code=var-annotated",
)

# What mypy says of code that is right, and why it is.
GAPS = {
    'Argument 1 to "Partition" has incompatible type "int"; expected "str"  [arg-type]': (
        "Partition.BOOT and Partition.RUNNING are numbers, also in the stubs"
    ),
    'Cannot instantiate abstract class "VfsLfs2" with abstract attributes "ioctl", "readblocks" '
    'and "writeblocks"  [abstract]': "the stubs derive VfsLfs2 from a block device by mistake",
    'Argument 1 to "VfsLfs2" has incompatible type "Layer"; expected "AbstractBlockDev"  '
    "[arg-type]": "any object with these methods is a block device",
    'Argument 1 to "unhexlify" has incompatible type "memoryview[int]"; expected "str | bytes"  '
    "[arg-type]": "it takes whatever has the buffer protocol",
    'Value of type variable "AnyStr" of "loads" cannot be "memoryview[int]"  [type-var]': (
        "it takes whatever has the buffer protocol"
    ),
    'Incompatible types in assignment (expression has type "_TicksMs", variable has type "int")  '
    "[assignment]": "a time that is not set yet is 0",
    'Name "boot" is not defined  [name-defined]': "main.py runs in the globals of boot.py",
    'Name "RUN" is not defined  [name-defined]': "main.py runs in the globals of boot.py",
}


def mistakes(root: Path) -> list[str]:
    """A line for each mistake in the board's code below `root`, and for each gap that is closed.

    Raises MypyError.
    """
    cache = ("--cache-dir", root / ".mypy_cache" / "board")
    lines = run_mypy(root, (_STUBS, "lib"), (*_OPTIONS, *cache, *_CODE))
    # The stubs have mistakes of their own, told with their own path.
    found = [line.split(": error: ", 1) for line in lines if line.startswith(_CODE)]
    told = [f"{where}: {text}" for where, text in found if text not in GAPS]
    seen = {text for _, text in found}
    return told + [f"checks/board_types.py: needed no more: {gap}" for gap in GAPS.keys() - seen]


if __name__ == "__main__":
    sys.exit(verdict("types of the board's code", lambda: mistakes(ROOT)))
