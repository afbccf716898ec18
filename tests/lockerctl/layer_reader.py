"""Layer images for tests, and what MicroPython reads from them."""

from __future__ import annotations

import binascii
import random
from pathlib import Path

from unixport import run_micropython

# Mounts argv[1] as boot.py mounts a layer, or as the port mounts a partition, and prints each file
# with its CRC-32.
_LIST = """
import binascii, os, sys, vfs
with open(sys.argv[1], "rb") as file:
    image = file.read()
block = int(sys.argv[2])
class Device:
    def readblocks(self, n, buf, off=0):
        at = n * block + off
        buf[:] = image[at : at + len(buf)]
    def writeblocks(self, n, buf, off=0):
        raise OSError(30)
    def ioctl(self, op, arg):
        return {4: len(image) // block, 5: block}.get(op, 0)
options = {"readsize": 256} if block == 1024 else {}
vfs.mount(vfs.VfsLfs2(Device(), **options), "/layer", readonly=True)
def walk(path):
    for name, kind, _, _ in os.ilistdir(path):
        if kind == 0x4000:
            walk(path + "/" + name)
        else:
            with open(path + "/" + name, "rb") as file:
                print(path + "/" + name, binascii.crc32(file.read()))
walk("/layer")
"""


def some_files(count: int, longest: int) -> dict[str, bytes]:
    """Modules of random sizes below `longest`, in five directories."""
    chance = random.Random(count)
    return {
        f"/p{n % 5}/module{n}.mpy": chance.randbytes(chance.randrange(longest))
        for n in range(count)
    }


def crcs(files: dict[str, bytes]) -> dict[str, int]:
    """Path to CRC-32, as `listed` gives them."""
    return {path: binascii.crc32(data) for path, data in files.items()}


def listed(work: Path, image: bytes, block: int) -> dict[str, int]:
    """Path to CRC-32, as MicroPython sees the image."""
    (work / "image").write_bytes(image)
    (work / "list.py").write_text(_LIST)
    argv: list[str | Path] = [work / "list.py", work / "image", str(block)]
    result = run_micropython(argv, path=[], heap="1M")
    assert result.returncode == 0, result.stdout
    rows = (line.rsplit(" ", 1) for line in result.stdout.splitlines())
    return {path.removeprefix("/layer"): int(crc) for path, crc in rows}
