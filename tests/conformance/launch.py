"""Compiles lib/tuf and the conformance client to bytecode, once, and becomes MicroPython."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

from unixport import BIN, BOARD_HEAP, ROOT, compile_tree  # noqa: E402

_SOURCES = (ROOT / "lib" / "tuf", _HERE / "client")
_CACHE = ROOT / "build" / "conformance"


def compiled() -> Path:
    """The folder with the bytecode of the sources as they are now.

    It is named by their content: the suite fakes the clock, and file times with it.
    """
    digest = hashlib.sha256()
    for source in _SOURCES:
        for path in sorted(source.glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    target = _CACHE / digest.hexdigest()[:16]
    if not target.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as work:
            fresh = Path(work) / "bytecode"
            compile_tree(_SOURCES[0], fresh / "tuf", optimise=2)
            compile_tree(_SOURCES[1], fresh, optimise=2)
            if not target.exists():
                fresh.rename(target)
    return target


def main() -> None:
    """Run the client; its exit status is this program's."""
    heap = os.environ.get("TUF_CLIENT_HEAP", BOARD_HEAP)
    environment = {**os.environ, "MICROPYPATH": f"{compiled()}:.frozen"}
    program = BIN / "micropython"
    arguments = [str(program), "-X", f"heapsize={heap}", "-m", "conformance", *sys.argv[1:]]
    os.execve(program, arguments, environment)


if __name__ == "__main__":
    main()
