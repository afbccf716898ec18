"""What displays of 128x64 pixels with page addressing share: frame, pages, I2C."""

import binascii

import framebuf
from micropython import const

_WIDTH = const(128)
_HEIGHT = const(64)
_PAGES = const(8)

# Control bytes: all that follows in this transfer is commands; is display data.
_COMMANDS = const(0x00)
_DATA = const(0x40)

_COLUMN_LOW = const(0x00)
_COLUMN_HIGH = const(0x10)
_PAGE = const(0xB0)
_NOP = const(0xE3)


class Oled:
    """A display to draw on through `frame` (a framebuf.FrameBuffer); `show` sends what changed.

    A chip's own class has `_START`, the transfer that sets it up, and `_COLUMN`, the first column
    of its memory that is seen. Every method that talks to the chip raises OSError when it does not
    answer.
    """

    width = _WIDTH
    height = _HEIGHT
    _START = b""
    _COLUMN = 0

    def __init__(self, i2c, address: int):
        self._i2c = i2c
        self._address = address
        self._pixels = bytearray(_WIDTH * _PAGES)
        self._transfer = bytearray(1 + _WIDTH)
        self._transfer[0] = _DATA
        # The CRC of each page as the chip has it: a second copy of the pixels would be 1 KB.
        self._shown = [None] * _PAGES
        self.frame = framebuf.FrameBuffer(self._pixels, _WIDTH, _HEIGHT, framebuf.MONO_VLSB)

    def start(self):
        """Set the chip up, also one that has lost its power meanwhile. `show` then sends all."""
        for page in range(_PAGES):
            self._shown[page] = None
        self._i2c.writeto(self._address, self._START)

    def show(self):
        """Send the pages that differ from what the chip has."""
        while self.show_page():
            pass

    def show_page(self) -> bool:
        """Send the first page that differs, about 3 ms at 400 kHz. False when none does."""
        view = memoryview(self._pixels)
        for page in range(_PAGES):
            pixels = view[page * _WIDTH : (page + 1) * _WIDTH]
            crc = binascii.crc32(pixels)
            if crc != self._shown[page]:
                self._send(page, pixels)
                self._shown[page] = crc
                return True
        return False

    def check(self):
        """Ask for no more than an acknowledge."""
        self._i2c.writeto(self._address, bytes((_COMMANDS, _NOP)))

    def _send(self, page: int, pixels):
        at = bytes((_COMMANDS, _PAGE | page, _COLUMN_LOW | self._COLUMN, _COLUMN_HIGH))
        self._i2c.writeto(self._address, at)
        self._transfer[1:] = pixels
        self._i2c.writeto(self._address, self._transfer)
