"""SSD1306: an OLED display of 128x64 pixels, over I2C.

Source: Solomon Systech SSD1306 datasheet rev 1.1, sections 8.1.5 (I2C), 9 (commands) and the
application note's order of starting with the charge pump.
"""

import binascii

import framebuf
from micropython import const

_WIDTH = const(128)
_HEIGHT = const(64)
_PAGES = const(8)

# Control bytes (8.1.5.2): all that follows in this transfer is commands; is display data.
_COMMANDS = const(0x00)
_DATA = const(0x40)

_COLUMN_LOW = const(0x00)
_COLUMN_HIGH = const(0x10)
_MEMORY_MODE = const(0x20)
_MEMORY_MODE_PAGE = const(0x02)
_START_LINE = const(0x40)
_CONTRAST = const(0x81)
_CHARGE_PUMP = const(0x8D)
_CHARGE_PUMP_ON = const(0x14)
_SEGMENTS_REVERSED = const(0xA1)
_SHOW_MEMORY = const(0xA4)
_NOT_INVERTED = const(0xA6)
_MULTIPLEX = const(0xA8)
_DISPLAY_OFF = const(0xAE)
_DISPLAY_ON = const(0xAF)
_PAGE = const(0xB0)
_ROWS_REVERSED = const(0xC8)
_OFFSET = const(0xD3)
_CLOCK = const(0xD5)
_PRECHARGE = const(0xD9)
_ROW_PINS = const(0xDA)
_ROW_PINS_ALTERNATE = const(0x12)
_VCOMH = const(0xDB)
_VCOMH_0_77 = const(0x20)
_NOP = const(0xE3)

# fmt: off
_START = bytes((
    _COMMANDS,
    _DISPLAY_OFF, _CLOCK, 0x80, _MULTIPLEX, _HEIGHT - 1, _OFFSET, 0, _START_LINE,
    _CHARGE_PUMP, _CHARGE_PUMP_ON, _MEMORY_MODE, _MEMORY_MODE_PAGE,
    _SEGMENTS_REVERSED, _ROWS_REVERSED, _ROW_PINS, _ROW_PINS_ALTERNATE,
    _CONTRAST, 0xCF, _PRECHARGE, 0xF1, _VCOMH, _VCOMH_0_77,
    _SHOW_MEMORY, _NOT_INVERTED, _DISPLAY_ON,
))
# fmt: on


class Ssd1306:
    """A display to draw on through `frame` (a framebuf.FrameBuffer); `show` sends what changed.

    Every method that talks to the chip raises OSError when it does not answer.
    """

    width = _WIDTH
    height = _HEIGHT

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
        self._i2c.writeto(self._address, _START)

    def show(self):
        """Send the pages that differ from what the chip has, about 3 ms each at 400 kHz."""
        view = memoryview(self._pixels)
        for page in range(_PAGES):
            pixels = view[page * _WIDTH : (page + 1) * _WIDTH]
            crc = binascii.crc32(pixels)
            if crc != self._shown[page]:
                self._send(page, pixels)
                self._shown[page] = crc

    def check(self):
        """Ask for no more than an acknowledge."""
        self._i2c.writeto(self._address, bytes((_COMMANDS, _NOP)))

    def _send(self, page: int, pixels):
        self._i2c.writeto(
            self._address, bytes((_COMMANDS, _PAGE | page, _COLUMN_LOW, _COLUMN_HIGH))
        )
        self._transfer[1:] = pixels
        self._i2c.writeto(self._address, self._transfer)
