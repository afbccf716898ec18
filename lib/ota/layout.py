"""Where things are in a slot header, version 1: docs/formats.md."""

from micropython import const

SECTOR = const(4096)
MANIFEST_AT = const(512)
MANIFEST_BYTES = const(3584)  # at most
COMMITTED_AT = const(24)
FAILED_AT = const(28)
