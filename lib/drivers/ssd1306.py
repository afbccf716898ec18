"""SSD1306: an OLED display of 128x64 pixels, over I2C.

Source: Solomon Systech SSD1306 datasheet rev 1.1, sections 8.1.5 (I2C), 9 (commands) and the
application note's order of starting with the charge pump.
"""

from micropython import const

from drivers.oled import Oled

_COMMANDS = const(0x00)  # 8.1.5.2
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
_ROWS_REVERSED = const(0xC8)
_OFFSET = const(0xD3)
_CLOCK = const(0xD5)
_PRECHARGE = const(0xD9)
_ROW_PINS = const(0xDA)
_ROW_PINS_ALTERNATE = const(0x12)
_VCOMH = const(0xDB)
_VCOMH_0_77 = const(0x20)


class Ssd1306(Oled):
    """The display of the usual module: upright, supplied by the chip's charge pump."""

    _COLUMN = 0
    # fmt: off
    _START = bytes((
        _COMMANDS,
        _DISPLAY_OFF, _CLOCK, 0x80, _MULTIPLEX, 63, _OFFSET, 0, _START_LINE,
        _CHARGE_PUMP, _CHARGE_PUMP_ON, _MEMORY_MODE, _MEMORY_MODE_PAGE,
        _SEGMENTS_REVERSED, _ROWS_REVERSED, _ROW_PINS, _ROW_PINS_ALTERNATE,
        _CONTRAST, 0xCF, _PRECHARGE, 0xF1, _VCOMH, _VCOMH_0_77,
        _SHOW_MEMORY, _NOT_INVERTED, _DISPLAY_ON,
    ))
    # fmt: on
