"""A board on the bench: MicroPython's own REPL at a pseudo-terminal, for mpremote and ampy.

The unix port speaks the raw REPL. What it lacks is stood in for: the flash (`data` is a littlefs in
a file), `machine.reset`, and a soft reset that comes back.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import threading
import time
import tty
from pathlib import Path

from lockerctl.littlefs_image import PARTITION_BLOCK, build_image, read_image
from unixport import BIN

# Runs before the REPL: the folders of the host become the board's file systems.
_BOOT = """
import io, os, sys, vfs
class Flash:
    def __init__(self, path):
        self.file = open(path, "r+b")
    def readblocks(self, n, buf, off=0):
        self.file.seek(n * 4096 + off)
        self.file.readinto(buf)
    def writeblocks(self, n, buf, off=0):
        self.file.seek(n * 4096 + off)
        self.file.write(buf)
        self.file.flush()
    def ioctl(self, op, arg):
        if op == 6:
            self.writeblocks(arg, b"\\xff" * 4096)
            return 0
        return {4: BLOCKS, 5: 4096}.get(op, 0)
class Machine:
    def reset(self):
        resets.write("reset\\n")
        resets.close()
        sys.exit(0)
sys.modules["machine"] = Machine()
resets = open("ROOT/resets", "a")
data = Flash("ROOT/data")
vfs.umount("/")
vfs.mount(vfs.VfsPosix("ROOT/vfs"), "/")
vfs.mount(vfs.VfsPosix("ROOT/app"), "/app")
vfs.mount(vfs.VfsLfs2(data, mtime=False), "/data")
"""


class BenchBoard:
    """A board that waits at `port`. `app`: the files of its app layer."""

    def __init__(
        self, root: Path, app: dict[str, bytes], *, developer: bool = True, blocks: int = 32
    ) -> None:
        self.root = root
        for path, content in {
            "vfs/board.json": json.dumps({"developer": developer}).encode(),
            "vfs/app/.mount": b"",
            "vfs/data/.mount": b"",
            "data": build_image({}, PARTITION_BLOCK, blocks),
            "boot.py": _BOOT.replace("ROOT", str(root)).replace("BLOCKS", str(blocks)).encode(),
            "resets": b"",
            **{f"app/{path.lstrip('/')}": content for path, content in app.items()},
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        (root / "app").mkdir(exist_ok=True)
        self._outside, slave = pty.openpty()
        tty.setraw(slave)
        self._slave = slave
        self.port = os.ttyname(slave)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the board off its port."""
        self._stop.set()
        self._thread.join()
        os.close(self._outside)
        os.close(self._slave)

    def data(self) -> dict[str, bytes]:
        """The files on `data`."""
        return read_image((self.root / "data").read_bytes(), PARTITION_BLOCK)

    @property
    def resets(self) -> int:
        """How often the chip was reset."""
        return len((self.root / "resets").read_text().splitlines())

    def wait_for_resets(self, count: int) -> None:
        """Wait until the chip has been reset so often: who resets it waits for no answer."""
        deadline = time.monotonic() + 10
        while self.resets < count:
            assert time.monotonic() < deadline, f"{self.resets} of {count} resets"
            time.sleep(0.01)

    def _serve(self) -> None:
        """Keep a MicroPython running: one ends at a reset, or at a soft reset, which it tells."""
        soft = False
        while not self._stop.is_set():
            inside, slave = pty.openpty()
            tty.setraw(slave)
            process = subprocess.Popen(
                [BIN / "micropython", "-i", self.root / "boot.py"],
                stdin=slave,
                stdout=slave,
                stderr=slave,
            )
            os.close(slave)
            # What comes while it starts waits, so that a Ctrl-C does not interrupt the start.
            self._wait_for_prompt(inside)
            if soft:
                os.write(self._outside, b"soft reboot\r\n")
                os.write(inside, b"\x01")
            before = self.resets
            self._pump(inside, process, before)
            soft = self.resets == before
            process.kill()
            process.wait()
            os.close(inside)

    def _wait_for_prompt(self, inside: int) -> None:
        seen = b""
        while not seen.endswith(b">>> "):
            seen += os.read(inside, 1)

    def _pump(self, inside: int, process: subprocess.Popen[bytes], resets: int) -> None:
        """Carry bytes both ways until MicroPython ends; none to it once it is about to."""
        ways = {inside: self._outside, self._outside: inside}
        while not self._stop.is_set():
            sources = [inside] if self.resets > resets else list(ways)
            ready, _, _ = select.select(sources, [], [], 0.05)
            if not ready and process.poll() is not None:
                return
            for source in ready:
                try:
                    os.write(ways[source], os.read(source, 4096))
                except OSError:
                    process.wait()
                    return
