"""Stage two of the boot: safe outputs, watchdog, one decision, mount the slot that boots.

Production writes this file once and no update ever changes it: every later release runs on what it
leaves behind, the object `boot` (class `Boot`). It imports nothing that an update can change.
DESIGN.md 5 tells the order; docs/formats.md has the bytes.
"""

import binascii
import gc
import hashlib
import json
import struct
import sys
import time

import machine
import network
import vfs
from esp32 import Partition
from micropython import const

_SECTOR = const(4096)
_BLOCK = const(1024)  # littlefs block of a layer image
_WATCHDOG_MS = const(15_000)  # longer than the slowest set_boot, 4 s for a full slot
_BENCH_WATCHDOG_MS = const(600_000)  # somebody types at the REPL
_CRASH_LIMIT = const(3)
_FALLBACK_LIMIT = const(3)  # since power came: two broken slots must not wear otadata out
_CALM_S = const(60)
_GARBAGE = const(4096)  # bytes
_ENTRIES = const(32)  # offset of the layer entries in a slot header
_FAILED = const(28)
_BLANK = const(0xFFFFFFFF)

RUN = const(0)  # mount the running slot and go
REVERT = const(1)  # a trial that is broken: reset, and the bootloader goes back
FALL_BACK = const(2)  # mark the running slot failed, choose the other one, reset
HALT = const(3)  # nothing here can run: outputs stay safe


def decide(trial, sound, failed, crashes, fallbacks, other_good):
    """What to do with the running slot: RUN, REVERT, FALL_BACK or HALT.

    `trial`: its first boot; `sound`: header and layers are whole; `failed`: its failed word is
    programmed; `crashes`, `fallbacks`: how many since power came; `other_good`: the other slot is
    whole, committed and not failed.
    """
    if trial:
        return RUN if sound else REVERT
    if sound and not failed and crashes < _CRASH_LIMIT:
        return RUN
    if other_good and fallbacks < _FALLBACK_LIMIT:
        return FALL_BACK
    return RUN if sound else HALT


def read_json(path):
    """The JSON in a file of `vfs`."""
    with open(path) as file:
        return json.load(file)


def safe_pins(profile):
    """Relays off, before anything else: the profile's `safe` list."""
    for item in profile["safe"]:
        if "pin" in item:
            machine.Pin(item["pin"], machine.Pin.OUT, value=item["level"])


class Notes:
    """A few facts in RTC memory: they survive every reset, and a power cut clears them.

    `<4sBBBBB`: magic, kind of the last restart, its slot, crashes, fallbacks, length of the note;
    the note; CRC-32 of all before it.
    """

    NONE = 0  # the chip reset by itself: watchdog or panic
    RESTART = 1
    FAILED = 2  # a trial failed; the note says which check
    CRASH = 3  # an exception reached main
    DATA = 4  # `data` did not mount

    def __init__(self, memory, slot):
        self._memory = memory
        self.clear(slot)
        raw = memory()
        whole = len(raw) >= 13 and raw[:4] == b"LKN1" and len(raw) == 13 + raw[8]
        if whole and binascii.crc32(raw[:-4]) == struct.unpack("<I", raw[-4:])[0]:
            self.kind, self.slot, self.crashes, self.fallbacks = raw[4], raw[5], raw[6], raw[7]
            self.note = str(raw[9:-4], "utf-8")

    def clear(self, slot):
        """Forget all, as a power cut does."""
        self.kind, self.slot, self.crashes, self.fallbacks, self.note = 0, slot, 0, 0, ""

    def save(self, kind, slot, note):
        """Keep what a reset from now on will mean."""
        raw = "".join(c if " " <= c <= "~" else "?" for c in note[:200]).encode()
        raw = (
            struct.pack(
                "<4sBBBBB", b"LKN1", kind, slot, min(self.crashes, 255), self.fallbacks, len(raw)
            )
            + raw
        )
        self._memory(raw + struct.pack("<I", binascii.crc32(raw)))


class Header:
    """What the table at the start of a store says.

    `layers`: (name, place, address, length, sha256). A table of an unknown version is as good as
    none: `good` is False.
    """

    sequence = 0
    good = committed = failed = False
    layers: list = []


class Cache:
    """One sector of flash in RAM, shared by all mounted layers: a flash read costs per call."""

    def __init__(self):
        self._view = memoryview(bytearray(_SECTOR))
        self._key = (None, 0)

    def borrow(self):
        """The sector's memory (a memoryview of 4096 bytes) for other uses, until the next await.

        Borrow it anew after each: a module that is imported meanwhile is read through it.
        """
        self._key = (None, 0)
        return self._view

    def copy(self, store, at, target):
        """Fill `target` (a memoryview) with the bytes of `store` from offset `at` on."""
        done = 0
        while done < len(target):
            sector, start = divmod(at + done, _SECTOR)
            if self._key != (store, sector):
                self._key = (None, 0)
                store.readblocks(sector, self._view)
                self._key = (store, sector)
            size = min(_SECTOR - start, len(target) - done)
            target[done : done + size] = self._view[start : start + size]
            done += size


class Layer:
    """A littlefs image inside a store as a read-only block device of 1 KiB blocks."""

    def __init__(self, cache, store, address, length):
        self._cache, self._store, self._address, self._length = cache, store, address, length

    def readblocks(self, n, buf, offset=0):
        self._cache.copy(self._store, self._address + n * _BLOCK + offset, memoryview(buf))

    def writeblocks(self, _n, _buf, _offset=0):
        raise OSError(30)  # EROFS

    def ioctl(self, op, _arg):
        if op == 4:
            return self._length // _BLOCK
        return _BLOCK if op == 5 else 0


class Boot:
    """What the boot found out, and what a reset needs. main.py hands it to the parts.

    board, profile   /board.json and /profile.json
    wdt              the watchdog: feed() within 15 s
    slot             0 or 1, the running one
    trial            this is the first boot of the running slot, not yet marked valid
    cause            why the chip started: "power", "watchdog", "panic", "crash", "failed" (a trial
                     failed a check), "restart" (meant), "soft"
    note             what was noted before that
    last_slot        the slot that ran before that
    release          Header of the running slot
    data_lost        `data` had to be formatted
    action           RUN or HALT, once boot.py is through
    cache            the sector cache of the mounted layers: borrow() gives 4 KiB
    """

    interface = 1

    def __init__(self):
        self.board = self.profile = self.wdt = self.release = None
        self.trial = self.data_lost = False
        self.action = HALT
        self.slot = int(Partition(Partition.RUNNING).info()[4][4:])
        self.cache = Cache()
        self.notes = notes = Notes(machine.RTC().memory, self.slot)
        cause = machine.reset_cause()
        if cause == machine.PWRON_RESET:
            notes.clear(self.slot)
        self.last_slot, self.note, self.last_kind = notes.slot, notes.note, notes.kind
        if cause == machine.PWRON_RESET:
            self.cause = "power"
        elif cause == machine.SOFT_RESET:
            self.cause = "soft"
        elif cause == machine.WDT_RESET:
            self.cause = "watchdog"
        else:
            self.cause = ("panic", "restart", "failed", "crash", "restart")[self.last_kind]
        if self.last_slot != self.slot:
            notes.crashes = 0
        elif self.cause in ("watchdog", "panic", "crash"):
            notes.crashes += 1
        self.mark("")

    def mark(self, doing):
        """Note what is being done, so that after a watchdog's reset somebody can tell."""
        self.notes.save(Notes.NONE, self.slot, doing)

    def healthy(self):
        """Five minutes without trouble: the crashes before them no longer count."""
        self.notes.clear(self.slot)
        self.mark("")

    def restart(self, note, kind=Notes.RESTART):
        """Reset the chip; `note` is there after it."""
        print("boot: reset:", note)
        self.notes.save(kind, self.slot, note)
        time.sleep_ms(50)  # the UART's last line
        machine.reset()

    def fail(self, note):
        """Reset out of a trial: the bootloader goes back, and the old slot reads `note`."""
        self.restart(note, Notes.FAILED)

    def crash(self, note):
        """Reset after an exception that nobody handles; too many of them and the slot falls."""
        self.restart(note, Notes.CRASH)


class Start:
    """The way from reset to mounted layers. Dropped afterwards: bytecode takes heap."""

    def __init__(self, boot):
        self._boot = boot
        self._buffer = boot.cache.borrow()

    def go(self):
        """Watchdog, chips, facts, decision, deed. The pins are safe already."""
        boot = self._boot
        boot.board = read_json("/board.json")
        bench = boot.board.get("developer")
        boot.wdt = machine.WDT(timeout=_BENCH_WATCHDOG_MS if bench else _WATCHDOG_MS)
        self._safe_registers()
        self._reserve_wifi()
        boot.release = release = self._header(boot.slot)
        chosen = Partition(Partition.BOOT).info()[4] == "ota_%d" % boot.slot
        boot.trial = chosen and self._pending()
        flaw = None if release.good else "slot header is damaged"
        # The bootloader has checked the core at this very boot; the layers are ours to check.
        if not flaw and (boot.trial or boot.cause not in ("restart", "soft")):
            flaw = self._damage(boot.slot, release)
        notes = boot.notes
        calm = not flaw and not release.failed and notes.crashes < _CRASH_LIMIT
        other_good = not boot.trial and not calm and chosen and self._other_good()
        boot.action = decide(
            boot.trial, not flaw, release.failed, notes.crashes, notes.fallbacks, other_good
        )
        self._tell(flaw)
        if boot.action == REVERT:
            boot.fail(flaw)
        elif boot.action == FALL_BACK:
            self._fall_back()
        elif boot.action == RUN:
            self._slow_down()
            self._mount_data()
            self._mount_layers()

    def _tell(self, flaw):
        boot = self._boot
        print(
            "boot: slot %d%s, sequence %d, cause %s, crashes %d: %s%s"
            % (
                boot.slot,
                " on trial" if boot.trial else "",
                boot.release.sequence,
                boot.cause,
                boot.notes.crashes,
                ("run", "revert", "fall back", "halt")[boot.action],
                ", " + flaw if flaw else "",
            )
        )

    def _safe_registers(self):
        buses = {}
        for bus in self._boot.profile.get("i2c", ()):
            scl, sda = machine.Pin(bus["scl"]), machine.Pin(bus["sda"])
            buses[bus["id"]] = machine.I2C(bus["id"], scl=scl, sda=sda, freq=bus["freq"])
        for item in self._boot.profile["safe"]:
            if "i2c" in item:
                try:
                    value = bytes([item["value"]])
                    buses[item["i2c"]].writeto_mem(item["address"], item["register"], value)
                except OSError as error:
                    print("boot: chip 0x%02x does not answer: %s" % (item["address"], error))

    def _reserve_wifi(self):
        """The WiFi driver first: a growing heap takes, and keeps, the memory that it needs."""
        if self._boot.board["wifi"]:
            network.WLAN(network.STA_IF).active(True)

    def _header(self, slot):
        """The Header of a slot."""
        raw, header = self._buffer, Header()
        Partition("store_%d" % slot).readblocks(0, raw)
        magic, version, count, sequence, length, crc, table_crc, committed, failed = (
            struct.unpack_from("<4sHHIIIIII", raw, 0)
        )
        if magic != b"LKHD" or version != 1 or not 1 <= count <= 8 or length > 3584:
            return header
        end = _ENTRIES + 60 * count
        table = binascii.crc32(raw[_ENTRIES:end], binascii.crc32(raw[:20]))
        if table != table_crc or binascii.crc32(raw[512 : 512 + length]) != crc:
            return header
        header.good, header.sequence = True, sequence
        header.committed, header.failed = committed != _BLANK, failed != _BLANK
        header.layers = []
        for at in range(_ENTRIES, end, 60):
            name, place, address, size, digest = struct.unpack_from("<16sIII32s", raw, at)
            header.layers.append((name.rstrip(b"\0").decode(), place, address, size, digest))
        return header

    def _damage(self, slot, header):
        """What is wrong with the first layer whose bytes are not what the header says, or None."""
        store = Partition("store_%d" % slot)
        for name, place, address, length, digest in header.layers:
            if place == 1 and self._digest(store, address, length) != digest:
                return "layer %s is damaged" % name
        return None

    def _digest(self, store, address, length):
        hasher = hashlib.sha256()
        for at in range(address, address + length, _SECTOR):
            part = self._buffer[: min(_SECTOR, address + length - at)]
            store.readblocks(at // _SECTOR, part)
            hasher.update(part)
            self._boot.wdt.feed()
        return hasher.digest()

    def _pending(self):
        """Whether the newer valid entry of otadata is PENDING_VERIFY (ESP-IDF's otadata)."""
        newest, pending = 0, False
        entry = bytearray(32)
        for sector in (0, 1):
            Partition("otadata").readblocks(sector, entry)
            seq, _, state, crc = struct.unpack("<I20sII", entry)
            usable = seq != _BLANK and state not in (3, 4)
            # ESP-IDF's ROM CRC starts from 0xffffffff where zlib's starts from 0.
            if usable and binascii.crc32(entry[:4], 0xFFFFFFFF) == crc and seq > newest:
                newest, pending = seq, state == 1
        return pending

    def _other_good(self):
        other = self._header(1 - self._boot.slot)
        if not other.committed or other.failed:
            return False
        return not self._damage(1 - self._boot.slot, other)

    def _fall_back(self):
        """Mark the running slot failed, choose the other one, reset."""
        boot = self._boot
        Partition("store_%d" % boot.slot).writeblocks(0, bytes(4), _FAILED)
        boot.notes.fallbacks += 1
        boot.notes.crashes = 0
        try:
            Partition("ota_%d" % (1 - boot.slot)).set_boot()
        except OSError as error:
            boot.restart("no falling back: %s" % error)
        boot.restart("fell back from slot %d" % boot.slot)

    def _slow_down(self):
        """A slot that crashes and has nowhere to go must not wear out flash and relays."""
        if self._boot.notes.crashes > _CRASH_LIMIT:
            for _ in range(_CALM_S):
                self._boot.wdt.feed()
                time.sleep(1)

    def _mount_data(self):
        """Mount `data`; format it only when it has failed twice, with a reset between."""
        boot = self._boot
        data = Partition("data")
        try:
            vfs.mount(vfs.VfsLfs2(data), "/data")
            return
        except OSError as error:
            print("boot: data does not mount:", error)
        if boot.last_kind != Notes.DATA:
            boot.restart("data does not mount", Notes.DATA)
        vfs.VfsLfs2.mkfs(data)
        vfs.mount(vfs.VfsLfs2(data), "/data")
        boot.data_lost = True

    def _mount_layers(self):
        """Mount the stored layers of the running slot at /<name>, and put them on sys.path."""
        boot = self._boot
        store = Partition("store_%d" % boot.slot)
        sys.path[:] = [".frozen"]
        for name, place, address, length, _ in boot.release.layers:
            if place == 1:
                device = Layer(boot.cache, store, address, length)
                # Small reads keep its caches small: the sector is in RAM already.
                vfs.mount(vfs.VfsLfs2(device, readsize=64), "/" + name, readonly=True)
                sys.path.insert(0, "/" + name)
        if boot.board.get("developer"):
            sys.path.insert(0, "/data/dev")


if __name__ == "__main__":
    boot = None
    try:
        _profile = read_json("/profile.json")
        safe_pins(_profile)
        # Collect often: garbage between what stays would leave no hole for a larger block, and the
        # chip's heap would grow by what WiFi and TLS need.
        gc.threshold(_GARBAGE)
        boot = Boot()
        boot.profile = _profile
        Start(boot).go()
    except Exception as error:  # noqa: BLE001 - without a reset the port would end in a REPL
        sys.print_exception(error)
        if boot:
            boot.crash("boot.py: %r" % error)
        machine.reset()
    del Start, _profile
    gc.collect()
