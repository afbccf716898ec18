"""The two slots in flash: the only place where the agent reads, writes and chooses them.

Guards what the chip's own functions do not (ESP-IDF's OTA traps): nothing is ever written to the
running slot but its two words; `set_boot` only for the slot that is not the bootloader's choice
already; a slot is marked valid only by itself.
"""

from esp32 import Partition
from micropython import const

from ota.errors import FlashError
from ota.layout import COMMITTED_AT, FAILED_AT, MANIFEST_AT, SECTOR

_PROGRAMMED = b"\0\0\0\0"
_SIZE = const(3)  # in Partition.info()
_LABEL = const(4)


class Slots:
    """`running` and `other` are 0 or 1. Offsets and lengths in bytes."""

    def __init__(self, running, cache):
        self._cache = cache
        self.running, self.other = running, 1 - running
        self._ota = [Partition("ota_0"), Partition("ota_1")]
        self._store = [Partition("store_0"), Partition("store_1")]

    def sizes(self):
        """Bytes of an ota_k and of a store_k: the smaller of each pair."""
        return (
            min(part.info()[_SIZE] for part in self._ota),
            min(part.info()[_SIZE] for part in self._store),
        )

    def read(self, slot, core, at, count):
        """`count` bytes, within one sector, of ota_k (`core`) or store_k from offset `at` on.

        They are in borrowed memory: use them before the next await.
        """
        part = self._cache.borrow()[:count]
        (self._ota if core else self._store)[slot].readblocks(at // SECTOR, part, at % SECTOR)
        return part

    def write(self, core, at, sector, blank):
        """Write one whole sector of the other slot; `blank`: it is erased already."""
        part = (self._ota if core else self._store)[self.other]
        try:
            if blank:
                part.writeblocks(at // SECTOR, sector, 0)
            else:
                part.writeblocks(at // SECTOR, sector)
        except OSError as error:
            raise FlashError("flash: %s" % error) from None

    def read_header(self, slot):
        """The header's sector of a slot, in borrowed memory."""
        return self.read(slot, False, 0, SECTOR)

    def scratch(self):
        """4 KiB of borrowed memory."""
        return self._cache.borrow()

    def begin(self, manifest):
        """The first step of changing the other slot: from now on it is empty.

        Its header's sector holds the manifest already, and no table that would make it a slot.
        """
        store = self._store[self.other]
        store.ioctl(6, 0)
        store.writeblocks(0, manifest, MANIFEST_AT)

    def finish(self, table):
        """The last step: the table that makes the other slot one. FlashError: it is not there."""
        store, raw = self._store[self.other], self.scratch()
        store.writeblocks(0, table, 0)
        store.readblocks(0, raw)
        if raw[: len(table)] != table:
            raise FlashError("slot header does not read back")

    def mark_committed(self):
        """Program the running slot's committed word: it may be fallen back to."""
        self._store[self.running].writeblocks(0, _PROGRAMMED, COMMITTED_AT)

    def mark_failed(self):
        """Program the running slot's failed word: boot.py will leave it if it can."""
        self._store[self.running].writeblocks(0, _PROGRAMMED, FAILED_AT)

    def settled(self):
        """Whether the slot that runs is the one that the bootloader was told to start."""
        return Partition(Partition.BOOT).info()[_LABEL] == "ota_%d" % self.running

    def choose_other(self):
        """Make the bootloader try the other slot. A hard reset must follow at once.

        FlashError when the core there is not whole, or the slots are not settled.
        """
        if not self.settled():
            raise FlashError("slots are not settled")
        try:
            self._ota[self.other].set_boot()
        except OSError as error:
            raise FlashError("core is not bootable: %s" % error) from None

    def choose_running(self):
        """Make the bootloader start the slot that runs, when it was told to start the other one.

        It is on trial then. A hard reset must follow at once. FlashError.
        """
        if self.settled():
            raise FlashError("slots are settled")
        try:
            self._ota[self.running].set_boot()
        except OSError as error:
            raise FlashError("core is not bootable: %s" % error) from None

    def confirm(self):
        """Mark the running slot valid. Only for a slot on trial, by itself."""
        if not self.settled():
            raise FlashError("slots are not settled")
        Partition.mark_app_valid_cancel_rollback()
