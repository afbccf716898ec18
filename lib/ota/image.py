"""The ESP32 app image (ESP-IDF, app image format), as far as it takes to know one by its hash."""

import struct

from ota.errors import FlashError


def digest(slots, slot):
    """The SHA-256 at the end of the image in a slot's ota_k: the bootloader checks the image by it.

    FlashError when there is no image.
    """
    head = slots.read(slot, True, 0, 24)
    if head[0] != 0xE9 or head[1] > 16 or head[23] != 1:
        raise FlashError("no image in ota_%d" % slot)
    at, segments = 24, head[1]
    for _ in range(segments):
        at += 8 + struct.unpack("<4xI", slots.read(slot, True, at, 8))[0]
        if at >= slots.sizes()[0] - 32:
            raise FlashError("no image in ota_%d" % slot)
    at = (at | 15) + 1  # the checksum is the last byte of a line of 16
    return bytes(slots.read(slot, True, at, 32))
