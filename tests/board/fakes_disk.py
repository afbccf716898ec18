"""A small littlefs in RAM whose power can be cut at any write or erase. Mounted at /data."""

import vfs

_BLOCK = 512
_COUNT = 32


class PowerCutError(BaseException):
    """The board is off: nothing that runs on it may catch this."""


_cut = PowerCutError()  # made before: a file's finaliser meets it while the heap is locked


class Disk:
    """What survives. `cut(at, done)`: the power goes at operation `at`, counted from 0.

    Of that one `done` tenths reach the flash. It is empty, but for the mark of
    production when it is `new`.
    """

    def __init__(self, new=False):
        self.bytes = bytearray(b"\xff" * (_BLOCK * _COUNT))
        self.view = memoryview(self.bytes)
        self._device = None
        vfs.VfsLfs2.mkfs(_Device(self))
        self.mount()
        if new:
            open("/data/new", "w").close()

    def mount(self):
        """As after power on: what was open is gone."""
        if self._device:
            self._device.dead = True
            vfs.umount("/data")
        self._device = _Device(self)
        vfs.mount(vfs.VfsLfs2(self._device), "/data")

    def cut(self, at, done):
        self._device.cut_at, self._device.done = at, done

    def save(self):
        """The bytes as they are."""
        return bytes(self.bytes)

    def restore(self, saved):
        """Make them so again, and mount."""
        self.bytes[:] = saved
        self.mount()


class _Device:
    """The disk from one power on to the next."""

    def __init__(self, disk):
        self._disk = disk
        self.dead = False
        self.cut_at, self.done = -1, 0

    def readblocks(self, block, target, offset=0):
        if self.dead:
            raise _cut
        start = block * _BLOCK + offset
        target[:] = self._disk.view[start : start + len(target)]

    def writeblocks(self, block, source, offset=0):
        self._change(block * _BLOCK + offset, source)

    def ioctl(self, op, block):
        if op == 4:
            return _COUNT
        if op == 5:
            return _BLOCK
        if op == 6:
            self._change(block * _BLOCK, b"\xff" * _BLOCK)
        return 0

    def _change(self, start, data):
        if self.dead:
            raise _cut
        count = len(data)
        if not self.cut_at:
            self.dead, count = True, count * self.done // 10
        self.cut_at -= 1
        self._disk.bytes[start : start + count] = data[:count]
        if self.dead:
            raise _cut
