"""Becomes the `vfs` module: the file systems of the official ESP32 builds, none of the host's."""

from vfs import VfsFat, VfsLfs2, mount, umount  # noqa: F401
