"""The SH1106's driver: what differs from the SSD1306's."""

import fake_hardware as hardware
from fake_ssd1306 import Sh1106 as Chip

from drivers.bus import open_i2c
from drivers.sh1106 import Sh1106

_PROFILE = {"i2c": [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}]}


def _display(chip):
    bus = open_i2c(_PROFILE, 0)
    hardware.buses[0][60] = chip
    return Sh1106(bus, 60)


def test_starting_turns_the_display_and_its_supply_on():
    chip = Chip()
    _display(chip).start()
    assert chip.is_on
    assert chip.charge_pump


def test_pixels_arrive_two_columns_further_right():
    chip = Chip()
    display = _display(chip)
    display.start()
    display.frame.pixel(0, 0, 1)
    display.frame.pixel(127, 63, 1)
    display.show()
    seen = [(x, y) for y in range(64) for x in range(128) if chip.pixel(x + 2, y)]
    assert seen == [(0, 0), (127, 63)]


def test_each_step_sends_one_page_that_differs():
    chip = Chip()
    display = _display(chip)
    display.start()
    display.show()
    chip.pages_written.clear()
    display.frame.fill_rect(0, 15, 5, 10, 1)
    assert [display.show_page() for _ in range(4)] == [True, True, True, False]
    assert chip.pages_written == [1, 2, 3]
