"""SH1106: an OLED display of 128x64 pixels, over I2C.

Source: Sino Wealth SH1106 datasheet V2.3, "I2C-bus Interface" and "Commands". Its memory has 132
columns, of which the usual module shows all but two at each side; there is page addressing only.
"""

from micropython import const

from drivers.oled import Oled

_COMMANDS = const(0x00)
_PUMP_8_0_V = const(0x32)
_START_LINE = const(0x40)
_CONTRAST = const(0x81)
_SEGMENTS_REVERSED = const(0xA1)
_SHOW_MEMORY = const(0xA4)
_NOT_INVERTED = const(0xA6)
_MULTIPLEX = const(0xA8)
_DC_DC = const(0xAD)
_DC_DC_ON = const(0x8B)
_DISPLAY_OFF = const(0xAE)
_DISPLAY_ON = const(0xAF)
_ROWS_REVERSED = const(0xC8)
_OFFSET = const(0xD3)
_CLOCK = const(0xD5)
_CHARGE_PERIODS = const(0xD9)
_ROW_PADS = const(0xDA)
_ROW_PADS_ALTERNATE = const(0x12)
_VCOM = const(0xDB)
_VCOM_0_77 = const(0x35)


class Sh1106(Oled):
    """The display of the usual module: upright, supplied by the chip's DC-DC converter."""

    _COLUMN = 2
    # fmt: off
    _START = bytes((
        _COMMANDS,
        _DISPLAY_OFF, _CLOCK, 0x80, _MULTIPLEX, 63, _OFFSET, 0, _START_LINE,
        _DC_DC, _DC_DC_ON, _PUMP_8_0_V,
        _SEGMENTS_REVERSED, _ROWS_REVERSED, _ROW_PADS, _ROW_PADS_ALTERNATE,
        _CONTRAST, 0xCF, _CHARGE_PERIODS, 0xF1, _VCOM, _VCOM_0_77,
        _SHOW_MEMORY, _NOT_INVERTED, _DISPLAY_ON,
    ))
    # fmt: on
