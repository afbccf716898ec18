"""Starts the board's program as the ESP32 port does: `_boot.py`, `boot.py`, `main.py`, REPL."""

# ruff: noqa: E402, F401, I001 - the order of the imports is the point
import gc
import sys

import utime

# asyncio's queue, in C, counts in the unix port's own ticks: so must its Python half.
sys.modules["time"] = utime
gc.collect()
_before = gc.mem_alloc()
import asyncio.stream

gc.collect()
_asyncio_bytes = gc.mem_alloc() - _before
del sys.modules["time"]
import _tls_memory

import __main__
import _vfs

sys.modules["vfs"] = _vfs
import vfs
import esp
import esp32
import machine
import network
import os
import socket
import time
import uos
from _rpc import call
from micropython import const

_BOOTED = const(1)
_REPL = const(2)
_NO_FILESYSTEM = const(3)
_HEAP_TAKEN = const(5)


def _mount():
    vfs.umount("/")
    found = esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")
    if not found:
        return
    try:
        vfs.mount(found[0], "/")
    except OSError:
        _set_up(found[0])
    uos.chdir("/")


def _set_up(part):
    buf = bytearray(4096)
    part.readblocks(0, buf)
    for byte in buf:
        if byte != 0xFF:
            print("The filesystem appears to be corrupted.")
            call(_NO_FILESYSTEM)
    print("Performing initial setup")
    vfs.VfsLfs2.mkfs(part)
    vfs.mount(vfs.VfsLfs2(part), "/")
    with open("boot.py", "w") as file:
        file.write("# This file is executed on every boot (including wake-boot from deepsleep)\n")


def _run(name):
    """Execute a file in `__main__`, if there is one. False when it raised."""
    try:
        uos.stat(name)
    except OSError:
        return True
    __main__.__file__ = name
    try:
        execfile(name, __main__.__dict__)  # noqa: F821 - MicroPython's own
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - as the port does
        sys.print_exception(error)
        return False
    return True


def run():
    sys.argv[:] = []
    sys.path[:] = ["", ".frozen", "/lib"]
    gc.collect()
    call(_HEAP_TAKEN, gc.mem_alloc() - _asyncio_bytes)
    _mount()
    gc.collect()
    call(_BOOTED)
    try:
        if _run("boot.py"):
            _run("main.py")
    except SystemExit:
        print("MPY: soft reboot")
        return
    call(_REPL)


run()
