"""Stands for the ESP32 port's `os` module: what the unix port has beyond it is left out."""

from collections import namedtuple

from uos import (  # noqa: F401
    chdir,
    getcwd,
    ilistdir,
    listdir,
    mkdir,
    mount,
    remove,
    rename,
    rmdir,
    stat,
    statvfs,
    umount,
    unlink,
    urandom,
)
from vfs import VfsFat, VfsLfs2  # noqa: F401

_uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    return _uname("esp32", "esp32", "1.26.1", "virtual board", "Generic ESP32 module with ESP32")


def sync():
    """Nothing is held back."""


def dupterm(stream, index=0):
    """There is no second terminal."""
